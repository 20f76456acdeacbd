"""The kernel behind ASGI: read a request, ask the kernel, write the reply. The kernel decides the rest.

Writes are decoded here, on the event loop, and wait for the store's group commit without holding a thread, so
that many connections share one transaction. Reads run in a few threads. Watch streams are `notify`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from ..kernel.core import Kernel
from ..kernel.messages import Reply, Request, SocketStart, WatchStart
from ..kernel.operations import ONE_BODY
from ..kernel.refusals import Refusal
from ..kernel.wire import EVENT_STREAM_TYPE, encode_json, error_frame
from ..rules import limits
from .bodies import (
    PROMPT_BYTES,
    PUSH,
    BodyTooLargeError,
    Client,
    ClientGoneError,
    Headers,
    head,
    header_lines,
    is_large,
    read_body,
    refuse_unread,
    refused,
    respond,
    until_disconnect,
)
from .commits import CommitQueue, Deliver
from .handing_over import HAND_OVER
from .identities import Resolver, Unresolved
from .long_polls import LongPolls
from .notify import Notifier
from .origin import OriginGuard, repeated
from .subscription import Push
from .sweeper import Sweeper
from .websocket import Sockets
from .workers import Workers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_READERS = 4
# Whether the daemon is alive is told beside all else: queries may keep every reader busy for long.
_VITAL = frozenset(("/health", "/health/ready"))
# Of the keys that a batch lacks, so many are fetched: whoever waits for it waits for all of them.
_RESOLVED = 8
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
        self._vital = ThreadPoolExecutor(2, thread_name_prefix="syncropel-health")
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="syncropel-prepare")
        self._commits: CommitQueue | None = None
        self._places = asyncio.Semaphore(limits.MAX_LARGE_BODIES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._polls = LongPolls(kernel.hub.wakeups, kernel.now)
        self._sockets = Sockets(kernel.hub)
        self._sweeper = Sweeper(kernel.sweep)

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bind to the loop that serves; call before the first request."""
        self._commits = CommitQueue(loop)
        self._notifier.open(loop)
        self._workers.open(loop)
        self._sockets.open(loop)
        self._sweeper.start()

    def dismiss(self) -> None:
        """Let nobody wait any longer: the daemon stops."""
        self._polls.close()
        self._sockets.close()

    def close(self) -> None:
        """End the threads, after the last request has been answered."""
        self._sweeper.close()
        for threads in (self._readers, self._vital, self._preparing):
            threads.shutdown(cancel_futures=True)
        self._notifier.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if len(headers) != len(scope["headers"]) and (name := repeated(scope["headers"])) is not None:
            await respond(
                send, *refused("INVALID_REQUEST", f"the `{name}` header is given twice"), close=True
            )
            return
        if "host" not in headers and scope["http_version"] == "1.1":  # RFC 9112, section 3.2
            await respond(send, *refused("INVALID_REQUEST", "the `host` header is missing"), close=True)
            return
        if (reason := self._guard.refusal(headers)) is not None:
            await respond(send, *refused("ORIGIN_NOT_ALLOWED", reason), close=True)
            return
        if (preflight := self._guard.preflight(scope["method"], headers)) is not None:
            await respond(send, preflight, b"")
            return
        target = scope["raw_path"].decode("latin-1")
        if query := scope["query_string"]:
            target = f"{target}?{query.decode('latin-1')}"
        request = Request(scope["method"], target, headers)
        if self._authenticated and is_large(headers) and (early := await self._screen(request)) is not None:
            await refuse_unread(early, headers, receive, send)
            return
        limit = self._kernel.body_limit(request) if is_large(headers) else ONE_BODY
        # Many connections may send batches at once: how many of those are in memory has a bound.
        async with self._places if limit.size > ONE_BODY.size else nullcontext():
            try:
                request.body = await read_body(headers, receive, limit.size)
            except BodyTooLargeError:
                await refuse_unread(self._kernel.refuse(request, limit.refusal()), headers, receive, send)
                return
            except ClientGoneError:
                return
            if limit.size > ONE_BODY.size and len(request.body) > PROMPT_BYTES:
                await self._serve(request, False, scope, receive, send)
                return
        await self._serve(request, True, scope, receive, send)

    async def _serve(self, request: Request, waits: bool, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one that holds a place among the large does not wait, for others wait for it."""
        headers = request.headers
        began, since = self._resolver.now(), self._polls.serial
        try:
            reply, content = await self._answer(request)
            reply, content = await self._see_through(request, reply, content, began, since, receive, waits)
        except Exception:  # noqa: BLE001 - logged there: no caller is left without an answer
            reply, content = self._failed(request)
        reply.headers.update(self._guard.answered(headers))
        if reply.watch is not None:
            push = scope.get("extensions", {}).get(PUSH)
            await self._watch(reply.watch, request, reply, receive, send, push)
        elif reply.socket is not None:
            await self._socket(reply.socket, request, reply, scope, send)
        else:
            # Behind a request for an upgrade there is no other one.
            await respond(send, reply, content, close=HAND_OVER in scope.get("extensions", {}))

    async def _socket(
        self, start: SocketStart, request: Request, reply: Reply, scope: Scope, send: Send
    ) -> None:
        """Make a WebSocket of a request, or refuse it. The connection is of no other use afterwards."""
        loop = asyncio.get_running_loop()

        async def allowed() -> bool:
            return await loop.run_in_executor(self._readers, self._still_allowed, request)

        hand_over = scope.get("extensions", {}).get(HAND_OVER)
        check = allowed if self._authenticated else None
        try:
            now = self._kernel.now()
            await self._sockets.serve(start, reply, request.headers, now, hand_over, check)
        except Refusal as refusal:
            refused_reply = self._kernel.refuse(request, refusal)
            await respond(send, refused_reply, encode_json(refused_reply.body), close=True)

    async def _see_through(
        self,
        request: Request,
        reply: Reply,
        content: bytes,
        began: float,
        since: int,
        receive: Receive,
        waits: bool = True,
    ) -> tuple[Reply, bytes]:
        """Do what a first answer asks for before the last one is given."""
        reply, content = await self._settle(request, reply, content, began)
        if waits and reply.again is not None:
            later = await self._polls.follow(reply.again, since, partial(self._answer, request), receive)
            reply, content = later or (reply, content)
        return reply, content

    def plain(self, headers: Headers) -> dict[str, str] | None:
        """Return the headers of a POST by name; None for one that `__call__` has to look at."""
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        if len(named) != len(headers) or "host" not in named or "origin" in named:
            return None
        if self._guard.refusal(named) is not None:
            return None
        return named

    def ingest(self, target: str, headers: dict[str, str], body: bytes, client: Client) -> None:
        """Answer a plain emit or command as `__call__` would, without what surrounds it."""
        request, began, since = (
            Request("POST", target, headers, body),
            self._resolver.now(),
            self._polls.serial,
        )
        encoded: list[bytes] = []

        def deliver(reply: Reply) -> None:
            if reply.resolve is not None or reply.held or reply.again is not None:
                task = asyncio.ensure_future(self._ingest_again(request, reply, began, since, client))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                return
            try:
                content = encoded[0] if encoded else encode_json(reply.body)
            except Exception:  # noqa: BLE001 - as in `__call__`
                reply, content = self._failed(request)
            self._conclude(request, reply, content, client)

        if self._commits is not None:
            self._commits.start(partial(self._start, request, encoded), deliver)

    async def _ingest_again(
        self, request: Request, reply: Reply, began: float, since: int, client: Client
    ) -> None:
        try:
            content = encode_json(reply.body)
            reply, content = await self._see_through(request, reply, content, began, since, client.receive)
        except Exception:  # noqa: BLE001 - logged there: no caller is left without an answer
            reply, content = self._failed(request)
        self._conclude(request, reply, content, client)

    def _conclude(self, request: Request, reply: Reply, content: bytes, client: Client) -> None:
        reply.headers.update(self._guard.answered(request.headers))
        client.answer(reply.status, head(reply, content), content)

    async def _screen(self, request: Request) -> Reply | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._kernel.screen, request)

    async def _answer(self, request: Request) -> tuple[Reply, bytes]:
        loop = asyncio.get_running_loop()
        if self._commits is None or not self._kernel.is_write(request):
            threads = self._vital if request.target in _VITAL else self._readers
            return await loop.run_in_executor(threads, self._read, request)
        encoded: list[bytes] = []
        reply = await self._commits.wait(partial(self._start, request, encoded))
        return reply, encoded[0] if encoded else encode_json(reply.body)

    def _start(self, request: Request, encoded: list[bytes], done: Deliver) -> None:
        """Start a request in the thread of its own that it needs, if any; a large answer is encoded there."""

        def aside(read: Callable[[], Reply], done: Deliver) -> None:
            self._readers.submit(self._read_aside, read, encoded, done)

        if len(request.body) <= PROMPT_BYTES and self._kernel.starts_at_once(request):
            self._kernel.start(request, done, aside=aside)
        else:
            # To read a thousand records takes longer than anybody else may be kept waiting, and so may a
            # database that is asked who calls.
            self._preparing.submit(self._kernel.start, request, done, aside=aside)

    def _read_aside(self, read: Callable[[], Reply], encoded: list[bytes], done: Deliver) -> None:
        reply = read()
        with suppress(Exception):  # the event loop will meet it again, and has an answer for it
            encoded.append(encode_json(reply.body))
        done(reply)

    async def _settle(
        self, request: Request, reply: Reply, content: bytes, began: float
    ) -> tuple[Reply, bytes]:
        """Answer once more with the keys of actors' documents; say why, when those of one cannot be had."""
        loop, asked, why = asyncio.get_running_loop(), frozenset[str](), ""
        while wanted := [did for did in (*reply.held, reply.resolve) if did is not None and did not in asked]:
            asked = asked.union(wanted)
            again = bool(reply.held)  # nothing of it is stored yet, whatever comes of the documents
            for did in wanted[:_RESOLVED]:
                try:
                    keys = await self._resolver.keys(did, began)
                except Unresolved as error:
                    why = why or f": {error}"
                    continue
                await loop.run_in_executor(self._readers, self._kernel.pin_keys, did, keys)
                again = True
            if not again:
                break
            reply, content = await self._answer(replace(request, asked=asked))
        if why and reply.resolve is not None and "message" in reply.body:
            content = encode_json({**reply.body, "message": f"{reply.body['message']}{why}"})
        return reply, content

    def _read(self, request: Request) -> tuple[Reply, bytes]:
        reply = self._kernel.handle(request)
        # Encoded in this thread, so that a large page does not hold up the event loop.
        return reply, b"" if reply.watch is not None else encode_json(reply.body)

    async def _watch(
        self,
        start: WatchStart,
        request: Request,
        reply: Reply,
        receive: Receive,
        send: Send,
        push: Push | None,
    ) -> None:
        extra = [(b"content-type", EVENT_STREAM_TYPE.encode()), (b"cache-control", b"no-cache")]
        extra.append((b"connection", b"close"))  # a stream that ends is a connection that ends
        await send(
            {"type": "http.response.start", "status": reply.status, "headers": header_lines(reply, extra)}
        )

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

        def push_now(chunk: bytes) -> bool:
            # Where the token has to be looked at again, `write` does it.
            asked = self._authenticated and loop.time() - checked > limits.TOKEN_CACHE_SECONDS
            return push is not None and not asked and push(chunk)

        stream = asyncio.ensure_future(self._notifier.stream(start, write, push and push_now))
        gone = asyncio.ensure_future(until_disconnect(receive))
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

    def _failed(self, request: Request) -> tuple[Reply, bytes]:
        """Log the error under way and return its answer.

        The kernel turns every error into a reply; what is left is a bug, and its caller gets an answer, too.
        """
        _logger.exception("%s %s failed", request.method, request.target)
        refusal = Refusal("INTERNAL", "the daemon failed; its log has the reason")
        reply = self._kernel.refuse(request, refusal)
        return reply, encode_json(reply.body)
