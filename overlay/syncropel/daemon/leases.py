"""Claims as the workers see them: which queries this daemon carries on, for as long as that is certain.

Where only one process works on a store, there is nothing to claim and no `Leases`. The claims themselves are
in the store (`kernel.claims`); here is when they are taken, renewed and given up, and until when they hold by
this process's own clock. That is counted from before the store was asked, so it never ends later than there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

from ..kernel.claims import Claims
from ..kernel.store.errors import StoreUnavailable

T = TypeVar("T")
TAKEN_AT_ONCE = 100
"""How many queries one daemon takes in one go, so that others get their share of many."""

_ROUNDS_OF_A_LEASE = 5
# Of a lease: so late, nothing is begun any more that would outlast it unnoticed.
_LAST_PART = 0.1
_logger = logging.getLogger("syncropel.daemon")


class Taken(NamedTuple):
    """Queries that were claimed.

    Attributes:
        queries: Their ids.
        inherited: The store's last sequence after that: calls up to it may have been made by another process.
    """

    queries: list[str]
    inherited: int


class Leases:
    """Takes, renews and gives up claims. Everything runs on the event loop; a thread asks the store.

    Args:
        claims: The claims of this process.
        last_sequence: Returns the store's last sequence.
        taken: Called with queries that are this daemon's from now on, or again after a while of doubt.
        lost: Called with a query that is not any more.
    """

    def __init__(
        self,
        claims: Claims,
        last_sequence: Callable[[], int],
        *,
        taken: Callable[[Taken], None],
        lost: Callable[[str], None],
    ) -> None:
        self._claims = claims
        self._last_sequence = last_sequence
        self._taken = taken
        self._lost = lost
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="syncropel-claims")
        self._until = 0.0
        self._held: set[str] = set()
        self._done: set[str] = set()
        self._wanted: set[str] = set()
        # Queries that somebody else holds: not asked for again with every record of theirs.
        self._others: set[str] = set()
        self._asking: asyncio.Task[None] | None = None
        self._rounds: asyncio.Task[None] | None = None
        self._closing = False
        self._cut_off = False

    def open(self) -> None:
        """Begin to look for queries that nobody carries on."""
        self._rounds = asyncio.ensure_future(self._go_rounds())

    async def close(self) -> None:
        """Give everything up, so that others need not wait for the claims to end."""
        self._closing = True
        tasks = [task for task in (self._rounds, self._asking) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._held.clear()
        try:
            await self._ask(self._claims.end)
        except StoreUnavailable as error:
            _logger.warning("claims to queries end by themselves: %s", error)
        self._pool.shutdown()

    def holds(self, query_id: str) -> bool:
        """Tell whether a query is certainly this daemon's, and will be for a moment."""
        return query_id in self._held and self._certain()

    def _certain(self) -> bool:
        left = self._until - asyncio.get_running_loop().time()
        return left > self._claims.lease_seconds * _LAST_PART

    def want(self, query_ids: Iterable[str]) -> None:
        """Try to claim queries of which a record has arrived, unless somebody else is known to hold them."""
        self._wanted.update(each for each in query_ids if each not in self._others)
        if self._wanted and self._asking is None and not self._closing:
            self._asking = asyncio.ensure_future(self._claim_wanted())

    def finished(self, query_id: str) -> None:
        """Give a query up that has ended; its claim is removed with the next round."""
        if query_id in self._held:
            self._held.remove(query_id)
            self._done.add(query_id)

    async def _claim_wanted(self) -> None:
        try:
            while self._wanted:
                wanted = sorted(self._wanted)[:TAKEN_AT_ONCE]
                self._wanted.difference_update(wanted)
                self._others.update(set(wanted).difference(await self._take(wanted)))
        except StoreUnavailable as error:
            self._wanted.clear()  # the next round finds them
            self._wait_for_store(error)
        finally:
            self._asking = None

    async def _go_rounds(self) -> None:
        while True:
            try:
                await self._go_round()
                self._cut_off = False
            except StoreUnavailable as error:
                self._wait_for_store(error)
            except Exception:
                # A fault of ours must not end the rounds: without them this daemon would hold nothing soon.
                _logger.exception("claims to queries were not renewed")
            await asyncio.sleep(self._claims.lease_seconds / _ROUNDS_OF_A_LEASE)

    def _wait_for_store(self, error: StoreUnavailable) -> None:
        """Say once that the store is away, however long it is."""
        if not self._cut_off:
            _logger.warning("claims to queries wait for the store: %s", error)
        self._cut_off = True

    async def _go_round(self) -> None:
        await self._renew()
        self._others.clear()
        while len(await self._take(None)) == TAKEN_AT_ONCE:
            pass
        done = set(self._done)
        await self._ask(partial(self._claims.release, done))
        self._done -= done

    async def _renew(self) -> None:
        began = asyncio.get_running_loop().time()
        renewed = await self._ask(self._claims.renew)
        certain = self._certain()
        self._until = began + self._claims.lease_seconds
        held = list(self._held)
        if not renewed:
            self._held.clear()
            self._done.clear()
            for query_id in held:
                self._lost(query_id)
        elif held and not certain:
            # Nobody took them meanwhile, but of what should have begun then, nothing has.
            self._taken(Taken(held, 0))

    async def _take(self, among: Sequence[str] | None) -> list[str]:
        taken = await self._ask(partial(self._claim, among))
        self._held.update(taken.queries)
        if taken.queries:
            self._taken(taken)
        return taken.queries

    def _claim(self, among: Sequence[str] | None) -> Taken:
        queries = self._claims.take(among, TAKEN_AT_ONCE)
        # Asked only then: the calls of whoever held the queries lie before it.
        return Taken(queries, self._last_sequence() if queries else 0)

    async def _ask(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
