"""Several workers on one store: each call is made once, and whoever dies or is cut off is replaced."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence

from syncropel.daemon.workers import Workers
from syncropel.kernel.store.errors import StoreUnavailable

from .test_workers import Place, Responders, until

LEASE = 1.0


class Table:
    """Claims of several processes, in memory, with a switch that cuts them all off.

    Attributes:
        claims: Who holds a query, whether or not that owner is still a carrier.
        carriers: Until when each owner is one.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.claims: dict[str, str] = {}
        self.carriers: dict[str, float] = {}
        self.reachable = True

    def of(self, owner: str) -> TableClaims:
        """Return the claims of one process."""
        return TableClaims(self, owner)

    def alive(self, owner: str | None) -> bool:
        """Tell whether an owner is a carrier now; whoever is not, is none ever again."""
        if owner in self.carriers and self.carriers[owner] <= time.monotonic():
            del self.carriers[owner]
        return owner in self.carriers


class TableClaims:
    """The claims of one process."""

    lease_seconds = LEASE

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._name = name
        self._lives = 0
        self._owner = ""

    def renew(self) -> bool:
        """Renew, or begin a new life."""
        self._check()
        renewed = self._table.alive(self._owner)
        if not renewed:
            self._lives += 1
            self._owner = f"{self._name} {self._lives}"
        self._table.carriers[self._owner] = time.monotonic() + LEASE
        return renewed

    def take(self, among: Sequence[str] | None = None, limit: int = 100) -> list[str]:
        """Claim what is free."""
        self._check()
        if not self._table.alive(self._owner):
            return []
        wanted = self._table.place.executor.open_queries()
        free = [each for each in wanted if among is None or each in among]
        free = [each for each in free if not self._table.alive(self._table.claims.get(each))][:limit]
        self._table.claims.update(dict.fromkeys(free, self._owner))
        return free

    def release(self, held: Collection[str]) -> None:
        """Give up what is ours."""
        self._check()
        for each in held:
            if self._table.claims.get(each) == self._owner:
                del self._table.claims[each]

    def end(self) -> None:
        """Give up everything."""
        self.release(list(self._table.claims))
        self._table.carriers.pop(self._owner, None)

    def _check(self) -> None:
        if not self._table.reachable:
            raise StoreUnavailable("cut off")


def workers(place: Place, table: Table, name: str, responders: Responders, running: int = 64) -> Workers:
    """Return open workers with claims."""
    made = Workers(place.kernel, place.executor, responders, running=running, claims=table.of(name))
    made.open(asyncio.get_running_loop())
    return made


def hang() -> asyncio.Future[None]:
    """Wait for as long as nobody gives up."""
    return asyncio.get_running_loop().create_future()


def test_of_several_workers_one_makes_each_call() -> None:
    """Two carry the queries of one store on, hear of every record, and no call is made by both."""

    async def scenario() -> None:
        place = Place(Responders())
        table = Table(place)
        place.register("a", "b")
        first, second = Responders(lambda: asyncio.sleep(0.01)), Responders(lambda: asyncio.sleep(0.01))
        both = [workers(place, table, "first", first), workers(place, table, "second", second)]
        for number in range(20):
            place.ask(f"q{number}")
        await until(lambda: place.ended() == 20)
        assert len([*first.calls, *second.calls]) == len({*first.calls, *second.calls}) == 40
        await until(lambda: not table.claims)
        for each in both:
            await each.close()

    asyncio.run(scenario())


def test_the_queries_of_the_dead_are_taken_over_when_their_claims_end() -> None:
    """Until then they are left alone: the holder may be alive and slow."""

    async def scenario() -> None:
        place = Place(Responders())
        table = Table(place)
        place.register("a")
        place.ask("q")
        (query_id,) = place.executor.open_queries()
        ends = time.monotonic() + LEASE / 2
        table.claims[query_id] = "dead"
        table.carriers["dead"] = ends
        responders = Responders()
        alive = workers(place, table, "alive", responders)
        await until(lambda: place.ended() == 1)
        assert time.monotonic() > ends
        assert len(responders.calls) == 1
        await alive.close()

    asyncio.run(scenario())


def test_workers_that_close_let_others_begin_at_once() -> None:
    """What is given up in order waits for no claim to end, and a call that was given up is made again."""

    async def scenario() -> None:
        place = Place(Responders())
        table = Table(place)
        place.register("a")
        leaving = workers(place, table, "leaving", Responders(hang))
        place.ask("q")
        await until(lambda: leaving.open_queries == 1)
        await leaving.close()
        assert not table.claims
        assert not table.carriers
        staying = workers(place, table, "staying", Responders())
        await until(lambda: place.ended() == 1)
        await staying.close()

    asyncio.run(scenario())


def test_nothing_begins_while_a_claim_is_in_doubt() -> None:
    """A daemon that cannot renew makes no further calls, and makes them once it can and nobody else has."""

    async def scenario() -> None:
        place = Place(Responders())
        table = Table(place)
        place.register("a", "b")
        gate = asyncio.Event()
        responders = Responders(gate.wait)
        only = workers(place, table, "only", responders, running=1)
        place.ask("q")
        await until(lambda: len(responders.calls) == 1)
        table.reachable = False
        ends = table.carriers["only 1"]
        await until(lambda: time.monotonic() > ends)
        # Nobody else was there to notice: when it can renew again, everything is still its own.
        table.carriers["only 1"] = ends + 60
        gate.set()
        # The first reply is stored all the same; the second call had its turn then.
        await until(lambda: len(place.kernel.watch_page("q", 0, 10)) == 4)
        assert len(responders.calls) == 1
        table.reachable = True
        await until(lambda: place.ended() == 1)
        assert len(responders.calls) == 2
        await only.close()

    asyncio.run(scenario())


def test_a_query_that_somebody_else_has_taken_is_left_to_them() -> None:
    """Whoever was away too long gives its calls up; what must not be made twice fails in the new holder."""

    async def scenario() -> None:
        place = Place(Responders())
        table = Table(place)
        place.register("a")
        away, here = Responders(hang), Responders()
        paused = workers(place, table, "paused", away)
        place.ask("q", side_effects={"idempotent": False})
        await until(lambda: len(away.calls) == 1)
        (query_id,) = place.executor.open_queries()
        # Somebody saw the end of its lease before it could renew, and took the query.
        del table.carriers["paused 1"]
        table.claims[query_id] = "elsewhere"
        table.carriers["elsewhere"] = time.monotonic() + 60
        await until(lambda: away.cancelled == 1 and paused.open_queries == 0)
        del table.carriers["elsewhere"]
        taking = workers(place, table, "here", here)
        await until(lambda: place.ended() == 1)
        assert here.calls == []
        assert len(away.calls) == 1
        replies = [row["body"] for row in place.kernel.watch_page("q", 0, 10) if row["act"] == "DO"]
        assert [reply["error"]["code"] for reply in replies] == ["interrupted"]
        for each in (paused, taking):
            await each.close()

    asyncio.run(scenario())
