"""The kernel behind ASGI: read a request, ask the kernel, write the reply. The kernel decides the rest.

Writes are decoded here, on the event loop, and wait for the store's group commit without holding a thread, so
that many connections share one transaction. Reads run in a few threads. Watch streams are `notify`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from ..kernel.core import Kernel
from ..kernel.messages import Reply, Request, WatchStart
from ..kernel.wire import EVENT_STREAM_TYPE, JSON_TYPE, encode_json, error_frame
from ..rules import limits
from .identities import Resolver, Unresolved
from .notify import Notifier
from .origin import OriginGuard, repeated
from .refuse import refuse
from .workers import Workers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_READERS = 4
# What a stranger may make the daemon hold for each connection.
_UNASKED_BYTES = 64 * 1024
_DISCARD_BYTES = 16 * limits.MAX_BODY_BYTES
_logger = logging.getLogger("syncropel.daemon")


def asgi(app: App) -> ASGIApp:
    """Return the application as any ASGI server takes it: it opens with the server's event loop."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        app.open(asyncio.get_running_loop())
        yield

    frame = Starlette(lifespan=lifespan)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # The routes are the contract's, and the kernel's: what Starlette wraps around a request would only
        # cost time.
        await (app if scope["type"] == "http" else frame)(scope, receive, send)

    return application


class App:
    """Answers the requests of one kernel.

    Args:
        kernel: The engine; the caller closes it after the server has stopped.
        notifier: Feeds the watch streams of this kernel.
        workers: Carry the queries of this kernel on.
        guard: Keeps web pages out.
        resolver: Fetches the keys of actors that the kernel does not know.
        authenticated: Whether callers need a token.
    """

    def __init__(
        self,
        kernel: Kernel,
        notifier: Notifier,
        workers: Workers,
        *,
        guard: OriginGuard,
        resolver: Resolver,
        authenticated: bool,
    ) -> None:
        self._authenticated = authenticated
        self._kernel = kernel
        self._guard = guard
        self._resolver = resolver
        self._workers = workers
        self._notifier = notifier
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="syncropel-read")
        self._commits: CommitQueue | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bind to the loop that serves; call before the first request."""
        self._commits = CommitQueue(loop)
        self._notifier.open(loop)
        self._workers.open(loop)

    def close(self) -> None:
        """End the threads, after the last request has been answered."""
        self._readers.shutdown(cancel_futures=True)
        self._notifier.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if len(headers) != len(scope["headers"]) and (name := repeated(scope["headers"])) is not None:
            await _respond(
                send, *_refuse("INVALID_REQUEST", f"the `{name}` header is given twice"), close=True
            )
            return
        if (reason := self._guard.refusal(headers)) is not None:
            await _respond(send, *_refuse("ORIGIN_NOT_ALLOWED", reason), close=True)
            return
        if (preflight := self._guard.preflight(scope["method"], headers)) is not None:
            await _respond(send, preflight, b"")
            return
        target = scope["raw_path"].decode("latin-1")
        if query := scope["query_string"]:
            target = f"{target}?{query.decode('latin-1')}"
        request = Request(scope["method"], target, headers)
        if self._authenticated and _is_large(headers) and (early := await self._screen(request)) is not None:
            await _refuse_unread(early, headers, receive, send)
            return
        try:
            request.body = await _read_body(headers, receive)
        except _BodyTooLargeError:
            large = refuse("BODY_TOO_LARGE", f"the body is larger than {limits.MAX_BODY_BYTES} bytes")
            await _refuse_unread(large, headers, receive, send)
            return
        except _ClientGoneError:
            return
        began = self._resolver.now()
        try:
            reply, content = await self._answer(request)
            if reply.resolve is not None:
                reply, content = await self._answer_again(request, reply, reply.resolve, began)
        except Exception:
            # The kernel turns every error into a reply; what is left is a bug, and its caller gets one too.
            _logger.exception("%s %s failed", request.method, request.target)
            reply, content = _refuse("INTERNAL", "the daemon failed; its log has the reason")
        reply.headers.update(self._guard.answered(headers))
        if reply.watch is not None:
            await self._watch(reply.watch, request, reply, receive, send)
        else:
            await _respond(send, reply, content)

    async def _screen(self, request: Request) -> Reply | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._kernel.screen, request)

    async def _answer(self, request: Request) -> tuple[Reply, bytes]:
        if self._kernel.is_write(request) and self._commits is not None:
            reply = await self._commits.wait(partial(self._kernel.start, request))
            return reply, encode_json(reply.body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, request)

    async def _answer_again(
        self, request: Request, reply: Reply, did: str, began: float
    ) -> tuple[Reply, bytes]:
        """Answer once more with the keys of an actor's document; say why, when they cannot be had."""
        try:
            keys = await self._resolver.keys(did, began)
        except Unresolved as error:
            body = {**reply.body, "message": f"{reply.body['message']}: {error}"}
            return reply, encode_json(body)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._readers, self._kernel.pin_keys, did, keys)
        return await self._answer(request)

    def _read(self, request: Request) -> tuple[Reply, bytes]:
        reply = self._kernel.handle(request)
        # Encoded in this thread, so that a large page does not hold up the event loop.
        return reply, b"" if reply.watch is not None else encode_json(reply.body)

    async def _watch(
        self, start: WatchStart, request: Request, reply: Reply, receive: Receive, send: Send
    ) -> None:
        extra = [(b"content-type", EVENT_STREAM_TYPE.encode()), (b"cache-control", b"no-cache")]
        extra.append((b"connection", b"close"))  # a stream that ends is a connection that ends
        await send({"type": "http.response.start", "status": reply.status, "headers": _headers(reply, extra)})

        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        checked = loop.time()

        async def write(data: bytes) -> None:
            nonlocal checked
            if self._authenticated and loop.time() - checked > limits.TOKEN_CACHE_SECONDS:
                checked = loop.time()
                if not await loop.run_in_executor(self._readers, self._still_allowed, request):
                    last = error_frame("auth_required", "the token is no longer accepted")
                    await send({"type": "http.response.body", "body": last, "more_body": True})
                    over.set_result(None)
                    await asyncio.Future()  # nothing more is written; the stream is ended from outside
            await send({"type": "http.response.body", "body": data, "more_body": True})

        stream = asyncio.ensure_future(self._notifier.stream(start, write))
        gone = asyncio.ensure_future(_until_disconnect(receive))
        try:
            await asyncio.wait({stream, gone, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            stream.cancel()
            over.cancel()
            await asyncio.gather(stream, gone, over, return_exceptions=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _still_allowed(self, request: Request) -> bool:
        """Ask again what let a stream begin: a token that was revoked since ends it."""
        early = self._kernel.screen(request)
        return early is None or early.status not in {401, 403}


class CommitQueue:
    """Brings replies from the writer's thread to the event loop, one wake-up for a whole group commit."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._arrived: deque[tuple[asyncio.Future[Reply], Reply]] = deque()
        self._woken = False

    async def wait(self, start: Callable[[Callable[[Reply], None]], None]) -> Reply:
        """Start a write and wait for its reply without holding a thread.

        Args:
            start: Takes the callback for the reply, which may be called from any thread.
        """
        target: asyncio.Future[Reply] = self._loop.create_future()
        start(partial(self._arrive, target))
        return await target

    def _arrive(self, target: asyncio.Future[Reply], reply: Reply) -> None:
        self._arrived.append((target, reply))
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared before the queue is emptied: what arrives from now on wakes the loop again.
        self._woken = False
        while self._arrived:
            target, reply = self._arrived.popleft()
            if not target.done():
                target.set_result(reply)


class _BodyTooLargeError(Exception):
    """The body is larger than the limit."""


class _ClientGoneError(Exception):
    """The client left before the end of its request."""


async def _read_body(headers: dict[str, str], receive: Receive) -> bytes:
    """Return the body, and never hold more of it than the limit."""
    length = headers.get("content-length", "0")
    if len(length) > 18 or int(length) > limits.MAX_BODY_BYTES:
        raise _BodyTooLargeError
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > limits.MAX_BODY_BYTES:
            raise _BodyTooLargeError
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _is_large(headers: Mapping[str, str]) -> bool:
    """Tell whether a body is worth a question before it is read; one of unknown length is."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" in headers or len(length) > 18 or int(length) > _UNASKED_BYTES


async def _refuse_unread(reply: Reply, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
    """Refuse a request whose body was not read."""
    await _respond(send, reply, encode_json(reply.body), close=True, more=True)
    if "expect" not in headers:
        # A client that is still sending would see its connection reset instead of the answer, so what
        # arrives is thrown away for a while.
        await _discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _discard(receive: Receive) -> None:
    seen = 0
    while seen < _DISCARD_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refuse(code: str, message: str) -> tuple[Reply, bytes]:
    reply = refuse(code, message)
    return reply, encode_json(reply.body)


def _headers(reply: Reply, extra: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()),
        *extra,
    ]


async def _respond(
    send: Send, reply: Reply, content: bytes, *, close: bool = False, more: bool = False
) -> None:
    extra = []
    if reply.status != 204:
        extra.append((b"content-length", b"%d" % len(content)))
        if "content-type" not in reply.headers:
            extra.append((b"content-type", JSON_TYPE.encode()))
    if close:
        extra.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": _headers(reply, extra)})
    await send({"type": "http.response.body", "body": content, "more_body": more})
