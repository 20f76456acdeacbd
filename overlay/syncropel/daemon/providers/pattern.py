"""Replays earlier accepted answers: the `pattern` responders.

An answer counts as accepted when its query ended with it (`infer.result.v1`), no later `core.verdict` rejects
it, and it was not a replay itself, which would make a loose match look exact the next time.

The levels are the hashes of `rules.hashing.hash_levels` over the work that a question is: its operation
(the question's `operation`, else its `goal`, else the kind of answer), the shape of what goes in and comes
out, and the question itself as parameters. So L0 is the same question, L1 the same goal over other material,
L2 and L3 the same shapes. L0 never leaves its namespace. The dial says which levels may be used (contract:
match levels).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from ...errors import UsageError
from ...kernel.access.visibility import EVERYTHING, Visibility
from ...kernel.calls import CallReply, PendingCall, answered
from ...kernel.rows import COLUMNS, record_row
from ...kernel.store.base import Transaction
from ...rules.hashing import hash_levels
from ...rules.infer.vocabulary import QUERY_KIND, RESULT_KIND, VERDICT_KIND
from .trouble import Declined

LEVELS = ("L0", "L1", "L2", "L3")
CONFIDENCE = {"L0": 1.0, "L1": 0.8, "L2": 0.5, "L3": 0.3}
"""The factor `pattern_confidence` of an answer's weight, by how exactly it matched."""

MAX_REMEMBERED = 10_000
"""Answers that are known; the oldest go first."""

_PAGE = 1000


@dataclass(frozen=True)
class Remembered:
    """Where one accepted answer is: the answer itself, which may be large, stays in the store.

    Attributes:
        id: The id of the KNOW record.
        namespace: Its namespace.
        thread: Its thread.
        created_at: When it was taken in, unix seconds.
        keys: The hash of its question at each level.
    """

    id: str
    namespace: str
    thread: str
    created_at: int
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Match:
    """An accepted answer and how exactly its question matches: `L0` to `L3`."""

    level: str
    found: Remembered


def levels_for(dial: float) -> tuple[str, ...]:
    """Return the levels that a dial allows: replay L0, adapt L1 too, explore L2 too, create all."""
    zones = (1 / 3, 1 / 2, 2 / 3)
    return LEVELS[: 1 + sum(dial >= edge for edge in zones)]


def work_keys(question: Any, kind: str) -> dict[str, str]:
    """Return the hash of a question at each level.

    Args:
        question: The question, or the record or reference that it is.
        kind: The kind of answer that is asked for.

    Raises:
        UsageError: It cannot be written as canonical JSON.
    """
    if isinstance(question, Mapping) and {"id", "act", "actor", "thread", "body"} <= set(question):
        question = {"record_id": question["id"]}
    members = question if isinstance(question, Mapping) else {}
    operation = next(
        (members[name] for name in ("operation", "goal") if isinstance(members.get(name), str)), kind
    )
    domain = members.get("domain")
    body = {
        "operation": operation,
        "input_shape": _shape(question),
        "output_shape": "KEYED",
        "domain": domain if isinstance(domain, str) else "",
        "question": question,
        "answer_kind": kind,
    }
    hashes = hash_levels("CALL", body)
    return dict(zip(LEVELS, (hashes.l0, hashes.l1, hashes.l2, hashes.l3), strict=True))


def _shape(value: Any) -> str:
    if value is None:
        return "VOID"
    if isinstance(value, Mapping):
        return "KEYED"
    return "MANY" if isinstance(value, list) else "ONE"


class Memory:
    """The accepted answers of a store, read once and then kept up with what is new. Safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sequence = 0
        self._answers: OrderedDict[str, Remembered] = OrderedDict()
        self._by_key: dict[str, list[str]] = {}

    def match(
        self,
        transaction: Transaction,
        question: Any,
        kind: str,
        namespace: str | None,
        levels: Iterable[str] = LEVELS,
        reach: Visibility = EVERYTHING,
    ) -> Match | None:
        """Return the most exact and then the newest accepted answer to a question.

        Args:
            transaction: Where to read what is new.
            question: The question.
            kind: The kind of answer that is asked for.
            namespace: Where the question is asked; None when that is not known, which rules out nothing.
            levels: The levels that may be used, most exact first.
            reach: What the asker may see; other answers are passed over.
        """
        try:
            keys = work_keys(question, kind)
        except UsageError:
            return None
        with self._lock:
            self._catch_up(transaction)
            for level in levels:
                for found in self._newest(keys[level]):
                    if level == "L0" and namespace is not None and found.namespace != namespace:
                        continue
                    if not reach.sees(found.namespace, found.thread):
                        continue
                    return Match(level, found)
        return None

    def _newest(self, key: str) -> Iterable[Remembered]:
        return (self._answers[each] for each in reversed(self._by_key.get(key, [])))

    def _catch_up(self, transaction: Transaction) -> None:
        while True:
            rows = transaction.execute(
                f"SELECT {COLUMNS} FROM records r WHERE r.sequence > ? AND r.kind IN (?, ?)"  # noqa: S608 - names of the kernel
                " ORDER BY r.sequence LIMIT ?",
                (self._sequence, RESULT_KIND, VERDICT_KIND, _PAGE),
            )
            for values in rows:
                self._learn(transaction, record_row(values))
            if len(rows) < _PAGE:
                return

    def _learn(self, transaction: Transaction, row: dict[str, Any]) -> None:
        self._sequence = row["sequence"]
        body = row["body"]
        if row["act"] != "KNOW":
            return
        if body.get("kind") == VERDICT_KIND:
            if body.get("verdict") == "reject":
                for judged in [*_ids(body.get("fulfills")), *row["parents"]]:
                    self._forget(judged)
            return
        provenance = body.get("provenance")
        entries = provenance if isinstance(provenance, list) else []
        if any(isinstance(each, Mapping) and each.get("match_level") for each in entries):
            return
        keys = _keys_of(transaction, body)
        if keys is not None and body.get("answer") is not None:
            found = Remembered(row["id"], row["namespace"], row["thread"], row["created_at"], keys)
            self._answers[found.id] = found
            for key in keys.values():
                self._by_key.setdefault(key, []).append(found.id)
            if len(self._answers) > MAX_REMEMBERED:
                self._forget(next(iter(self._answers)))

    def _forget(self, record_id: str) -> None:
        found = self._answers.pop(record_id, None)
        for key in found.keys.values() if found is not None else ():
            known = self._by_key[key]
            known.remove(record_id)
            if not known:
                del self._by_key[key]


def _ids(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _keys_of(transaction: Transaction, body: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the keys of the question that a result answers, found through the query it fulfils."""
    for query_id in [*_ids(body.get("correlation_id")), *_ids(body.get("fulfills"))]:
        rows = transaction.execute(
            f"SELECT {COLUMNS} FROM records r WHERE r.id = ? AND r.kind = ?",  # noqa: S608 - names of the kernel
            (query_id, QUERY_KIND),
        )
        if not rows:
            continue
        asked = record_row(rows[0])["body"]
        shape, given = asked.get("answer_shape"), asked.get("input")
        kind = shape.get("kind") if isinstance(shape, Mapping) else None
        if not isinstance(given, Mapping) or not isinstance(kind, str):
            continue
        try:
            return work_keys(given["inline"] if "inline" in given else dict(given), kind)
        except UsageError:
            return None
    return None


def _answer(transaction: Transaction, record_id: str) -> Any:
    rows = transaction.execute(f"SELECT {COLUMNS} FROM records r WHERE r.id = ?", (record_id,))  # noqa: S608 - names of the kernel
    return record_row(rows[0])["body"]["answer"]


def replay(call: PendingCall, memory: Memory, transaction: Transaction) -> CallReply:
    """Answer a call with an earlier accepted answer.

    Raises:
        Declined: No earlier answer matches at a level that the dial allows.
    """
    kind = str(call.answer_shape.get("kind", ""))
    levels = levels_for(call.dial)
    match = memory.match(transaction, call.input, kind, call.namespace, levels, call.reach)
    if match is None:
        allowed = f"{levels[0]} to {levels[-1]}" if len(levels) > 1 else levels[0]
        raise Declined("out_of_domain", f"no earlier answer matches at {allowed}")
    return answered(
        {
            "answer": _answer(transaction, match.found.id),
            "match_level": match.level,
            "pattern_confidence": CONFIDENCE[match.level],
            "rationale": f"the answer of {match.found.id}, matched at {match.level}",
        }
    )
