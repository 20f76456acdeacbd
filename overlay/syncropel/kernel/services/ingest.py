"""Ingest: one checked record into the store, with every fact that is kept about its thread.

The rules are those of the published API: the id is computed here; the same content posted again is
answered with the first receipt and stores nothing; a clock that the actor has used on the thread is refused;
bodies are opaque but for `namespace` and the few kinds named below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...rules.canonical import canonical_json
from ...rules.records import Draft
from ..inquiry import may_concern, note
from ..messages import Commit
from ..refusals import Refusal
from ..store.base import Transaction
from ..store.tables import PLACED_COLUMNS, RECORD_COLUMNS, RECORDS
from .facts import Fact, write_facts, write_refs
from .fold import fold_exception, is_exception, opening_move

RETIRED_KINDS = "core.agent."
OBSERVATION_KIND = "core.work.observation.v1"
DEFAULT_NAMESPACE = "default"

_INSERT_RECORD = (
    f"INSERT INTO {RECORDS} ({', '.join(RECORD_COLUMNS)})"  # noqa: S608 - names of this package
    f" VALUES ({', '.join('?' * len(RECORD_COLUMNS))}) ON CONFLICT DO NOTHING"
)
_ID, _ACTOR, _CLOCK, _PARENTS, _BODY = (
    RECORD_COLUMNS.index(name) - 1 for name in ("id", "actor", "clock", "parents", "body")
)


class Ready(NamedTuple):
    """A record with everything computed that needs no store: the writer's thread only runs SQL.

    Attributes:
        noted: The record, when something is noted about it that only its content tells. None for most: what
            was decoded of a thousand records need not stay in memory until they are written.
        values: The values of `RECORD_COLUMNS` but for the first, the time.
        fact: The members of a `Fact` but for the first, the sequence.
    """

    noted: Draft | None
    kind: str | None
    namespace: str
    refs: tuple[tuple[str, str], ...]
    values: tuple[Any, ...]
    fact: tuple[Any, ...]

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.values[_ID])

    @property
    def actor(self) -> str:
        """Who wrote it."""
        return str(self.values[_ACTOR])

    @property
    def clock(self) -> int:
        """Its clock."""
        return int(self.values[_CLOCK])

    @property
    def parents_text(self) -> str:
        """The parents as JSON."""
        return str(self.values[_PARENTS])

    @property
    def body_text(self) -> str:
        """The canonical text of the body."""
        return str(self.values[_BODY])


def make_ready(draft: Draft) -> Ready:
    """Apply the rules that need no store.

    Raises:
        Refusal: `INVALID_RECORD` for a retired kind, an observation without its rule, or a namespace that is
            not text.
    """
    wire = draft.wire
    body, parents = wire["body"], wire["parents"]
    kind = body.get("kind")
    if not isinstance(kind, str):
        kind = None
    elif kind.startswith("core."):
        _check_reserved(kind, body)
    namespace = body.get("namespace")
    if namespace is None or namespace == "":
        namespace = DEFAULT_NAMESPACE
    elif not isinstance(namespace, str):
        raise Refusal("INVALID_RECORD", "$.body.namespace: must be a string")
    record_id, thread, actor, act, clock = draft.id, wire["thread"], wire["actor"], wire["act"], wire["clock"]
    sig = wire.get("sig")
    move, opens = opening_move(act)
    return Ready(
        draft if is_exception(body) or may_concern(draft) else None,
        kind,
        namespace,
        _refs(body["_refs"]) if "_refs" in body else (),
        (
            record_id,
            thread,
            actor,
            act,
            clock,
            wire["data_type"],
            kind,
            namespace,
            canonical_json(parents) if parents else "[]",
            _body_text(draft.canonical),
            wire.get("judged_by"),
            None if sig is None else canonical_json(sig),
        ),
        (thread, actor, clock, namespace, move, record_id if opens else None),
    )


def ingest(transaction: Transaction, ready: Ready, now: float) -> tuple[int, bool]:
    """Store a record.

    Args:
        transaction: Where to write.
        ready: The record.
        now: The time, unix seconds; the record keeps whole ones.

    Returns:
        Its sequence, and whether it is new.

    Raises:
        Refusal: `INGEST_FAILED` when the actor has used the clock on the thread for other content.
    """
    sequence, new = place(transaction, ready, now)
    if new:
        note_facts(transaction, ready, sequence, now)
    return sequence, new


def place(transaction: Transaction, ready: Ready, now: float) -> tuple[int, bool]:
    """Give a record its place in the store; `note_facts` must follow when it is new. See `ingest`."""
    sequence = transaction.insert(_INSERT_RECORD, (int(now), *ready.values))
    if sequence is None:
        return _explain_conflict(transaction, ready), False
    return sequence, True


def place_many(transaction: Transaction, records: Sequence[tuple[Ready, float]]) -> int | None:
    """Give records, each with its time, their places in the store, or none of them. See `place`.

    Returns:
        The sequence of the first, which the others follow; None when one of them is known, or contradicts
        a record that is stored or another one of them.
    """
    first = transaction.next_sequence()
    rows = [(place, int(now), *ready.values) for place, (ready, now) in enumerate(records, first)]
    return first if transaction.insert_many(RECORDS, PLACED_COLUMNS, rows) else None


def note_facts(transaction: Transaction, ready: Ready, sequence: int, now: float) -> None:
    """Note everything that is kept beside a new record: references, facts of its thread, its inference."""
    note_place(transaction, ready, sequence)
    thread = ready.fact[0]
    if ready.noted is None:
        transaction.note(Commit(thread, sequence))
    else:
        transaction.note(Commit(thread, sequence, *note(transaction, ready.noted, sequence, now)))


def note_quiet(transaction: Transaction, records: Sequence[Ready], first: int) -> None:
    """Do what `note_facts` does for records with sequences from `first` on of which nothing more is noted."""
    placed = range(first, first + len(records))
    refs = [
        (member, value, sequence, ready.fact[0])
        for sequence, ready in zip(placed, records, strict=True)
        for member, value in ready.refs
    ]
    if refs:
        transaction.all_later(write_refs, refs)
    facts = [(sequence, *ready.fact) for sequence, ready in zip(placed, records, strict=True)]
    transaction.all_later(write_facts, facts)
    transaction.note_all(map(Commit, [ready.fact[0] for ready in records], placed))


def note_place(transaction: Transaction, ready: Ready, sequence: int) -> None:
    """Note what follows from a record and those before it on its thread: references, the thread's facts."""
    if ready.refs:
        thread = ready.fact[0]
        transaction.all_later(write_refs, [(member, value, sequence, thread) for member, value in ready.refs])
    transaction.later(write_facts, Fact(sequence, *ready.fact))
    if ready.noted is not None:
        fold_exception(transaction, ready.noted, sequence)


def _explain_conflict(transaction: Transaction, ready: Ready) -> int:
    rows = transaction.execute("SELECT sequence FROM records WHERE id = ?", (ready.id,))
    if rows:
        return int(rows[0][0])
    thread, actor, clock = ready.fact[:3]
    raise Refusal(
        "INGEST_FAILED",
        f"DuplicateClock: thread={thread} actor={actor} clock={clock}",
        error="INGEST_FAILED",
        hint="this actor has used this clock on this thread; take a higher one",
    )


def _check_reserved(kind: str, body: dict[str, Any]) -> None:
    if kind.startswith(RETIRED_KINDS):
        raise Refusal("INVALID_RECORD", f"$.body.kind: {kind[:80]} is retired and takes no new records")
    if kind == OBSERVATION_KIND and not (isinstance(body.get("rule"), str) and body["rule"].strip()):
        raise Refusal("INVALID_RECORD", f"$.body.rule: {OBSERVATION_KIND} needs a non-empty rule")


def _body_text(canonical: bytes) -> str:
    """Cut the body's canonical text out of the record's, which is already there.

    In canonical text a quote inside a string follows a backslash, so the names of the members around the body
    are found nowhere in the strings before and after it.
    """
    start = canonical.index(b',"body":') + len(b',"body":')
    return canonical[start : canonical.rindex(b',"clock":')].decode()


def _refs(value: Any) -> tuple[tuple[str, str], ...]:
    """Return the strings at `_refs.id` and `_refs.kind`, each once, crossing arrays as a query path does."""
    found: dict[tuple[str, str], None] = {}
    for item in _elements(value):
        if isinstance(item, dict):
            for member in ("id", "kind"):
                text = item.get(member)
                if isinstance(text, str):
                    found[member, text] = None
                elif isinstance(text, list):
                    found |= {(member, each): None for each in _elements(text) if isinstance(each, str)}
    return tuple(found)


def _elements(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return [value]
    elements = []
    for item in value:
        if isinstance(item, list):
            elements += _elements(item)
        else:
            elements.append(item)
    return elements
