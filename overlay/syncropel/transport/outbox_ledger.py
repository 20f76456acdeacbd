"""The delivery of a chunk from the outbox: what each answer means, and what is noted of it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..rules.hashing import sha256_hex
from ..rules.records import check_record
from ..rules.strict_json import parse_json
from .convert import Answer, error_fields, error_line, hint_of
from .failures import describe
from .outbox_policy import DAMAGED, Verdict, backoff, is_about_all, verdict
from .outbox_rows import Entry, Failure, Refusal, Waiting
from .redaction import redact
from .results import EmitResult

if TYPE_CHECKING:
    from .delivery import Outcome

_DAMAGE = "what is kept is not the record of this id any more; the file was changed or is damaged"
_NO_RECEIPT = "the answer is no receipt of a record; is this a Syncropel server?"


class Round(NamedTuple):
    """What the delivery of one chunk came to.

    Attributes:
        taken: Records that were taken from the outbox.
        delivered: How many of them arrived.
        dead: How many the server refused for good.
        failure: Why some of the others have to wait, or None.
        stopped: Whether it is the server, so that nothing else is to be tried now.
        retry_after: Seconds the server asked to wait, or None.
    """

    taken: int = 0
    delivered: int = 0
    dead: int = 0
    failure: str | None = None
    stopped: bool = False
    retry_after: float | None = None


class Ledger:
    """Takes the outcomes of one chunk, in any order of threads but in order within each.

    Args:
        taken: The chunk.
        secrets: Tokens, taken out of every text.

    Attributes:
        delivered: Numbers of the records that arrived.
        refused: Those that the server refused for good.
        failed: Those that are tried again.
        results: What `on_emit` is told of those that are finished.
        failure: Why something has to wait, or None.
        stopped: Whether the server as a whole cannot be reached, so that nothing else is tried now.
        retry_after: Seconds the server asked to wait, or None.
    """

    def __init__(self, taken: Sequence[Waiting], secrets: Sequence[str] = ()) -> None:
        self.delivered: list[int] = []
        self.refused: list[Refusal] = []
        self.failed: list[Failure] = []
        self.results: list[EmitResult] = []
        self.failure: str | None = None
        self.stopped = False
        self.retry_after: float | None = None
        self._taken = len(taken)
        self._secrets = secrets
        self._resting: set[str] = set()
        self.sound = [row for row in taken if self._is_sound(row)]

    @property
    def notes(self) -> tuple[list[int], list[Refusal], list[Failure]]:
        """What the file is told: delivered, refused, failed."""
        return self.delivered, self.refused, self.failed

    @property
    def round(self) -> Round:
        """What it came to, in numbers."""
        counts = self._taken, len(self.delivered), len(self.refused)
        return Round(*counts, self.failure, self.stopped, self.retry_after)

    def is_due(self, row: Waiting) -> bool:
        """Say whether a record may be sent: nothing failed for all, nor before it in its lane."""
        return not self.stopped and _lane(row.entry) not in self._resting

    def take(self, row: Waiting, outcome: Outcome) -> None:
        """Take what came of sending a record."""
        if not isinstance(outcome, Answer):
            self._later(row, describe(outcome) if not str(outcome) else str(outcome), None, None)
            return
        code, message, body = error_fields(outcome)
        meaning = verdict(outcome.status, code)
        if meaning is Verdict.DELIVERED:
            self._received(row, outcome)
        elif meaning is Verdict.REFUSED:
            line = self._clean(error_line(outcome))
            self.refused.append(Refusal(row.number, outcome.status, code, self._clean(message or line)))
            told = {"code": code, "request_id": outcome.request_id, "hint": hint_of(outcome, body)}
            self.results.append(_result(row, success=False, error=line, status=outcome.status, **told))
        else:
            self._later(row, error_line(outcome), outcome.status, outcome.retry_after())

    def _received(self, row: Waiting, answer: Answer) -> None:
        value = answer.json_or_none()
        receipt = value if isinstance(value, dict) else {}
        record_id = receipt.get("id") or receipt.get("record_id")
        if not isinstance(record_id, str):
            # A portal or a proxy answers 200 to everything; what it "took" would be gone.
            self._later(row, f"HTTP {answer.status}: {_NO_RECEIPT}", None, None)
            return
        self.delivered.append(row.number)
        clock = receipt.get("clock")
        clock = clock if isinstance(clock, int) and not isinstance(clock, bool) else None
        told = {"clock": clock, "status": answer.status, "request_id": answer.request_id}
        self.results.append(_result(row, success=True, record_id=record_id, **told))

    def _later(self, row: Waiting, text: str, status: int | None, retry_after: float | None) -> None:
        self.failure = self._clean(text)
        self.retry_after = retry_after
        self._resting.add(_lane(row.entry))
        if is_about_all(status):
            self.stopped = True
            self.failed.append(Failure(row.number, self.failure))
        else:
            self.failed.append(Failure(row.number, self.failure, backoff(row.attempts + 1, retry_after)))

    def _is_sound(self, row: Waiting) -> bool:
        if is_sound(row.entry):
            return True
        self.refused.append(Refusal(row.number, None, DAMAGED, _DAMAGE))
        self.results.append(_result(row, success=False, error=f"{DAMAGED}: {_DAMAGE}", code=DAMAGED))
        return False

    def _clean(self, text: str) -> str:
        return redact(text, *self._secrets)


def is_alone(outcome: Outcome, together: int) -> bool:
    """Say whether what a record came to among others may be another one's fault: then it goes alone."""
    return (
        together > 1
        and isinstance(outcome, Answer)
        and outcome.status >= 500
        and not is_about_all(outcome.status)
    )


def is_sound(entry: Entry) -> bool:
    """Say whether the payload is still the record that was kept."""
    if sha256_hex(entry.payload) == entry.id:
        return True
    # With a judgement or a signature beside the hashed fields the bytes are more than what the id covers.
    try:
        return check_record(parse_json(entry.payload)).id == entry.id
    except UsageError:
        return False


def _lane(entry: Entry) -> str:
    return f"{entry.sender}\0{entry.thread}"


def _result(row: Waiting, *, success: bool, **details: Any) -> EmitResult:
    entry = row.entry
    return EmitResult(
        success=success,
        record_id=details.pop("record_id", None),
        clock=details.pop("clock", None),
        error=details.pop("error", None),
        retried=row.attempts,
        kind=entry.kind,
        act=entry.act,
        thread=entry.thread,
        expected_id=entry.id,
        **details,
    )
