"""What an inference gives back: its options, the promise of an answer, the answer, and how to find it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ...errors import InferFailed, UsageError, UsageTypeError
from .responses import answer_of
from .vocabulary import ERROR_KIND, RESULT_KIND

_ENVELOPE = frozenset({"kind", "fulfills", "correlation_id", "_v"})
_LARGEST = 1e300
_DOCUMENTED = ("_provenance", "_chosen_response")
"""What tells the flat form of an answer, which some servers write, from other records that fulfil."""


class Readable(Mapping[str, Any]):
    """A dataclass that is readable by key as by attribute, what a newer server sent beside its fields too."""

    def _names(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self))  # type: ignore[arg-type]  # subclasses are dataclasses

    def _extra(self) -> Mapping[str, Any]:
        extra: Mapping[str, Any] = self.__dict__.get("extra") or {}
        return extra

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key) if key in self._names() else self._extra()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def __contains__(self, key: object) -> bool:
        return key in self._names() or key in self._extra()

    def __getattr__(self, name: str) -> Any:
        # Runs only for names that are no field. Underscores are left alone: pickle and copy look for those.
        if not name.startswith("__") and name in self._extra():
            return self._extra()[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {', '.join(self)}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values, those inside it too."""
        return {name: _plain(getattr(self, name)) for name in self._names()}


def _plain(value: Any) -> Any:
    if isinstance(value, Readable):
        return value.to_dict()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


@dataclass(frozen=True)
class InferOptions:
    """How `infer` waits.

    Attributes:
        wait: Wait for the answer; False returns an `InferPending` as soon as the query is stored.
        poll_interval_ms: Milliseconds between two looks where the thread cannot be followed live.
        poll_timeout_ms: Milliseconds to wait for the answer at most.
        thread: The thread to ask on. Default: a new one.

    Raises:
        UsageError: A number is negative, or the thread is empty (`UsageTypeError` for a wrong type).
    """

    wait: bool = True
    poll_interval_ms: float = 500
    poll_timeout_ms: float = 300_000
    thread: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.wait, bool):
            raise UsageTypeError(f"wait must be True or False, not {self.wait!r}")
        for name in ("poll_interval_ms", "poll_timeout_ms"):
            check_milliseconds(getattr(self, name), name)
        if self.thread is not None and not isinstance(self.thread, str):
            raise UsageTypeError(f"thread must be a text, not {type(self.thread).__name__}")
        if self.thread == "":
            raise UsageError("thread must not be empty; leave it out for a new one")


def check_milliseconds(value: Any, name: str) -> float:
    """Return a number of milliseconds.

    Raises:
        UsageError: It is negative or not finite (`UsageTypeError` when it is no number).
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UsageTypeError(f"{name} must be a number of milliseconds, not {type(value).__name__}")
    if not math.isfinite(value) or value < 0:
        raise UsageError(f"{name} must be 0 or more milliseconds, not {value!r}")
    return float(value)


@dataclass(frozen=True, eq=False)
class InferPending(Readable):
    """A query that is stored and not answered yet; `infer_result` waits for its answer, from any process.

    Attributes:
        correlation_id: The id of the query's INTEND record, by which its answer is known.
        thread_id: The thread of the query.
        pending: Always True.
        sequence: Where the server stored the query, which is where waiting begins; None when it did not say.
    """

    correlation_id: str
    thread_id: str
    pending: bool = True
    sequence: int | None = None


@dataclass(frozen=True, eq=False)
class ProvenanceEntry(Readable):
    """One response that entered the answer.

    Attributes:
        responder_did: Who responded.
        response_record_id: The id of the response record.
        weight: How much it counted.
        match_level: `L0` to `L3` where earlier work was matched; None otherwise.
        trust_at_dispatch: The responder's trust when it was called, 0 to 1.
        extra: What else the server said about it.
    """

    responder_did: str = ""
    response_record_id: str = ""
    weight: float = 0.0
    match_level: str | None = None
    trust_at_dispatch: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def from_value(value: Mapping[str, Any]) -> ProvenanceEntry:
        """Read one entry; a member of a wrong type counts as absent."""
        return ProvenanceEntry(
            responder_did=_text(value.get("responder_did")) or "",
            response_record_id=_text(value.get("response_record_id")) or "",
            weight=_number(value.get("weight")) or 0.0,
            match_level=_text(value.get("match_level")),
            trust_at_dispatch=_number(value.get("trust_at_dispatch")) or 0.0,
            extra=_beside(ProvenanceEntry, value),
        )


@dataclass(frozen=True, eq=False)
class TrustSummary(Readable):
    """The trust of those who contributed.

    Attributes:
        mean: Their mean trust, 0 to 1.
        min: The lowest.
        max: The highest.
        n_contributors: How many there were.
    """

    mean: float = 0.0
    min: float = 0.0
    max: float = 0.0
    n_contributors: int = 0

    @staticmethod
    def from_value(value: Any) -> TrustSummary:
        """Read a summary; a member of a wrong type counts as absent."""
        if not isinstance(value, Mapping):
            return TrustSummary()
        number = {name: _number(value.get(name)) or 0.0 for name in ("mean", "min", "max")}
        return TrustSummary(**number, n_contributors=int(_number(value.get("n_contributors")) or 0))


@dataclass(frozen=True, eq=False)
class InferResult(Readable):
    """The answer of an inference, readable by attribute and by key.

    Attributes:
        answer: The answer, any JSON value.
        provenance: The responses that entered it, in the order in which they were folded.
        trust_summary: The trust of those who contributed.
        cost_actual_usd: What it cost, in US dollars.
        cost_charged_but_failed_usd: What was paid for responses that failed, in US dollars.
        fold_function: The function that made one answer of several.
        chosen_response_id: The id of the response that was chosen; None when none stands for the answer.
        know_record_id: The id of the record that holds the answer.
        thread_id: The thread it is on.
        latency_ms: Milliseconds from the query to the answer; None when the server does not say.
        extra: What else the record holds (`tally`, `audit`, `metadata`, ...), also by attribute and by key.
    """

    answer: Any = None
    provenance: list[ProvenanceEntry] = field(default_factory=list)
    trust_summary: TrustSummary = field(default_factory=TrustSummary)
    cost_actual_usd: float = 0.0
    cost_charged_but_failed_usd: float = 0.0
    fold_function: str = ""
    chosen_response_id: str | None = None
    know_record_id: str = ""
    thread_id: str = ""
    latency_ms: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def find_outcome(rows: Iterable[Mapping[str, Any]], correlation_id: str) -> InferResult | InferFailed | None:
    """Return the first answer or failure of a query among records of its thread.

    An answer is a KNOW that names the query in `correlation_id` or `fulfills`: of the kind `infer.result.v1`,
    or of the answer's own kind with `_provenance` or `_chosen_response` beside the answer's members (both
    forms are published). A failure is one of the kind `infer.error.v1`.

    Args:
        rows: Records as servers send them, or `Record` objects.
        correlation_id: The id of the query.
    """
    found = (outcome_of_row(row, correlation_id) for row in rows)
    return next((each for each in found if each is not None), None)


def outcome_of_row(row: Mapping[str, Any], correlation_id: str) -> InferResult | InferFailed | None:
    """Return the answer or failure that one record holds for a query, or None."""
    body = row.get("body")
    if row.get("act") != "KNOW" or not isinstance(body, Mapping):
        return None
    named = names(body, correlation_id)
    where = {"know_record_id": _text(row.get("id")) or "", "thread_id": _text(row.get("thread")) or ""}
    if body.get("kind") == ERROR_KIND and (named or correlation_id in (row.get("parents") or ())):
        return _failure(body, where["thread_id"], correlation_id)
    if named and body.get("kind") == RESULT_KIND:
        return _result(body, where)
    if named and any(name in body for name in _DOCUMENTED):
        return _result(_flat(body), where)
    return None


def names(body: Mapping[str, Any], correlation_id: str) -> bool:
    """Say whether a body names a query as the one that it answers."""
    if body.get("correlation_id") == correlation_id:
        return True
    fulfills = body.get("fulfills")
    return fulfills == correlation_id or (isinstance(fulfills, (list, tuple)) and correlation_id in fulfills)


def _result(body: Mapping[str, Any], where: Mapping[str, str]) -> InferResult:
    entries = body.get("provenance")
    entries = entries if isinstance(entries, (list, tuple)) else []
    rest = {k: v for k, v in _beside(InferResult, body).items() if k not in _ENVELOPE}
    return InferResult(
        answer=body.get("answer"),
        provenance=[ProvenanceEntry.from_value(each) for each in entries if isinstance(each, Mapping)],
        trust_summary=TrustSummary.from_value(body.get("trust_summary")),
        cost_actual_usd=_number(body.get("cost_actual_usd")) or 0.0,
        cost_charged_but_failed_usd=_number(body.get("cost_charged_but_failed_usd")) or 0.0,
        fold_function=_text(body.get("fold_function")) or "",
        chosen_response_id=_text(body.get("chosen_response_id")),
        latency_ms=_number(body.get("latency_ms")),
        extra=rest,
        **where,
    )


def _flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Bring an answer whose members stand beside what describes them into the other form."""
    found = {name.removeprefix("_"): value for name, value in body.items() if name.startswith("_")}
    found["chosen_response_id"] = found.pop("chosen_response", None)
    known = {each.name for each in fields(InferResult)} | {"fold", "audit"}
    found.update({name: body[name] for name in known & set(body)})
    answer = answer_of(body)
    if "answer" not in body:
        answer = {name: value for name, value in answer.items() if name not in known}
    return {**found, "answer": answer, "answer_kind": body.get("kind")}


def _failure(body: Mapping[str, Any], thread_id: str, correlation_id: str) -> InferFailed:
    details, partial = body.get("details"), body.get("partial_responses")
    return InferFailed(
        _text(body.get("code")) or "unknown",
        _text(body.get("message")) or "",
        details=dict(details) if isinstance(details, Mapping) else {},
        partial_responses=[str(each) for each in partial] if isinstance(partial, (list, tuple)) else (),
        thread_id=thread_id,
        correlation_id=correlation_id,
    )


def _beside(cls: type, value: Mapping[str, Any]) -> dict[str, Any]:
    known = {each.name for each in fields(cls)}
    return {name: member for name, member in value.items() if name not in known}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # Comparing, because turning a huge integer into a float raises.
    return value if -_LARGEST <= value <= _LARGEST else None
