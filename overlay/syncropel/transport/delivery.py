"""The delivery of one record: what to send next, whether to wait, and what to report. No I/O."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from syncropel.errors import ClosedError
from syncropel.rules.records import Draft
from syncropel.transport.clock import CLOCKS, MAX_FRESH_CLOCKS, ClockSource
from syncropel.transport.config import Settings
from syncropel.transport.convert import Answer, error_fields, error_line, hint_of, is_duplicate_clock
from syncropel.transport.failures import Undelivered, describe
from syncropel.transport.later import logger, random
from syncropel.transport.redaction import redact
from syncropel.transport.results import EmitResult
from syncropel.transport.retry import is_retried_status
from syncropel.transport.signing import signed

if TYPE_CHECKING:
    from typing import TypeAlias


_tickets = itertools.count()

Outcome: TypeAlias = "Answer | Undelivered | ClosedError"
"""What one attempt came to."""


class Delivery:
    """Follows one record from its first attempt to its result.

    Args:
        draft: The record to send.
        settings: The client's settings.
        timeout: Seconds the whole delivery may take.
        automatic: Whether the clock was made here, so that a collision may take a fresh one.
        clocks: Where fresh clocks come from.
        now: A monotonic clock in seconds.

    Attributes:
        draft: The record as it is sent now.
        automatic: Whether its clock was made here.
        timeout: Seconds the whole delivery may take.
        deadline: When they are over, by `time.monotonic`.
        ticket: Its place in the order of calls.
        share: The part of the next wait that records which fail together have in common; None for its own.
        result: The outcome, None until it is known.
        told: What the caller is told of a record that is not sent now.
    """

    def __init__(
        self,
        draft: Draft,
        settings: Settings,
        timeout: float,
        *,
        automatic: bool = False,
        clocks: ClockSource = CLOCKS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.draft = draft if settings.identity.public_key is None else signed(draft, settings.identity)
        self.timeout = timeout
        self.deadline = now() + timeout
        self.result: EmitResult | None = None
        self.told: EmitResult | None = None
        self.automatic = automatic
        self.ticket = next(_tickets)
        self.share: float | None = None
        self._settings = settings
        self._clocks = clocks
        self._now = now
        self._retried = 0
        self._fresh_clocks = 0

    @property
    def repeatable(self) -> bool:
        """A record is the same record however often it is sent."""
        return True

    @property
    def order(self) -> str:
        """What it is about: deliveries about the same thing keep their order."""
        thread: str = self.draft.wire["thread"]
        return thread

    @property
    def size(self) -> int:
        """The bytes that it adds to a request."""
        return len(self.draft.payload)

    def begin(self) -> None:
        """Count the time allowed from now on: the record was built before its turn came."""
        self.deadline = self._now() + self.timeout

    def take(self, outcome: Outcome) -> float:
        """Take what one attempt came to; return the seconds to wait before the next one (0 when finished)."""
        if isinstance(outcome, Answer):
            return self.answered(outcome)
        if isinstance(outcome, Undelivered):
            return self.failed(outcome)
        self.result = self.failure(describe(outcome))
        return 0.0

    def answered(self, answer: Answer) -> float:
        """Take an answer; return the seconds to wait before the next attempt (0 when finished)."""
        if answer.ok:
            self.result = self._success(answer)
            return 0.0
        if self._takes_fresh_clock(answer):
            return 0.0
        wait = None
        if is_retried_status(answer.status):
            wait = self._wait(answer.retry_after())
        if wait is None:
            self.result = self._refused(answer)
            return 0.0
        self._retried += 1
        return wait

    def failed(self, error: Undelivered) -> float:
        """Take a failure to get an answer; return the seconds to wait before the next attempt."""
        wait = None
        if error.retryable:
            wait = self._wait(None)
        if wait is None:
            self.result = self.failure(str(error))
            return 0.0
        self._retried += 1
        return wait

    def _wait(self, retry_after: float | None) -> float | None:
        share, self.share = self.share, None
        return self._settings.retry.wait(self._retried, retry_after, self.deadline - self._now(), share)

    def failure(self, text: str, **details: Any) -> EmitResult:
        """Return the result that reports a failure, with the token taken out of its texts."""
        secrets = self._settings.credential.secrets
        told: dict[str, Any] = {
            name: redact(value, *secrets) if isinstance(value, str) else value
            for name, value in details.items()
        }
        return self._result(False, None, None, redact(text, *secrets), **told)

    def _takes_fresh_clock(self, answer: Answer) -> bool:
        """Step past a clock that another record holds. A clock given by the caller is never changed.

        This is no retry of the same request, so it does not count as one; it has a bound of its own.
        """
        if not self.automatic or self._fresh_clocks >= MAX_FRESH_CLOCKS or not is_duplicate_clock(answer):
            return False
        if self._now() >= self.deadline:
            return False
        wire = self.draft.wire
        clock = self._clocks.after(wire["actor"], wire["thread"], wire["clock"], self._fresh_clocks)
        # Another clock is another id: what was signed is not this record any more.
        self.draft = signed(self.draft.with_clock(clock), self._settings.identity)
        self._fresh_clocks += 1
        return True

    def _success(self, answer: Answer) -> EmitResult:
        value = answer.json_or_none()
        row = value if isinstance(value, dict) else {}
        record_id = row.get("id") or row.get("record_id")
        if not isinstance(record_id, str):
            record_id = None
        elif record_id != self.draft.id:
            _warn_of_other_ids(self._settings.endpoint, self.draft.id, record_id)
        clock = row.get("clock")
        clock = clock if isinstance(clock, int) and not isinstance(clock, bool) else None
        return self._result(True, record_id, clock, None, answer.status, request_id=answer.request_id)

    def _refused(self, answer: Answer) -> EmitResult:
        code, _, body = error_fields(answer)
        return self.failure(
            error_line(answer),
            status=answer.status,
            code=code,
            request_id=answer.request_id,
            hint=hint_of(answer, body),
        )

    def _result(
        self,
        success: bool,
        record_id: str | None,
        clock: int | None,
        error: str | None,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
    ) -> EmitResult:
        draft = self.draft
        wire = draft.wire
        kind = wire["body"].get("kind")
        return EmitResult(
            success,
            record_id,
            clock,
            error,
            self._retried + self._fresh_clocks,
            kind if isinstance(kind, str) else "",
            wire["act"],
            wire["thread"],
            status,
            code,
            request_id,
            draft.id,
            hint,
        )


_warned: set[str] = set()


def _warn_of_other_ids(endpoint: str, expected: str, given: str) -> None:
    """Log, once per endpoint, that a server names records otherwise than their content does."""
    if endpoint not in _warned:
        _warned.add(endpoint)
        logger.warning(
            "%s stored record %s as %s: it computes ids differently, or changes records (said once)",
            endpoint,
            expected,
            given,
        )


def share_wait(crew: Iterable[Delivery]) -> None:
    """Let records that fail together wait equally long before they are sent again, together."""
    share = random.random()
    for delivery in crew:
        delivery.share = share


def report(callback: Callable[[EmitResult], object] | None, result: EmitResult) -> EmitResult:
    """Tell `on_emit` the outcome, and return it.

    What the callback raises is logged and not raised: an observer must not turn a stored record into an
    error.
    """
    if not result.success:
        logger.debug("emit of %s on thread %r failed: %s", result.kind, result.thread, result.error)
    if callback is not None:
        try:
            callback(result)
        except Exception as error:
            logger.exception("on_emit raised %s; the emit itself is not affected", describe(error))
    return result
