"""The lane of the threads of a process: one of those that wait carries the records of all."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from syncropel.transport.failures import Undelivered, interrupted, out_of_time
from syncropel.transport.lanes import Board, Flight, O, P, Passenger, Seat

P_contra = TypeVar("P_contra", bound=Passenger, contravariant=True)
O_co = TypeVar("O_co", covariant=True)


class SyncCarrier(Protocol[P_contra, O_co]):
    """Who sends what a lane puts together."""

    def _alone(self, delivery: P_contra) -> O_co: ...

    def _coalesced(self, crew: Sequence[P_contra]) -> Sequence[O_co | None]: ...


class SyncSeat(Seat[P], Generic[P, O]):
    """A record that waits, with the thread that waits for it.

    Attributes:
        woken: Set when there is something to do.
        duty: The request that this thread has to carry for others, too.
        landed: Whether the outcome is known.
        outcome: What it is.
        error: What was raised instead.
    """

    __slots__ = ("duty", "error", "landed", "outcome", "woken")

    def __init__(self, delivery: P) -> None:
        super().__init__(delivery)
        self.woken = threading.Event()
        self.duty: tuple[Flight[P], list[SyncSeat[P, O]]] | None = None
        self.landed = False
        self.outcome: O | Undelivered | None = None
        self.error: Exception | None = None

    def settle(self, outcome: O | Undelivered | None, error: Exception | None) -> None:
        """Give the waiting thread its outcome."""
        self.outcome, self.error, self.landed = outcome, error, True
        self.woken.set()


class SyncLane(Board[SyncSeat[P, O], P], Generic[P, O]):
    """The lane of the threads of a process."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def send(self, delivery: P, carrier: SyncCarrier[P, O]) -> O | Undelivered | None:
        """Send a record once, alone or with others; None when it has to be sent outside of the lane."""
        with self._lock:
            flight = self.take_off((delivery,)) if self.free(delivery) else None
            if flight is None:
                # Only for one who waits: what a thread can be woken by takes longer to make than the rest.
                seat: SyncSeat[P, O] = SyncSeat(delivery)
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

    def _wait(self, seat: SyncSeat[P, O], carrier: SyncCarrier[P, O]) -> O | Undelivered | None:
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

    def _carry(
        self, seat: SyncSeat[P, O], flight: Flight[P], crew: list[SyncSeat[P, O]], carrier: SyncCarrier[P, O]
    ) -> None:
        outcomes: Sequence[O | None] = [None] * len(crew)
        error: Exception | None = None
        flight.sent = True
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

    def _landed(self, flight: Flight[P]) -> None:
        self.land(flight)
        self._wake(self.board())

    def _wake(self, crew: list[SyncSeat[P, O]]) -> None:
        """Let one of a crew carry the records of all: the one whose own time is up last."""
        if crew:
            first = max(crew, key=lambda seat: seat.delivery.deadline)
            first.duty = (self.take_off([seat.delivery for seat in crew]), crew)
            first.woken.set()

    def _withdraw(self, seat: SyncSeat[P, O]) -> None:
        """Let the others go on without a thread that was interrupted, whatever it had to do for them."""
        with self._lock:
            self.leave(seat)
            if seat.duty is None:
                return
            flight, crew = seat.duty
            seat.duty = None
            for other in crew:
                if other is seat or other.landed:
                    continue
                if flight.sent and not other.delivery.repeatable:
                    other.settle(interrupted(), None)
                    continue
                other.gone = False
                self.queue(other)
            self._landed(flight)
