"""The one place where requests leave: time limits, size limit, decoding, and every failure as one error."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from syncropel._async.direct import AsyncDirect
from syncropel.errors import ClosedError
from syncropel.rules.late import imported
from syncropel.transport import direct
from syncropel.transport.config import MAX_CONNECTIONS, MAX_RESPONSE_BYTES, Settings
from syncropel.transport.convert import Answer, check_encoding, noted
from syncropel.transport.deadline import Allowance
from syncropel.transport.failures import AnswerTooLarge, Undelivered, out_of_time, undelivered, without_frames
from syncropel.transport.forking import Locked
from syncropel.transport.homes import current_home, is_gone
from syncropel.transport.later import asyncio
from syncropel.transport.proxies import proxy_for
from syncropel.transport.request import Prepared

if TYPE_CHECKING:
    import httpx

    from syncropel._async.pool import AsyncPool, AsyncReply, AsyncRoute


class AsyncSender(Locked):
    """Sends prepared requests through the user's transport, or through a pool of its own.

    Args:
        settings: The client's settings.
        transport: The transport to use in place of a pool; it is closed with the client.
        max_connections: Connections of the pool; None for no bound.
        owns_transport: Whether closing this closes the given transport.
        max_response_bytes: The largest answer that is read.
    """

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        max_connections: int | None = MAX_CONNECTIONS,
        owns_transport: bool = True,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        super().__init__()
        self._settings = settings
        self.given = None if transport is None else _route_through(transport)
        # Now, not by the first call: a child that is forked while a thread imports waits for ever.
        self._may_be_direct = transport is None and direct.supported(settings.endpoint)
        if not self._may_be_direct:
            import_module("syncropel._async.pool")
        # One for each event loop that uses the client: connections belong to the loop they were made on.
        self._directs: dict[object, AsyncDirect] = {}
        self._pools: dict[object, AsyncPool | AsyncRoute] = {}
        self._max_connections = max_connections
        self._owns_transport = owns_transport
        self._limit = max_response_bytes
        self.closed = False

    async def attempt(self, request: Prepared, deadline: float, timeout: float) -> Answer:
        """Send a request once and read the whole answer.

        Args:
            request: The prepared request.
            deadline: When to give up, by `time.monotonic`.
            timeout: Seconds the caller allowed, for the message.

        Raises:
            Undelivered: No usable answer arrived.
            ClosedError: The client is closed.
        """
        remaining = Allowance.until(deadline)
        if remaining <= 0:
            raise out_of_time(timeout)
        where = direct.address(request.target) if self._may_be_direct else None
        sending = None if where is None else self._direct()
        if sending is not None and where is not None:
            answer = await self._exchange(sending, request, where, remaining, timeout)
        else:
            reply = await self._open(request, remaining, remaining)
            answer = await self._finish(reply, deadline, timeout)
        return answer if answer.status != 401 else noted(answer, request)

    async def stream(
        self, request: Prepared, connect: float, silence: float | None, opened: Callable[[Any], None]
    ) -> AsyncReply:
        """Send a request and return the answer with its body unread; the caller closes it.

        Args:
            request: The prepared request.
            connect: Seconds allowed for connecting.
            silence: Seconds without a byte after which reading fails; None waits for ever.
            opened: Told the connection as soon as it stands, where our own pool makes one.

        Raises:
            Undelivered: No answer arrived.
            ClosedError: The client is closed.
        """

        async def told(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                opened(info["return_value"])

        return await self._open(request, connect, silence, trace=told)

    async def finish(self, request: Prepared, reply: AsyncReply, timeout: float) -> Answer:
        """Read what is left of the streamed answer to a request, and close it.

        Raises:
            Undelivered: It broke off.
        """
        return noted(await self._finish(reply, time.monotonic() + timeout, timeout), request)

    async def pause(self, seconds: float) -> None:
        """Wait between two attempts."""
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _direct(self) -> AsyncDirect | None:
        """Return the short way from where we are, made at its first request; None when there is none."""
        if self.closed:
            raise ClosedError("this client is closed; make a new one")
        home = current_home()
        found = self._directs.get(home)
        if found is None:
            with self._lock:
                self._may_be_direct = proxy_for(self._settings.endpoint) is None
                if not self._may_be_direct:
                    return None
                for other in [other for other in self._directs if is_gone(other)]:
                    self._directs.pop(other).abandon()
                found = self._directs.get(home) or AsyncDirect(self._max_connections)
                self._directs[home] = found
        return found

    async def _exchange(
        self, sending: AsyncDirect, request: Prepared, where: direct.Address, allowed: float, timeout: float
    ) -> Answer:
        try:
            return await sending.exchange(request, where, allowed, self._limit)
        except Undelivered:
            raise
        except Exception as error:  # the pool's own errors, which are loaded when one happens
            raise direct.failure(error, self._settings.endpoint, timeout) from error

    async def _open(
        self, request: Prepared, connect: float, read: float | None, **extensions: Any
    ) -> AsyncReply:
        limits = {"connect": connect, "read": read, "write": connect, "pool": connect}
        try:
            reply = await self._route().send(request, {"timeout": limits, **extensions})
            try:
                check_encoding(reply.headers)
            except Undelivered:
                await reply.aclose()
                raise
            return reply
        except (ClosedError, Undelivered):
            raise
        except Exception as error:  # a transport of the user's own may raise anything
            raise undelivered(self._bare(error), self._settings.endpoint) from error

    async def _finish(self, reply: AsyncReply, deadline: float, timeout: float) -> Answer:
        try:
            try:
                content = await self._read(reply, deadline, timeout)
            finally:
                await reply.aclose()
        except Undelivered:
            raise
        except Exception as error:  # a transport of the user's own may raise anything
            raise undelivered(self._bare(error)) from error
        return Answer(reply.status, reply.headers, content)

    def _bare(self, error: Exception) -> Exception:
        """Return what led to a failure: of our own pool the error alone, of a user's transport all of it."""
        return without_frames(error) if self.given is None else error

    async def _read(self, reply: AsyncReply, deadline: float, timeout: float) -> bytes:
        pieces = []
        size = 0
        async for piece in reply.pieces:
            pieces.append(piece)
            size += len(piece)
            if size > self._limit:
                raise AnswerTooLarge(f"DecodeError: the answer is larger than {self._limit} bytes")
            if time.monotonic() > deadline:
                raise out_of_time(timeout)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _route(self) -> AsyncPool | AsyncRoute:
        if self.closed:
            raise ClosedError("this client is closed; make a new one")
        if self.given is not None:
            return self.given
        home = current_home()
        pool = self._pools.get(home)
        if pool is None:
            with self._lock:
                pool = self._pools.get(home) or self._new_pool(home)
        return pool

    def _new_pool(self, home: object) -> AsyncPool | AsyncRoute:
        pools = imported("syncropel._async.pool")
        for other in [other for other in self._pools if is_gone(other)]:
            self._pools.pop(other).abandon()
        pool: AsyncPool | AsyncRoute = pools.open_pool(self._settings, self._max_connections)
        self._pools[home] = pool
        return pool

    @property
    def takes_time(self) -> bool:
        """Whether closing needs more than `abandon`: there is a transport that is not ours."""
        routes = [self.given if self._owns_transport else None, *self._pools.values()]
        return any(route is not None and route.takes_time for route in routes)

    def abandon(self) -> None:
        """Close our own connections at once. A transport of the user's is left to `aclose`."""
        for pool in list(self._pools.values()):
            pool.abandon()
        for way in list(self._directs.values()):
            way.abandon()

    async def aclose(self) -> None:
        """Close the transport. Requests made after this fail with `ClosedError`."""
        self.closed = True
        pools, self._pools = self._pools, {}
        for way in list(self._directs.values()):
            way.abandon()
        if self._owns_transport and self.given is not None:
            await self.given.aclose()
        for home, pool in pools.items():
            if home is current_home():
                await pool.aclose()
            else:
                pool.abandon()


def _route_through(transport: httpx.AsyncBaseTransport) -> AsyncRoute:
    from syncropel._async.pool import AsyncRoute

    return AsyncRoute(transport)
