"""The lane of the threads of a process: one of those that wait carries the records of all."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

from syncropel.transport.delivery import Delivery, Outcome
from syncropel.transport.failures import out_of_time
from syncropel.transport.lanes import Board, Flight, Seat

Outcomes = list["Outcome | None"]


class SyncCarrier(Protocol):
    """Who sends what a lane puts together."""

    def _alone(self, delivery: Delivery) -> Outcome: ...

    def _coalesced(self, crew: Sequence[Delivery]) -> Outcomes: ...


class SyncSeat(Seat):
    """A record that waits, with the thread that waits for it.

    Attributes:
        woken: Set when there is something to do.
        duty: The request that this thread has to carry for others, too.
        landed: Whether the outcome is known.
        outcome: What it is.
        error: What was raised instead.
    """

    __slots__ = ("duty", "error", "landed", "outcome", "woken")

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery)
        self.woken = threading.Event()
        self.duty: tuple[Flight, list[SyncSeat]] | None = None
        self.landed = False
        self.outcome: Outcome | None = None
        self.error: Exception | None = None

    def settle(self, outcome: Outcome | None, error: Exception | None) -> None:
        """Give the waiting thread its outcome."""
        self.outcome, self.error, self.landed = outcome, error, True
        self.woken.set()


class SyncLane(Board[SyncSeat]):
    """The lane of the threads of a process."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def send(self, delivery: Delivery, carrier: SyncCarrier) -> Outcome | None:
        """Send a record once, alone or with others; None when it has to be sent outside of the lane."""
        with self._lock:
            flight = self.take_off((delivery,)) if self.free(delivery) else None
            if flight is None:
                # Only for one who waits: what a thread can be woken by takes longer to make than the rest.
                seat = SyncSeat(delivery)
                self.queue(seat)
        if flight is not None:
            try:
                return carrier._alone(delivery)
            finally:
                with self._lock:
                    self._landed(flight)
        try:
            return self._wait(seat, carrier)
        except BaseException:
            self._withdraw(seat)
            raise

    def _wait(self, seat: SyncSeat, carrier: SyncCarrier) -> Outcome | None:
        while not seat.landed:
            left = seat.delivery.deadline - time.monotonic()
            if left > 0:
                seat.woken.wait(left if seat.gone else min(left, self.patience))
            with self._lock:
                if not seat.gone:
                    self._wake(self.board())  # past a request that takes long
                if left <= 0 and not seat.landed and seat.duty is None:
                    self.leave(seat)
                    return out_of_time(seat.delivery.timeout)
            if seat.duty is not None:
                self._carry(seat, *seat.duty, carrier)
        if seat.error is not None:
            raise seat.error
        return seat.outcome

    def _carry(self, seat: SyncSeat, flight: Flight, crew: list[SyncSeat], carrier: SyncCarrier) -> None:
        outcomes: Outcomes = [None] * len(crew)
        error: Exception | None = None
        try:
            together = len(crew) > 1
            outcomes = carrier._coalesced(flight.crew) if together else [carrier._alone(seat.delivery)]
        except Exception as raised:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            error = raised
        with self._lock:
            seat.duty = None
            for other, outcome in zip(crew, outcomes, strict=True):
                other.settle(outcome, error)
            self._landed(flight)

    def _landed(self, flight: Flight) -> None:
        self.land(flight)
        self._wake(self.board())

    def _wake(self, crew: list[SyncSeat]) -> None:
        """Let one of a crew carry the records of all: the one whose own time is up last."""
        if crew:
            first = max(crew, key=lambda seat: seat.delivery.deadline)
            first.duty = (self.take_off([seat.delivery for seat in crew]), crew)
            first.woken.set()

    def _withdraw(self, seat: SyncSeat) -> None:
        """Let the others go on without a thread that was interrupted, whatever it had to do for them."""
        with self._lock:
            self.leave(seat)
            if seat.duty is None:
                return
            flight, crew = seat.duty
            seat.duty = None
            for other in crew:
                if other is not seat and not other.landed:
                    other.gone = False
                    self.queue(other)
            self._landed(flight)
