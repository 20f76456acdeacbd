"""What clients saw of a store, and whether a store that loses and invents nothing can have shown them that.

A history is a file of JSON lines, written while things happen: whoever is killed leaves what it wrote. Times
are of `time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

ACKED = "acked"  # acknowledged: it is stored
PROMISED = "promised"  # kept by an outbox: it will be stored
REFUSED = "refused"  # refused for good: it is not stored
UNKNOWN = "unknown"  # it may be stored, once

Key = tuple[str, int]


@dataclass
class Attempt:
    """One record that a client tried to have stored. A writer gives each of its records another number.

    Attributes:
        called: When the call began.
        ended: When it returned; None when it never did.
        id: The content id that the client was told, if any.
        lane: Records of one lane are stored in the order of their numbers, if they are.
        bundle: Records of one bundle are stored all or not at all.
    """

    writer: str
    n: int
    thread: str
    called: float
    ended: float | None = None
    outcome: str = UNKNOWN
    id: str | None = None
    lane: str | None = None
    bundle: str | None = None


class Read(NamedTuple):
    """One complete reading of a thread from its beginning: how many records, and the digest of their ids."""

    reader: str
    thread: str
    began: float
    ended: float
    size: int
    digest: str


class Lookup(NamedTuple):
    """One reading of an acknowledged record by its id."""

    reader: str
    id: str
    began: float
    found: bool


@dataclass
class Watch:
    """What one watcher was given, in order: sequence, id, and whether the content has that id.

    Attributes:
        opened: When it was first connected; None when it never was.
        whole: Whether it asked for the thread from its beginning.
    """

    name: str
    thread: str
    whole: bool
    opened: float | None = None
    rows: list[tuple[int, str, bool]] = field(default_factory=list)


class Row(NamedTuple):
    """One stored record. `sound` is whether the id is that of the content."""

    sequence: int
    id: str
    thread: str
    actor: str
    clock: int
    writer: str
    n: int
    sound: bool


class Violation(NamedTuple):
    """One thing that must not be: which rule it breaks, and the evidence."""

    rule: str
    detail: str


@dataclass
class History:
    """Everything that clients noted down."""

    attempts: dict[Key, Attempt] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    watches: dict[str, Watch] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def add(self, event: dict[str, Any]) -> None:
        """Take in one noted event: `t` says what it is, the rest are members of the classes above."""
        what = event.pop("t")
        if what == "call":
            attempt = Attempt(**event)
            self.attempts[attempt.writer, attempt.n] = attempt
        elif what == "end":
            attempt = self.attempts[event["writer"], event["n"]]
            attempt.ended, attempt.outcome, attempt.id = event["at"], event["outcome"], event.get("id")
        elif what == "read":
            self.reads.append(Read(**event))
        elif what == "lookup":
            self.lookups.append(Lookup(**event))
        elif what == "watch":
            self.watches[event["name"]] = Watch(**event)
        elif what == "open":
            self.watches[event["name"]].opened = event["at"]
        elif what == "seen":
            row = (event["sequence"], event["id"], event["sound"])
            self.watches[event["name"]].rows.append(row)
        elif what == "trouble":
            self.troubles.append(event["text"])
        else:
            raise ValueError(f"no such event: {what}")

    @classmethod
    def load(cls, paths: Iterable[Path]) -> History:
        """Read histories. The last line of a file may be torn, because its writer was killed."""
        history = cls()
        for path in paths:
            *lines, last = path.read_text(encoding="utf-8").split("\n")
            assert last == "" or not last.endswith("}"), f"{path} does not end like a history"
            for line in lines:
                history.add(json.loads(line))
        return history

    def count(self, outcome: str) -> int:
        """Return how many attempts ended so."""
        return sum(attempt.outcome == outcome for attempt in self.attempts.values())


def digest_of(ids: Iterable[str]) -> str:
    """Return the digest of a list of ids, as a `Read` has it."""
    return list(_digests(ids))[-1]


def _digests(ids: Iterable[str]) -> Iterator[str]:
    running = hashlib.sha256()
    yield running.hexdigest()
    for one in ids:
        running.update(one.encode())
        yield running.hexdigest()


class _Stored:
    """The rows at the end, by all that the rules ask for."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = sorted(rows)
        self.by_key: dict[Key, list[Row]] = {}
        self.by_id: dict[str, Row] = {}
        self.threads: dict[str, list[Row]] = {}
        for row in self.rows:
            self.by_key.setdefault((row.writer, row.n), []).append(row)
            self.by_id[row.id] = row
            self.threads.setdefault(row.thread, []).append(row)

    def of(self, attempt: Attempt) -> Row | None:
        """Return where an attempt was stored."""
        return next(iter(self.by_key.get((attempt.writer, attempt.n), ())), None)


def check(history: History, rows: Iterable[Row], before: int) -> list[Violation]:
    """Return everything that is wrong; an empty list is the proof for this history.

    Args:
        history: What clients saw.
        rows: All records of the history's threads, read when everything had come to rest.
        before: The store's last sequence before the first call; no one else wrote since.
    """
    stored = _Stored(rows)
    rules = (_kept, _known, _sequences, _bundles, _real_time, _lanes, _reads, _lookups)
    found = [violation for rule in rules for violation in rule(history, stored, before)]
    for watch in history.watches.values():
        found += _watched(watch, stored, history)
    return found


def targets(history: History, rows: Iterable[Row]) -> dict[str, int]:
    """Return up to which sequence each watcher has to come; those to whom nothing is due are not there."""
    stored = _Stored(rows)
    found = {}
    for watch in history.watches.values():
        due = stored.threads.get(watch.thread, [])
        start = 0 if watch.whole else _first_due(watch, due, history)
        if start < len(due):
            found[watch.name] = due[-1].sequence
    return found


def _kept(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """What was acknowledged or promised is there once, as it was sent; what was refused is not."""
    for attempt in history.attempts.values():
        rows = stored.by_key.get((attempt.writer, attempt.n), [])
        if not rows and attempt.outcome in (ACKED, PROMISED):
            yield Violation("lost", f"{attempt.outcome} and not stored: {attempt}")
        if len(rows) > 1:
            yield Violation("doubled", f"stored as {[row.sequence for row in rows]}: {attempt}")
        if rows and attempt.outcome == REFUSED:
            yield Violation("phantom", f"refused, and stored as {rows[0].sequence}: {attempt}")
        for row in rows:
            if attempt.id not in (None, row.id):
                yield Violation("differs", f"stored under {row.id}: {attempt}")
            if row.thread != attempt.thread:
                yield Violation("differs", f"stored on {row.thread}: {attempt}")


def _known(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """Every stored record was sent by someone, has the id of its content, and its clock to itself."""
    seen: dict[tuple[str, int, str], Row] = {}
    for row in stored.rows:
        if (row.writer, row.n) not in history.attempts:
            yield Violation("stranger", f"nobody sent it: {row}")
        if not row.sound:
            yield Violation("differs", f"the id is not that of the content: {row}")
        other = seen.setdefault((row.thread, row.clock, row.actor), row)
        if other is not row:
            yield Violation("clock", f"two records on one clock: {other} and {row}")


def _sequences(_history: History, stored: _Stored, before: int) -> Iterator[Violation]:
    """The sequences of all records are one run of numbers."""
    for expected, row in enumerate(stored.rows, start=before + 1):
        if row.sequence != expected:
            yield Violation("gap", f"sequence {expected} is missing or taken twice, there is {row.sequence}")
            return


def _bundles(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """The records of a bundle are all there, or none is."""
    bundles: dict[str, list[bool]] = {}
    for attempt in history.attempts.values():
        if attempt.bundle is not None:
            bundles.setdefault(attempt.bundle, []).append(stored.of(attempt) is not None)
    for name, there in bundles.items():
        if len(set(there)) > 1:
            yield Violation("torn", f"of bundle {name} {sum(there)} of {len(there)} records are stored")


def _real_time(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """What was acknowledged before another call began comes before what that call stored."""
    calls = sorted(history.attempts.values(), key=lambda attempt: attempt.called)
    acks = sorted(
        (attempt for attempt in calls if attempt.outcome == ACKED and attempt.ended is not None),
        key=lambda attempt: attempt.ended or 0.0,
    )
    position, newest, behind = 0, 0, None
    for attempt in calls:
        while position < len(acks) and (acks[position].ended or 0.0) < attempt.called:
            row = stored.of(acks[position])
            if row is not None and row.sequence > newest:
                newest, behind = row.sequence, acks[position]
            position += 1
        row = stored.of(attempt)
        if row is not None and row.sequence < newest:
            yield Violation("order", f"{attempt} has sequence {row.sequence}, {newest} has {behind}")


def _lanes(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """In a lane, records are stored in the order in which they were given."""
    newest: dict[str, int] = {}
    for _, attempt in sorted(history.attempts.items()):
        row = stored.of(attempt)
        if attempt.lane is None or row is None or attempt.outcome not in (ACKED, PROMISED):
            continue
        if row.sequence < newest.get(attempt.lane, 0):
            yield Violation("order", f"{attempt} has sequence {row.sequence}, its lane had one later")
        newest[attempt.lane] = max(row.sequence, newest.get(attempt.lane, 0))


def _reads(history: History, stored: _Stored, _before: int) -> Iterator[Violation]:
    """A reading is a beginning of the thread as it is at the end, and no older than what was acknowledged."""
    for thread in {read.thread for read in history.reads}:
        rows = stored.threads.get(thread, [])
        digests = list(_digests(row.id for row in rows))
        places = {row.id: place for place, row in enumerate(rows, start=1)}
        events: list[tuple[float, int, Any]] = []
        for attempt in history.attempts.values():
            row = stored.of(attempt)
            if attempt.thread == thread and attempt.outcome == ACKED and attempt.ended and row is not None:
                events.append((attempt.ended, 1, places.get(row.id, 0)))
        for read in history.reads:
            if read.thread != thread:
                continue
            if read.size >= len(digests) or digests[read.size] != read.digest:
                yield Violation("reading", f"not a beginning of the thread: {read}")
            events += [(read.ended, 1, read.size), (read.began, 0, read)]
        yield from _stale(events)


def _stale(events: list[tuple[float, int, Any]]) -> Iterator[Violation]:
    least = 0
    for _, is_end, value in sorted(events, key=lambda event: event[:2]):
        if is_end:
            least = max(least, value)
        elif value.size < least:
            yield Violation("stale", f"{least} records were acknowledged or read before: {value}")


def _lookups(history: History, _stored: _Stored, _before: int) -> Iterator[Violation]:
    """An acknowledged record is found from then on."""
    for lookup in history.lookups:
        if not lookup.found:
            yield Violation("stale", f"acknowledged and not found: {lookup}")


def _watched(watch: Watch, stored: _Stored, history: History) -> Iterator[Violation]:
    """A watcher gets the thread's records, each once, in order, from its beginning or its opening on."""
    rows = stored.threads.get(watch.thread, [])
    got = [(sequence, record_id) for sequence, record_id, _ in watch.rows]
    if not all(sound for _, _, sound in watch.rows):
        yield Violation("stranger", f"{watch.name} was given a record whose id is not that of its content")
    there = [(row.sequence, row.id) for row in rows]
    start = 0 if watch.whole else _first_due(watch, rows, history)
    if got and not watch.whole:
        start = min(start, there.index(got[0]) if got[0] in there else start)
    expected = there[start:]
    if got == expected:
        return
    for place, (one, other) in enumerate(zip(got, expected, strict=False)):
        if one != other:
            known = one in there
            rule = "stranger" if not known else "gap" if one > other else "doubled"
            yield Violation(rule, f"watcher {watch.name}: record {place} is {one}, not {other}")
            return
    rule = "gap" if len(got) < len(expected) else "stranger"
    yield Violation(rule, f"watcher {watch.name} of {watch.thread} got {len(got)} of {len(expected)} records")


def _first_due(watch: Watch, rows: list[Row], history: History) -> int:
    """Return the place of the first record that was certainly not stored when the watcher was connected."""
    if watch.opened is None:
        return len(rows)
    for place, row in enumerate(rows):
        attempt = history.attempts.get((row.writer, row.n))
        if attempt is not None and attempt.called > watch.opened:
            return place
    return len(rows)
