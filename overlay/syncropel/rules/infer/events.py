"""What happens between a query and its answer, read from the records of its thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import InferFailed
from ..row import Record
from .outcome import InferResult, outcome_of_row
from .vocabulary import CALL_KIND, reply_state


@dataclass(frozen=True)
class InferEvent:
    """One step of an inference.

    Attributes:
        type: `dispatched` (a responder was called), `accepted` (it asks for time), `answered`, `declined`,
            `failed` (it has no answer), `stage` (the orchestration went on) or `folded` (there is an answer).
        record: The record that tells it.
        responder: The DID of the responder; None for steps of the engine.
        call_id: The id of the CALL record it belongs to, or None.
        result: The answer, for `folded`; else None.
        error: Why there is no answer, for the `folded` of a query that failed; `infer_stream` raises it.
    """

    type: str
    record: Record
    responder: str | None = None
    call_id: str | None = None
    result: InferResult | None = None
    error: InferFailed | None = None


class Trace:
    """Picks the records of one query out of its thread, each once, and says what they mean.

    Args:
        correlation_id: The id of the query.
    """

    def __init__(self, correlation_id: str) -> None:
        self.correlation_id = correlation_id
        self._calls: set[str] = set()
        self._seen: set[str] = {correlation_id}

    def take(self, record: Record) -> InferEvent | None:
        """Return what a record tells about the query; None when it belongs elsewhere or came before."""
        if record.id in self._seen or not self._belongs(record):
            return None
        event = self._event(record)
        if event is not None:
            self._seen.add(record.id)
        return event

    def _belongs(self, record: Record) -> bool:
        if record.body.get("correlation_id") == self.correlation_id or self.correlation_id in record.parents:
            return True
        # An answer may name its query in `fulfills` alone, a reply its call among the parents alone.
        return record.act == "KNOW" or not self._calls.isdisjoint(record.parents)

    def _event(self, record: Record) -> InferEvent | None:
        kind = record.body.get("kind")
        if record.act == "CALL" and kind == CALL_KIND:
            self._calls.add(record.id)
            return InferEvent("dispatched", record, _text(record.body.get("responder_did")), record.id)
        if record.act == "DO":
            call = next((each for each in record.parents if each in self._calls), None)
            return InferEvent(reply_state(record.body), record, record.actor, call)
        if record.act == "LEARN":
            return InferEvent("stage", record)
        outcome = outcome_of_row(record, self.correlation_id)
        if outcome is None:
            return None
        if isinstance(outcome, InferFailed):
            return InferEvent("folded", record, error=outcome)
        return InferEvent("folded", record, result=outcome)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
