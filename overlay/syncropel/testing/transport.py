"""The mock's wire: one object that synchronous and asynchronous httpx clients both take as transport."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import httpx

from syncropel.kernel import wire
from syncropel.kernel.messages import Request
from syncropel.kernel.refusals import Refusal

from .patience import Pause, patiently
from .socket import MockSocket
from .watch import AsyncWatchStream, SyncWatchStream

if TYPE_CHECKING:
    from syncropel.kernel.messages import Reply, SocketStart, WatchStart

    from .faults import Fault
    from .mock import MockKernel

    StreamClass = type[SyncWatchStream] | type[AsyncWatchStream]
    Steps = Generator[Pause, None, httpx.Response]


class Call(NamedTuple):
    """One call that reached the mock.

    Attributes:
        method: HTTP method.
        target: Path and query as sent, percent-encoded.
        operation: Operation id of the contract, or None for an unknown route.
        status: Status of the answer; None when the connection broke instead.
    """

    method: str
    target: str
    operation: str | None
    status: int | None


class KernelTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to a mock's kernel and its faults. Closing a client leaves the mock as it is."""

    def __init__(self, mock: MockKernel) -> None:
        self._mock = mock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous client."""
        return _driven(self._answer(request, request.read(), SyncWatchStream))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        steps = self._answer(request, await request.aread(), AsyncWatchStream)
        while True:
            try:
                pause = next(steps)
            except StopIteration as done:
                return cast("httpx.Response", done.value)
            await pause.wait_async()

    def open_websocket(self, target: str, headers: Mapping[str, str]) -> MockSocket | httpx.Response:
        """Make a WebSocket, in place of a connection that a client would make.

        Args:
            target: Path and query, such as `/pubsub/ws?topics=a.%23`.
            headers: The headers of the request; those of the handshake are not needed.

        Returns:
            The socket; or the answer with which it was refused.
        """
        sent = {**headers, "upgrade": "websocket", "connection": "upgrade"}
        request = httpx.Request("GET", f"http://mock{target}", headers=sent)
        opened: list[MockSocket] = []
        response = _driven(self._answer(request, b"", SyncWatchStream, opened))
        return opened[0] if opened else response

    def _answer(
        self,
        request: httpx.Request,
        body: bytes,
        stream: StreamClass,
        opened: list[MockSocket] | None = None,
    ) -> Steps:
        mock = self._mock
        target = request.url.raw_path.decode("ascii")
        operation = mock.operation_of(request.method, target)
        fault = mock.faults.take(request.method, operation)
        asked = Request(
            method=request.method,
            target=target,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        status: int | None = None
        try:
            response = yield from self._respond(request, asked, fault, stream, opened)
            status = response.status_code
        finally:
            mock.calls.append(Call(request.method, target, operation, status))
            mock.inference.settle()
        return response

    def _respond(
        self,
        request: httpx.Request,
        asked: Request,
        fault: Fault | None,
        stream: StreamClass,
        opened: list[MockSocket] | None,
    ) -> Steps:
        mock = self._mock
        reply = mock.answer(asked) if fault is not None and fault.after_handling else None
        self._pass_time(request, fault)
        if fault is None or not fault.replaces:
            if reply is None:
                ask = partial(mock.answer, asked)
                reply = yield from patiently(ask, mock.engine.hub.wakeups, mock.clock)
            if reply.socket is not None:
                reply = self._socket(reply, reply.socket, asked, opened)
            return self._response(reply, request, stream)
        if fault.drop:
            raise _broken(fault, request)
        status, headers, content = fault.answer()
        return httpx.Response(status, headers=headers, content=content, request=request)

    def _pass_time(self, request: httpx.Request, fault: Fault | None) -> None:
        latency = self._mock.latency + (fault.latency if fault else 0.0)
        if not latency:
            return
        allowed = request.extensions.get("timeout", {}).get("read")
        if allowed is not None and latency > allowed:
            self._mock.clock.advance(allowed)
            raise httpx.ReadTimeout(
                f"mock: no answer within {allowed} s (latency {latency} s)", request=request
            )
        self._mock.clock.advance(latency)

    def _response(self, reply: Reply, request: httpx.Request, stream: StreamClass) -> httpx.Response:
        if reply.watch is not None:
            return self._watching(reply, reply.watch, request, stream)
        content = wire.encode_json(reply.body)
        headers = {"content-type": wire.JSON_TYPE, "content-length": str(len(content)), **reply.headers}
        # The answer to HEAD tells the length of a body that is not sent.
        sent = b"" if request.method == "HEAD" else content
        return httpx.Response(reply.status, headers=headers, content=sent, request=request)

    def _socket(
        self, reply: Reply, start: SocketStart, asked: Request, opened: list[MockSocket] | None
    ) -> Reply:
        engine = self._mock.engine
        try:
            if opened is None:
                raise Refusal("WEBSOCKET_UNSUPPORTED", "mock: make a WebSocket with `open_websocket`")
            opened.append(MockSocket(engine, start, self._mock.hub))
        except Refusal as refusal:
            return engine.refuse(asked, refusal)
        return reply

    def _watching(
        self, reply: Reply, start: WatchStart, request: httpx.Request, stream: StreamClass
    ) -> httpx.Response:
        mock = self._mock
        headers = {"content-type": wire.EVENT_STREAM_TYPE, "cache-control": "no-store", **reply.headers}
        silence = request.extensions.get("timeout", {}).get("read")
        body = stream(mock.engine, start, mock.clock, mock.hub, silence)
        return httpx.Response(reply.status, headers=headers, stream=body, request=request)


def _driven(steps: Steps) -> httpx.Response:
    """Go through steps in this thread."""
    while True:
        try:
            pause = next(steps)
        except StopIteration as done:
            return cast("httpx.Response", done.value)
        pause.wait()


def _broken(fault: Fault, request: httpx.Request) -> Exception:
    if isinstance(fault.drop, Exception):
        return fault.drop
    return httpx.ConnectError("mock: the connection was dropped because a test asked for it", request=request)
