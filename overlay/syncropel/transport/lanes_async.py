"""The lane of one event loop: emits that wait leave together, each with its own outcome and its own time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from syncropel.transport.failures import Undelivered, out_of_time
from syncropel.transport.homes import current_home
from syncropel.transport.lanes import Board, Flight, O, P, Passenger, Seat
from syncropel.transport.later import asyncio

P_contra = TypeVar("P_contra", bound=Passenger, contravariant=True)
O_co = TypeVar("O_co", covariant=True)

TICK_SECONDS = 0.002
"""How much too early a loop's timer may go off."""


class AsyncCarrier(Protocol[P_contra, O_co]):
    """Who sends what a lane puts together."""

    async def _alone(self, delivery: P_contra) -> O_co: ...

    async def _coalesced(self, crew: Sequence[P_contra]) -> Sequence[O_co | None]: ...


class AsyncSeat(Seat[P], Generic[P, O]):
    """A record that waits, with the future of its outcome."""

    __slots__ = ("future",)

    def __init__(self, delivery: P, future: asyncio.Future[O | Undelivered | None]) -> None:
        super().__init__(delivery)
        self.future = future

    def expire(self) -> None:
        """Report that the time of this record is up; the request it is on goes on for the others."""
        self.settle(out_of_time(self.delivery.timeout))

    def give_up(self) -> None:
        """Cancel the waiting, because the loop ends."""
        if not self.future.get_loop().is_closed():
            self.future.cancel()

    def settle(self, outcome: O | Undelivered | None) -> None:
        """Give the waiting task its outcome, when it still waits."""
        if not self.future.done():
            self.future.set_result(outcome)


class AsyncLane(Board[AsyncSeat[P, O], P], Generic[P, O]):
    """The lane of one event loop."""

    def __init__(self) -> None:
        super().__init__()
        home = current_home()
        self._loop = home if isinstance(home, asyncio.AbstractEventLoop) else None
        self._departing = False
        self._watched = False
        self._tasks: set[asyncio.Task[None]] = set()
        # Everybody who waits, and one timer for the first of them whose time is up: a timer for each would
        # cost as much as the rest of the waiting.
        self._seats: set[AsyncSeat[P, O]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    async def send(self, delivery: P, carrier: AsyncCarrier[P, O]) -> O | Undelivered | None:
        """Send a record once, alone or with others; None when it has to be sent outside of the lane."""
        loop = self._loop
        if loop is None:  # another kind of loop, whose tasks nothing here could wake
            return await carrier._alone(delivery)
        if not self._departing and self.free(delivery):
            flight = self.take_off((delivery,))
            try:
                return await carrier._alone(delivery)
            finally:
                self._landed(flight, carrier)
        seat: AsyncSeat[P, O] = AsyncSeat(delivery, loop.create_future())
        self.queue(seat)
        self._watch(loop, carrier)
        self._seats.add(seat)
        if self._alarm is None or delivery.deadline < self._alarm_at:
            self._set_alarm(loop, delivery.deadline)
        try:
            return await seat.future
        finally:
            self._seats.discard(seat)
            self.leave(seat)

    def _landed(self, flight: Flight[P], carrier: AsyncCarrier[P, O]) -> None:
        self.land(flight)
        if self._loop is None or self._loop.is_closed():
            return
        if (self._waiting or len(flight.crew) > 1) and not self._departing:
            # Not at once: those who were on it are told first, and what they emit next leaves with the rest.
            self._departing = True
            self._loop.call_soon(self._depart, carrier)

    def _depart(self, carrier: AsyncCarrier[P, O]) -> None:
        self._departing = False
        crew = self.board()
        if crew and self._loop is not None:
            flight = self.take_off([seat.delivery for seat in crew])
            task = self._loop.create_task(self._carry(flight, crew, carrier))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, flight: Flight[P], crew: list[AsyncSeat[P, O]], carrier: AsyncCarrier[P, O]
    ) -> None:
        try:
            outcomes = await self._sent(flight, carrier)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait
            for seat in crew:
                if not seat.future.done():
                    seat.future.set_exception(error)
        except BaseException:
            for seat in crew:
                seat.give_up()
            raise
        else:
            for seat, outcome in zip(crew, outcomes, strict=True):
                seat.settle(outcome)
        finally:
            self._landed(flight, carrier)

    async def _sent(self, flight: Flight[P], carrier: AsyncCarrier[P, O]) -> Sequence[O | None]:
        if len(flight.crew) == 1:
            return [await carrier._alone(flight.crew[0])]
        return await carrier._coalesced(flight.crew)

    def _set_alarm(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = deadline
        self._alarm = loop.call_later(max(0.0, deadline - time.monotonic()), self._expire, loop)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell those whose time is up, and see to the next of the others."""
        self._alarm = None
        now = time.monotonic() + TICK_SECONDS
        left = [seat for seat in self._seats if not seat.future.done()]
        for seat in left:
            if seat.delivery.deadline <= now:
                seat.expire()
        later = [seat.delivery.deadline for seat in left if seat.delivery.deadline > now]
        if later:
            self._set_alarm(loop, min(later))

    def _watch(self, loop: asyncio.AbstractEventLoop, carrier: AsyncCarrier[P, O]) -> None:
        """See to it that nobody waits for a request that takes long."""
        if not self._watched:
            self._watched = True
            loop.call_later(self.patience, self._look, loop, carrier)

    def _look(self, loop: asyncio.AbstractEventLoop, carrier: AsyncCarrier[P, O]) -> None:
        self._watched = False
        if self._waiting:
            if not self._departing:
                self._depart(carrier)
            self._watch(loop, carrier)
