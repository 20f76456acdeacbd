"""Lanes: calls that wait while a request is under way leave together; one that is alone leaves at once.

A call that finds its lane free goes at once, alone. One that finds a request under way waits for it to come
back, and what has gathered by then leaves as the next request. Where a request takes unusually long, the
others leave without it, except those about a thing that is on it, such as the same thread: their order is the
order of the calls.

Here is who leaves when; the waiting itself is in `lanes_async` (tasks of one event loop) and `lanes_sync`
(threads of one process).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from syncropel.transport.batching import OURS, BatchLimits, fits

PATIENCE_SECONDS = 0.05
"""How long a request may be under way before others leave without waiting for it."""

MAX_FLIGHTS = 16
"""Requests of one lane at the same time."""


class Passenger(Protocol):
    """What a lane carries: a record, or the commands of one call.

    Attributes:
        deadline: When its time is up, by `time.monotonic`.
        timeout: Seconds the whole call may take.
    """

    deadline: float
    timeout: float

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice is the same as once."""

    @property
    def ticket(self) -> int:
        """Its place in the order of calls."""

    @property
    def order(self) -> str:
        """What it is about: passengers with the same text here keep their order."""

    @property
    def size(self) -> int:
        """The bytes that it adds to a request."""


P = TypeVar("P", bound=Passenger)
O = TypeVar("O")  # noqa: E741 - what sending one came to


class Flight(Generic[P]):
    """A request under way, with those on it.

    Attributes:
        crew: Those on it.
        since: When it left, by `time.monotonic`.
        sent: Whether it may have reached the server.
    """

    __slots__ = ("crew", "sent", "since")

    def __init__(self, crew: Sequence[P]) -> None:
        self.crew = crew
        self.since = time.monotonic()
        self.sent = False


class Seat(Generic[P]):
    """One that waits for its turn."""

    __slots__ = ("delivery", "gone")

    def __init__(self, delivery: P) -> None:
        self.delivery = delivery
        self.gone = False


S = TypeVar("S", bound=Seat[Any])


class Board(Generic[S, P]):
    """Who waits and who is under way: the decisions of a lane, without any waiting.

    Attributes:
        pid: The process it belongs to; a forked child begins anew.
        limits: What one request may hold.
        patience: Seconds that a request may be under way before others leave without waiting for it.
    """

    patience = PATIENCE_SECONDS

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.limits: BatchLimits = OURS
        self._waiting: list[S] = []
        self._flights: list[Flight[P]] = []

    @property
    def idle(self) -> bool:
        """Whether nobody waits and no request is under way."""
        return not self._flights and not self._waiting

    def free(self, delivery: P) -> bool:
        """Say whether a record may leave at once: alone, or past requests that take long."""
        if not self._flights:
            return not self._waiting
        return not self._waiting and self._stalled() and not self._on_the_way(delivery)

    def take_off(self, crew: Sequence[P]) -> Flight[P]:
        """Note that a request leaves."""
        flight = Flight(crew)
        self._flights.append(flight)
        return flight

    def land(self, flight: Flight[P]) -> None:
        """Note that a request has come back."""
        self._flights.remove(flight)

    def queue(self, seat: S) -> None:
        """Let a record wait, in the order of the calls: one that comes back to be sent again is older."""
        self._waiting.append(seat)
        if len(self._waiting) > 1 and seat.delivery.ticket < self._waiting[-2].delivery.ticket:
            self._waiting.sort(key=lambda each: each.delivery.ticket)

    def leave(self, seat: S) -> bool:
        """Take a record out that waits no longer; return whether it was there."""
        if seat.gone:
            return False
        seat.gone = True
        self._waiting.remove(seat)
        return True

    def board(self) -> list[S]:
        """Take out those who leave now, oldest first; none while they have to wait."""
        if not self._waiting or (self._flights and not self._stalled()):
            return []
        busy = {delivery.order for flight in self._flights for delivery in flight.crew}
        ready = [seat for seat in self._waiting if seat.delivery.order not in busy]
        if not ready:
            return []
        crew = ready[: fits((seat.delivery.size for seat in ready), self.limits)]
        for seat in crew:
            seat.gone = True
        self._waiting = [seat for seat in self._waiting if not seat.gone]
        return crew

    def _stalled(self) -> bool:
        since = max(flight.since for flight in self._flights)
        return len(self._flights) < MAX_FLIGHTS and time.monotonic() - since > self.patience

    def _on_the_way(self, delivery: P) -> bool:
        order = delivery.order
        return any(other.order == order for flight in self._flights for other in flight.crew)
