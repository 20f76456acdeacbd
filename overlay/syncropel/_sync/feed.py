# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The records of one thread as they are stored, over as many connections as it takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from syncropel._sync.send import SyncSender
from syncropel.errors import ClosedError, SyncropelError, TransportError
from syncropel.rules.row import Record
from syncropel.transport import operations
from syncropel.transport.auth import Credential
from syncropel.transport.convert import Answer, api_error, error_line
from syncropel.transport.failures import Undelivered, is_silence, undelivered, without_frames
from syncropel.transport.later import logger
from syncropel.transport.reconnect import HEARTBEAT_TIMEOUT, TRANSPORT_ERROR, Lost, Resumption
from syncropel.transport.request import Prepared
from syncropel.transport.sse import FrameParser
from syncropel.transport.workers import SyncWorker

if TYPE_CHECKING:
    from syncropel._sync.pool import SyncReply
    from syncropel.transport.reports import SubscribeError


class Watchers(NamedTuple):
    """Who is told what besides the records."""

    on_error: Callable[[SubscribeError], object] | None = None
    on_open: Callable[[], object] | None = None
    on_heartbeat: Callable[[], object] | None = None


class SyncFeed:
    """Reads the watch stream of a thread, and connects again when it ends.

    Args:
        prepare: Makes a request from a call (`SyncCore._prepare`).
        sender: Where it is sent through.
        timeout: Seconds allowed for connecting.
        thread: The thread.
        resumption: Where to begin, and when to connect again.
        watchers: Whom to tell about connections and heartbeats.
        worker: What waits between connections, and can be stopped.
        heartbeat_timeout: Seconds of silence after which a connection counts as dead.
        bearer: A token in place of the client's.
        credential: The client's own token, to be kept out of what is reported.
    """

    def __init__(
        self,
        prepare: Callable[..., Prepared],
        sender: SyncSender,
        timeout: float,
        thread: str,
        resumption: Resumption,
        watchers: Watchers,
        worker: SyncWorker,
        *,
        heartbeat_timeout: float,
        bearer: str | None,
        credential: Credential,
    ) -> None:
        self._prepare = prepare
        self._sender = sender
        self._timeout = timeout
        self._thread = thread
        self._resumption = resumption
        self._watchers = watchers
        self._worker = worker
        self._heartbeat_timeout = heartbeat_timeout
        self._bearer = bearer
        self._credential = credential

    def records(self) -> Generator[Record, None, None]:
        """Go through the records for as long as the subscription lives.

        Raises:
            SyncropelError: It ended for good: refused, lost too often in a row, or the client is closed.
        """
        while not self._worker.stopping:
            try:
                with closing(self._connection()) as connection:
                    for record in connection:
                        yield record
            except Lost as lost:
                if self._worker.stopping:
                    return
                lost.redact(self._bearer, *self._credential.secrets)
                report = self._resumption.lost(lost)
                self.tell("on_error", self._watchers.on_error, report)
                if report.next_retry_s is None:
                    raise lost.error or TransportError(lost.message) from None
                self._worker.pause(report.next_retry_s)
            except ClosedError:
                if self._worker.stopping:
                    return
                raise

    def tell(self, name: str, callback: Callable[..., object] | None, *arguments: object) -> None:
        """Call a callback of the user's; what it raises is logged, because the stream must go on."""
        if callback is None:
            return
        try:
            self._worker.settle(callback(*arguments))
        except Exception:
            logger.exception(
                "%s of the subscription to %r raised; the subscription goes on", name, self._thread
            )

    def _connection(self) -> Generator[Record, None, None]:
        reply = self._open()
        try:
            self._worker.attach(reply.connection)
            self.tell("on_open", self._watchers.on_open)
            parser = FrameParser()
            alive = time.monotonic()
            for piece in reply.pieces:
                frames = parser.feed(piece)
                for frame in frames:
                    found = self._resumption.take(frame)
                    if isinstance(found, Record):
                        yield found
                    elif found:
                        self.tell("on_heartbeat", self._watchers.on_heartbeat)
                if frames:
                    alive = time.monotonic()
                elif time.monotonic() - alive > self._heartbeat_timeout:
                    raise self._silent()
        except Lost:
            raise
        except Exception as error:  # a transport of the user's own may raise anything
            if is_silence(error):
                raise self._silent() from error
            broken = error if isinstance(error, SyncropelError) else undelivered(without_frames(error))
            raise Lost(TRANSPORT_ERROR, str(broken), error=broken) from error
        finally:
            reply.close()
        raise Lost(TRANSPORT_ERROR, "stream closed by server without event")

    def _open(self) -> SyncReply:
        call = operations.watch_thread_call(self._thread, **self._resumption.parameters())
        silence = None if math.isinf(self._heartbeat_timeout) else self._heartbeat_timeout
        try:
            request = self._prepare(call, bearer=self._bearer, headers=self._resumption.headers())
            reply = self._sender.stream(request, self._timeout, silence, self._worker.attach)
        except Undelivered as error:
            raise Lost(TRANSPORT_ERROR, str(error), error=error) from error
        if reply.status == 200 and reply.header(b"content-type").lower().startswith("text/event-stream"):
            return reply
        answer = self._sender.finish(request, reply, self._timeout)
        if not answer.ok:
            raise self._refused(answer)
        raise Lost(TRANSPORT_ERROR, f"the answer (HTTP {answer.status}) is no event stream")

    def _refused(self, answer: Answer) -> Lost:
        error = api_error(answer)
        return Lost(TRANSPORT_ERROR, error_line(answer), retry_after=error.retry_after, error=error)

    def _silent(self) -> Lost:
        return Lost(HEARTBEAT_TIMEOUT, f"nothing arrived for {self._heartbeat_timeout:g} s")
