"""Following a thread over many connections: what each request resumes from, and when to connect again. Pure.

A cursor (the id of the last event) resumes exactly. Until the first one arrives, `since_clock` is asked
for again with every connection, so that a first connection that fails loses no history.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from syncropel.errors import SyncropelError
from syncropel.rules.row import Record
from syncropel.transport import sse
from syncropel.transport.failures import NoToken
from syncropel.transport.later import reports
from syncropel.transport.redaction import redact, redact_error
from syncropel.transport.retry import jitter

if TYPE_CHECKING:
    from syncropel.transport.reports import SubscribeError

LAGGED = "lagged"
SERVER_SHUTDOWN = "server_shutdown"
TRANSPORT_ERROR = "transport_error"
HEARTBEAT_TIMEOUT = "heartbeat_timeout"

DEFAULT_SHUTDOWN_MS = 5000
REFUSAL_RETRIES = 2
MAX_DOUBLINGS = 30
_PASSING_REFUSALS = frozenset({408, 425, 429})


class Lost(Exception):
    """One connection ended."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        retry_after: float | None = None,
        error: SyncropelError | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.error = error

    def redact(self, *secrets: str | None) -> None:
        """Take tokens that a server echoed out of what is reported."""
        self.message = redact(self.message, *secrets)
        self.args = (self.message,)
        if self.error is not None:
            redact_error(self.error, *secrets)


class Resumption:
    """The state of one subscription between its connections.

    Args:
        since_clock: Where to begin, as a clock; None begins with what happens next.
        base: Seconds of the first delay's upper bound.
        longest: The longest delay in seconds.
        max_reconnects: Connections after the first one without progress; infinite by default. A refusal
            that will not pass by itself (3xx, 4xx, a function that gives no token) is retried at most twice
            whatever this says.
        uniform: Source of jitter.
    """

    def __init__(
        self,
        *,
        since_clock: int | None = None,
        base: float = 0.5,
        longest: float = 30.0,
        max_reconnects: float = math.inf,
        uniform: Callable[[float, float], float] = jitter,
    ) -> None:
        self.cursor: str | None = None
        self.stopped = False
        self._since_clock = since_clock
        self._base = base
        self._longest = longest
        self._max_reconnects = max_reconnects
        self._uniform = uniform
        self._attempt = 0

    def parameters(self) -> dict[str, Any]:
        """Return the query parameters of the next connection."""
        return {"since_clock": self._since_clock if self.cursor is None else None}

    def headers(self) -> dict[str, str]:
        """Return the headers of the next connection."""
        headers = {"accept": "text/event-stream", "cache-control": "no-cache"}
        if self.cursor:
            headers["last-event-id"] = self.cursor
        return headers

    def progressed(self) -> None:
        """Note a sign of life: the delays begin anew."""
        self._attempt = 0

    def lost(self, lost: Lost) -> SubscribeError:
        """Note the end of a connection; return what to report, and with it when to connect again."""
        attempt = self._attempt
        self._attempt += 1
        self.stopped = attempt >= self._retries_for(lost.error)
        delay = None if self.stopped else self._delay(lost, attempt)
        return reports.SubscribeError(lost.reason, lost.message, attempt, delay, lost.error)

    def _retries_for(self, error: SyncropelError | None) -> float:
        status = getattr(error, "status", 0)
        refused = 300 <= status < 500 and status not in _PASSING_REFUSALS
        if refused or isinstance(error, NoToken):
            return min(self._max_reconnects, REFUSAL_RETRIES)
        return self._max_reconnects

    def _delay(self, lost: Lost, attempt: int) -> float:
        asked = lost.retry_after
        if lost.reason == SERVER_SHUTDOWN and asked is not None:
            return min(asked, self._longest)
        ceiling = min(self._longest, self._base * 2.0 ** min(attempt, MAX_DOUBLINGS))
        return min(self._longest, max(self._uniform(0.0, ceiling), asked or 0.0))

    def take(self, frame: sse.Frame) -> Record | bool:
        """Take a frame; return the record it brings, or whether it is a heartbeat.

        Frames of unknown names are passed over: a newer server may send some. The cursor of every frame
        counts.

        Raises:
            Lost: The server says that it ends the stream.
        """
        if frame.event == sse.ERROR and frame.data is not None:
            raise self._error(frame.value())
        if frame.id is not None:
            self.cursor = frame.id
        if frame.data is None or frame.event not in sse.KNOWN_EVENTS:
            return False
        value = frame.value()
        if frame.event == sse.SHUTDOWN:
            raise Lost(
                SERVER_SHUTDOWN, f"disconnected: {SERVER_SHUTDOWN}", retry_after=_shutdown_delay(value)
            )
        self.progressed()
        row = value.get("record")
        if frame.event == sse.RECORD and isinstance(row, dict):
            return Record.from_row({"id": value["id"], **row} if "id" in value else row)
        return frame.event == sse.HEARTBEAT

    def _error(self, value: dict[str, Any]) -> Lost:
        code, message = value.get("code"), value.get("message")
        if code == "invalid_cursor":
            # The store does not know it (another store, or an emptied one): begin as at first.
            self.cursor = None
        reason = LAGGED if code == LAGGED else TRANSPORT_ERROR
        return Lost(reason, f"disconnected: {code or 'error'}" + (f": {message}" if message else ""))


def _shutdown_delay(value: dict[str, Any]) -> float:
    asked = value.get("retry_after_ms")
    if isinstance(asked, bool) or not isinstance(asked, (int, float)) or not 0 <= asked < math.inf:
        asked = DEFAULT_SHUTDOWN_MS
    return asked / 1000
