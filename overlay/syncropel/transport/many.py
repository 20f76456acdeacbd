"""Many records one after the other: what is an item, when a chunk is full, how far it went. No I/O."""

from __future__ import annotations

import copy
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from syncropel.errors import UsageError, UsageTypeError
from syncropel.rules.records import Draft
from syncropel.transport.batching import MAX_TOGETHER, OURS, BatchLimits, Receipts, joined
from syncropel.transport.delivery import Delivery
from syncropel.transport.failures import describe
from syncropel.transport.later import logger, reports
from syncropel.transport.results import EmitResult

if TYPE_CHECKING:
    from syncropel.transport.reports import EmitSummary, OnProgress

SINGLY = BatchLimits(32, OURS.bytes)
"""A chunk for a server that takes records one by one: small, so that outcomes come soon."""

SLICE = 64
"""Items taken from an iterable at one time: in between, an event loop gets its turn."""

_NEEDED = ("act", "kind", "body", "thread")
_ALL_NEEDED = frozenset(_NEEDED)
_ARGUMENTS = frozenset((*_NEEDED, "refs", "parents", "data_type", "clock", "judged_by", "validate"))
_KEPT_FAILURES = 10


class Mistake:
    """An item that is no record, with the outcome that is reported in its place."""

    __slots__ = ("told",)

    def __init__(self, item: Any, error: UsageError) -> None:
        said = item if isinstance(item, Mapping) else {}
        told = {name: said[name] for name in ("kind", "act", "thread") if isinstance(said.get(name), str)}
        self.told = EmitResult(False, None, None, describe(error), **told)


Entry = Union[Delivery, Mistake]  # noqa: UP007 - evaluated at run time, on Python 3.10 too


class Chunk:
    """Items that travel together.

    Args:
        entries: What became of each item: a record, or the outcome that is told in its place.
        limits: What one request may hold; None where records go one by one.

    Attributes:
        entries: As given.
        crew: The records that are sent.
        content: The body of the one request that takes all of the crew, written before its turn comes; None
            where they travel otherwise.
        receipts: The answer to that request, when it says that every one of the crew is stored.
    """

    __slots__ = ("_limits", "content", "crew", "entries", "receipts")

    def __init__(self, entries: Sequence[Entry] = (), limits: BatchLimits | None = None) -> None:
        self.entries = entries
        self.crew = [entry for entry in entries if isinstance(entry, Delivery)]
        self.receipts: Receipts | None = None
        self.content: bytes | None = None
        self._limits = limits
        if limits is not None and len(self.crew) > 1:
            self.content = joined([delivery.draft.payload for delivery in self.crew])

    @property
    def stored(self) -> bool:
        """Whether every item is a record that is acknowledged; no item is none that is not."""
        return not self.entries or (self.receipts is not None and len(self.crew) == len(self.entries))

    def without(self, told: Sequence[EmitResult | None]) -> None:
        """Leave out of the crew those of whom something is told instead, given for each."""
        if told.count(None) < len(told):
            for delivery, result in zip(self.crew, told, strict=True):
                delivery.told = result
            self.crew = [delivery for delivery in self.crew if delivery.told is None]
            self.content = None

    def begin(self, limits: BatchLimits | None) -> bytes | None:
        """Count the time allowed from now on, and return the content if a request may hold so much now."""
        if self.crew:
            self.crew[0].begin()
            deadline = self.crew[0].deadline
            for delivery in self.crew:
                delivery.deadline = deadline
        return self.content if limits == self._limits else None

    def take(self) -> None:
        """Give each record its receipt."""
        if self.receipts is not None:
            for delivery, receipt in zip(self.crew, self.receipts.parts(), strict=True):
                delivery.take(receipt)


def draft_arguments(item: Any) -> dict[str, Any]:
    """Return an item's arguments of `emit`.

    Raises:
        UsageError: It is no mapping, lacks one that is needed, or has one that `emit` does not know.
    """
    if type(item) is not dict and not isinstance(item, Mapping):
        raise UsageTypeError(f"an item is a dict with the arguments of emit, not {type(item).__name__}")
    arguments = dict(item)
    if not arguments.keys() <= _ARGUMENTS:
        unknown = sorted(str(name) for name in arguments.keys() - _ARGUMENTS)
        raise UsageError(f"there is no argument {unknown[0]!r}; an item has {', '.join(sorted(_ARGUMENTS))}")
    if not arguments.keys() >= _ALL_NEEDED:
        missing = next(name for name in _NEEDED if name not in arguments)
        raise UsageError(f"the argument {missing!r} is missing")
    return arguments


class Chunks:
    """Cuts a row of items into chunks, numbers them, and keeps the first mistake until its turn comes.

    Args:
        chunk: Records of one chunk, at most.
        on_error: `raise` or `report`: what becomes of an item that is no record.
        make: Builds the record of an item.

    Raises:
        UsageError: An argument cannot be used.
    """

    def __init__(self, chunk: int | None, on_error: str, make: Callable[[Any], Delivery]) -> None:
        if chunk is not None and (type(chunk) is not int or not 1 <= chunk <= MAX_TOGETHER):
            raise UsageError(f"chunk must be a whole number from 1 to {MAX_TOGETHER}, not {chunk!r}")
        if on_error not in ("raise", "report"):
            raise UsageError(f"on_error must be 'raise' or 'report', not {on_error!r}")
        self.error: UsageError | None = None
        self._chunk = chunk or MAX_TOGETHER
        self._reports = on_error == "report"
        self._make = make
        self._index = 0
        # What was built and did not fit: it begins the next chunk.
        self._over: deque[Entry] = deque()
        self._open: list[Entry] = []
        self._room = self._chunk
        self._bytes = OURS.bytes

    def begin(self, limits: BatchLimits) -> None:
        """Begin a chunk that one request can carry."""
        self._open, self._room, self._bytes = [], min(self._chunk, limits.records), limits.bytes
        over, self._over = self._over, deque()
        for entry in over:
            self._place(entry)

    @property
    def wanted(self) -> int:
        """How many items to bring next; 0 when the chunk is full, or no item is wanted any more."""
        return 0 if self._over or self.error is not None else min(SLICE, max(self._room, 0))

    @property
    def empty(self) -> bool:
        """Whether the chunk has no entry yet."""
        return not self._open

    def add(self, items: Iterable[Any]) -> None:
        """Build the records of some items."""
        for item in items:
            try:
                self._place(self._make(item))
            except UsageError as error:
                if not self._reports:
                    self.error = _located(error, self._index)
                    return
                self._place(Mistake(item, error))
            self._index += 1

    def close(self, limits: BatchLimits | None) -> Chunk:
        """Return the chunk, ready to be sent to a server with these limits."""
        entries, self._open = self._open, []
        return Chunk(entries, limits)

    def _place(self, entry: Entry) -> None:
        size = len(entry.draft.payload) + 1 if isinstance(entry, Delivery) else 0
        if self._over or (self._open and (self._room < 1 or size > self._bytes)):
            self._over.append(entry)
            return
        self._open.append(entry)
        self._room -= 1
        self._bytes -= size


class Tally:
    """Counts outcomes.

    Args:
        on_progress: Called with the counts so far. What it raises is logged.
        now: A monotonic clock in seconds.
    """

    def __init__(self, on_progress: OnProgress | None, now: Callable[[], float] = time.monotonic) -> None:
        if on_progress is not None and not callable(on_progress):
            raise UsageTypeError("on_progress must be a function of one argument")
        self._on_progress = on_progress
        self._now = now
        self._began: float | None = None
        self._counts = dict.fromkeys(("total", "created", "known", "queued", "failed"), 0)
        self._failures: list[EmitResult] = []

    def begin(self) -> None:
        """Begin to measure the time."""
        self._began = self._now()

    def add(self, results: Iterable[EmitResult]) -> None:
        """Count the outcomes of a chunk, and tell how far it went."""
        counts = self._counts
        for result in results:
            counts["total"] += 1
            if result.success:
                counts["created" if result.created else "known"] += 1
            elif result.queued:
                counts["queued"] += 1
            else:
                counts["failed"] += 1
                if len(self._failures) < _KEPT_FAILURES:
                    self._failures.append(result)
        if self._on_progress is not None:
            try:
                self._on_progress(self.summary())
            except Exception as error:  # an observer must not turn stored records into an error
                logger.exception(
                    "on_progress raised %s; the emits themselves are not affected", describe(error)
                )

    def summary(self) -> EmitSummary:
        """Return the counts so far."""
        seconds = 0.0 if self._began is None else self._now() - self._began
        return reports.EmitSummary(**self._counts, seconds=seconds, failures=tuple(self._failures))


def draft_of(item: Any, build: Callable[..., tuple[Draft, bool]]) -> tuple[Draft, bool]:
    """Return the record of an item, and whether its clock was made here: of a Draft it was not."""
    return (item, False) if isinstance(item, Draft) else build(**draft_arguments(item))


def _located(error: UsageError, index: int) -> UsageError:
    """Return a mistake of the same kind that says which item it is in."""
    located = copy.copy(error)
    located.args = (f"items[{index}]: {error}",)
    located.__cause__ = error
    return located
