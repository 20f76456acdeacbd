"""What a client has done so far, in numbers."""

from __future__ import annotations

from syncropel.transport.values import dataclass, replace

from .forking import Locked


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


class Counters(Locked):
    """The counters behind `Stats`. Safe across threads."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}

    def add(self, *names: str, count: int = 1) -> None:
        """Count something under each of these names, fields of `Stats`."""
        with self._lock:
            for name in names:
                self._counts[name] = self._counts.get(name, 0) + count

    def snapshot(self, **more: int) -> Stats:
        """Return the counts as they are, with these put in."""
        with self._lock:
            counted = Stats(**self._counts)
        return replace(counted, **more)
