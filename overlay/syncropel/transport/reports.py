"""What a client reports of many calls, or of a broken stream.

Loaded when the first report is made (`transport.later`): a first emit makes none, and `dataclasses` takes a
sixth of a short program's start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncropel.errors import SyncropelError
    from syncropel.transport.results import EmitResult


@dataclass(frozen=True)
class Stats:
    """A snapshot of a client's counters, from its construction on.

    Every emit ends as one of acknowledged, failed or queued.

    Attributes:
        emitted: Records that were emitted and have an outcome.
        acknowledged: Emits that the server acknowledged at once.
        failed: Emits that were refused, or not delivered and not kept.
        queued: Emits whose record went into the outbox.
        delivered_later: Records that this client delivered from the outbox.
        dropped: Records that this client's outbox dropped to keep within its limits.
        dead: Records from the outbox that the server refused for good.
        waiting: Records in the outbox's file now, other clients' and processes' included.
        coalesced: Emits that travelled together with others.
        batches: Requests in which several records travelled.
    """

    emitted: int = 0
    acknowledged: int = 0
    failed: int = 0
    queued: int = 0
    delivered_later: int = 0
    dropped: int = 0
    dead: int = 0
    waiting: int = 0
    coalesced: int = 0
    batches: int = 0


@dataclass(frozen=True)
class EmitSummary:
    """How far many emits have come.

    Attributes:
        total: Records whose outcome is known.
        created: Records that the server had not seen before.
        known: Records that it held already.
        queued: Records that wait in the outbox.
        failed: Records that were neither acknowledged nor queued.
        seconds: How long it took.
        failures: The outcomes of the first ten that failed.
    """

    total: int = 0
    created: int = 0
    known: int = 0
    queued: int = 0
    failed: int = 0
    seconds: float = 0.0
    failures: tuple[EmitResult, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the server acknowledged every record."""
        return self.failed == self.queued == 0

    @property
    def per_second(self) -> float:
        """Records per second; 0 when no time has passed."""
        return self.total / self.seconds if self.seconds > 0 else 0.0


OnProgress = Callable[[EmitSummary], object]


@dataclass(frozen=True)
class SubscribeError:
    """Why a connection of a subscription ended, as `on_error` is told.

    Attributes:
        reason: `transport_error`, `heartbeat_timeout`, `lagged` or `server_shutdown`.
        message: What happened, for people.
        attempt: Connections lost in a row before this one, from 0; a record or a heartbeat starts again at 0.
        next_retry_s: Seconds until the next connection; None when there will be none.
        error: The exception behind it, if there was one.
    """

    reason: str
    message: str
    attempt: int
    next_retry_s: float | None
    error: SyncropelError | None = None
