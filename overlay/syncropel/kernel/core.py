"""The kernel: requests in, replies out. It never raises, and every refusal has the one error envelope."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from ..errors import InvalidRecord, SyncropelError, UsageError
from ..rules.scopes import ADMIN, DEFAULT_NAMESPACE, ancestors
from ..rules.token_shapes import hide_tokens
from .access import tables
from .access.authenticate import Authenticator
from .access.caller import Caller
from .access.gate import Gate
from .access.settings import AccessSettings
from .access.visibility import EVERYTHING, Visibility
from .calls import Responder
from .commands import OPERATIONS as FAMILY
from .dispatch import Dispatcher
from .hub import Hub
from .messages import Commit, Reply, Request, Topic, WatchStart
from .operations import ONE_BODY, Answer, BodyLimit, Call, Context, Operation
from .query.execute import run_query
from .query.request import parse_request
from .refusals import Refusal
from .routing import Router
from .rows import last_sequence
from .services import access as access_services
from .services import inference, records, system, threads
from .services.identities import pin_noted
from .store.base import Bulk, Store, Transaction, Work
from .store.errors import StoreFull, StoreUnavailable
from .sweeping import sweep

T = TypeVar("T")
logger = logging.getLogger("syncropel.kernel")

OPERATIONS: dict[str, Operation] = {**system.OPERATIONS, **records.OPERATIONS, **threads.OPERATIONS}
OPERATIONS |= inference.OPERATIONS | access_services.OPERATIONS | FAMILY
DEFAULT_INSTANCE = "did:sync:system:local"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")
# Ids are this process's own number and a count: randomness for every request cost 6 % of ingest.
_PROCESS = secrets.token_hex(6)
_NUMBERS = itertools.count(1)


class Kernel:
    """One engine over one store.

    Args:
        store: Where records are kept; the kernel closes it.
        routes: Rows of the contract's `routes.json`.
        openapi: The contract as JSON, served at `/openapi.json`.
        version: The version to report.
        now: The clock, unix seconds.
        instance_did: The DID of this instance.
        check_responder: Raises `UsageError` for a responder that the shell cannot call, before it is
            registered; None for no such check.
        access: Who may do what. Default: everybody may do everything.

    Attributes:
        hub: Who waits for messages, and for something to come, in this process.
    """

    def __init__(
        self,
        store: Store,
        *,
        routes: Iterable[Mapping[str, Any]],
        openapi: Mapping[str, Any],
        version: str,
        now: Callable[[], float] = time.time,
        instance_did: str = DEFAULT_INSTANCE,
        check_responder: Callable[[Responder], None] | None = None,
        access: AccessSettings | None = None,
    ) -> None:
        routes = list(routes)
        self._store = store
        self._now = now
        tags = frozenset(route["tag"] for route in routes if route["operation_id"] in OPERATIONS)
        access = access or AccessSettings()
        self._gate = Gate(access, Authenticator(store, access, instance_did, now))
        self._dispatcher = Dispatcher(Router(routes), OPERATIONS, self._gate)
        self.hub = Hub(store.broadcast)
        store.on_signal(self.hub.signalled)
        self._context = Context(
            store, version, instance_did, openapi, tags, now(), self.hub, check_responder, access
        )

    @property
    def store(self) -> Store:
        """The store; whoever works on it directly keeps to short transactions."""
        return self._store

    @property
    def now(self) -> Callable[[], float]:
        """The clock, unix seconds."""
        return self._now

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run work on one consistent snapshot of the store, in the caller's thread."""
        return self._store.read(work)

    def query(self, request: Any, reach: Visibility = EVERYTHING) -> dict[str, Any]:
        """Return the answer to a rich query from inside the process.

        Args:
            request: The body of a `queryRecords` request.
            reach: What it may see.

        Raises:
            Refusal: The query is not valid, or asks too much.
        """
        parsed, dialect = parse_request(request), self._store.dialect
        return self._store.read(lambda transaction: run_query(transaction, dialect, parsed, reach))

    def handle(self, request: Request, *, caller: Caller | None = None) -> Reply:
        """Answer a request. A write is durable when this returns. Never raises.

        Args:
            request: The request.
            caller: Who asks, for requests from inside this process; None to find it out from the headers.
        """
        return self.submit(request, caller=caller).result()

    def submit(self, request: Request, *, caller: Caller | None = None) -> Future[Reply]:
        """Answer a request through a future that never fails.

        Writes join the store's next group commit; everything else is answered in the caller's thread.
        """
        future: Future[Reply] = Future()
        self.start(request, future.set_result, caller=caller)
        return future

    def start(
        self,
        request: Request,
        done: Callable[[Reply], None],
        *,
        caller: Caller | None = None,
        aside: Callable[[Callable[[], Reply], Callable[[Reply], None]], None] | None = None,
    ) -> None:
        """Answer a request through a callback, which is called exactly once.

        Args:
            request: The request.
            done: Takes the reply; called before this returns, or from the writer's thread for writes.
            caller: Who asks, for requests from inside this process; None to find it out from the headers.
            aside: Has a read that may take long, or waits for another machine, made in another thread, which
                hands what it returns to the callback; None to read here whatever it is.
        """
        request_id = _request_id(request)
        try:
            prepared = self._dispatcher.prepare(request, self._context, self._now(), caller)
            outcome = prepared.outcome
            answer: Answer
            if isinstance(outcome, Reply):
                answer = outcome
            else:
                if prepared.changes_access:
                    done = self._forgetting(done)
                if prepared.writes or isinstance(outcome, Bulk):
                    self._store.enqueue(
                        outcome, lambda reply, error: done(self._seal(reply, error, request_id, request))
                    )
                    return
                if aside is not None and not (self._store.quick and getattr(outcome, "prompt", False)):
                    aside(partial(self._read_aside, outcome, request_id, request), done)
                    return
                answer = self._store.read(outcome)
            reply = self._seal(answer, None, request_id, request)
        except Exception as error:  # noqa: BLE001 - whatever is raised becomes an answer: shells never see it
            reply = self._seal(None, error, request_id, request)
        done(reply)

    def _read_aside(self, work: Work[Answer], request_id: str, request: Request) -> Reply:
        try:
            return self._seal(self._store.read(work), None, request_id, request)
        except Exception as error:  # noqa: BLE001 - as in `start`
            return self._seal(None, error, request_id, request)

    def screen(self, request: Request) -> Reply | None:
        """Return the refusal that a request's head leads to, whatever its body; None to go on. Never raises.

        For shells that are about to read a large body, or go on answering one who may be known no more.
        """
        try:
            self._dispatcher.screen(request, self._now())
        except Exception as error:  # noqa: BLE001 - as in `start`
            return self._seal(None, error, _request_id(request), request)
        return None

    def starts_at_once(self, request: Request) -> bool:
        """Tell whether `start` returns without waiting for another machine, which may be away."""
        return self._store.quick or self._dispatcher.settled(request)

    def refuse(self, request: Request, refusal: Refusal) -> Reply:
        """Return the answer to a request that the shell refuses, in the form that its route answers in."""
        return self._seal(refusal, None, _request_id(request), request)

    def _seal(
        self, reply: Answer | None, error: BaseException | None, request_id: str, request: Request
    ) -> Reply:
        """Turn an outcome into the reply that leaves the kernel."""
        if not isinstance(reply, Reply):
            refusal = reply or _refusal(error, request_id, request)
            form = self._dispatcher.form(request)
            reply = refusal.reply(request_id) if form is None else form(refusal, request, request_id)
            reply.resolve = refusal.resolve
        reply.headers["x-request-id"] = request_id
        return reply

    def _forgetting(self, done: Callable[[Reply], None]) -> Callable[[Reply], None]:
        """Return a callback that first makes this kernel look again at who may do what."""

        def forget_first(reply: Reply) -> None:
            self._gate.forget()
            done(reply)

        return forget_first

    def active_accounts(self) -> int:
        """Return how many service accounts there are that were not revoked."""
        return self._store.read(tables.count_accounts)[1]

    def mint(
        self,
        scopes: Sequence[str] = (ADMIN,),
        actors: Sequence[str] = ("*",),
        namespace: str = DEFAULT_NAMESPACE,
        *,
        name: str = "local",
        expires_at: int | None = None,
    ) -> str:
        """Create a service account from inside this process and return its token.

        Args:
            scopes: What it may do.
            actors: DIDs it may act as besides its own, each exact or ending in `*`.
            namespace: What it reaches; registered with those above it when it is not.
            name: What people call it.
            expires_at: When the token ends, unix seconds; None for never.

        Raises:
            UsageError: One of the arguments is not what it must be.
        """
        for space in (*ancestors(namespace), namespace):
            self._ask_locally("createNamespace", {"id": space}, allowed="NAMESPACE_EXISTS")
        body = {"name": name, "scopes": list(scopes), "actors": list(actors), "namespace": namespace}
        reply = self._ask_locally("createServiceAccount", {**body, "expires_at": expires_at})
        return str(reply["api_key"])

    def _ask_locally(self, operation: str, body: dict[str, Any], allowed: str | None = None) -> Any:
        """Run a writing operation of this kernel as the process itself; a refusal is the caller's mistake."""
        call = Call(body=body, now=self._now())
        outcome: Answer
        try:
            work: Any = OPERATIONS[operation].handler(self._context, call)
            outcome = self._store.write(work)
        except Refusal as refusal:
            outcome = refusal
        self._gate.forget()
        if isinstance(outcome, Refusal) and outcome.code != allowed:
            raise UsageError(str(outcome))
        return outcome.body if isinstance(outcome, Reply) else None

    def is_write(self, request: Request) -> bool:
        """Tell whether `submit` would queue this request for the writer; for some it is a guess."""
        try:
            writes = self._dispatcher.operation(request).writes
        except Refusal:
            return False
        return writes if isinstance(writes, bool) else writes(request)

    def body_limit(self, request: Request) -> BodyLimit:
        """Return how large a request's body may be, judged by its method and target alone."""
        try:
            return self._dispatcher.operation(request).body_limit
        except Refusal:
            return ONE_BODY

    def on_commit(self, callback: Callable[[Sequence[Commit]], None]) -> Callable[[], None]:
        """Call `callback` with every group of new records once it is durable.

        It runs in the writer's thread, must be quick, and must not wait for another write.

        Returns:
            A function that takes the callback away.
        """
        return self._store.listen(callback)

    def watch_start(self, start: WatchStart) -> int:
        """Return the sequence after which a watch stream begins."""
        return self._store.read(lambda transaction: threads.watch_start(transaction, start))

    def watch_page(
        self, thread: Topic | None, after_sequence: int, limit: int, start: WatchStart | None = None
    ) -> list[dict[str, Any]]:
        """Return the next rows of a topic, ascending.

        Args:
            thread: The thread, or the responder whose open calls are wanted; None for every thread.
            after_sequence: The sequence of the last row that was delivered.
            limit: The most rows to return; fewer when they hold `pages.WATCH_PAGE_BYTES` of stored text.
            start: The stream's start; with a `since_clock`, older clocks are left out of the replay.
        """
        return self._store.read(
            lambda transaction: threads.watch_page(transaction, thread, after_sequence, limit, start)
        )

    def pin_keys(self, did: str, keys: Sequence[str]) -> bool:
        """Trust the keys that the document of a DID lists, and note it in the audit trail.

        The first keys of a DID are trusted as they are; later ones only when the document still lists one
        that is trusted. Call it when a reply names a DID to resolve, then submit the request again; when the
        keys were refused, that answer says so. Waits until it is durable.

        Args:
            did: The DID, as `Reply.resolve` names it.
            keys: Its public keys as multibase, as `keys.documents` reads them.

        Returns:
            Whether the keys are trusted now.
        """
        return self._store.write(lambda transaction: pin_noted(transaction, did, keys, self._now()))

    def sweep(self, limit: int = 1000) -> bool:
        """Clear away some of what is over (expired keys, late deliveries, old events), in short transactions.

        Args:
            limit: The most rows of one kind to clear away.

        Returns:
            Whether there is more: call it again soon.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        return sweep(self._store, int(self._now() * 1000), limit)

    def last_sequence(self) -> int:
        """Return the sequence of the newest record, 0 when there is none."""
        return self._store.read(last_sequence)

    def close(self) -> None:
        """Finish queued writes and close the store. May be called again."""
        self._store.close()


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id")
    if given is not None and _REQUEST_ID.match(given):
        return given
    return f"req_{_PROCESS}{next(_NUMBERS):x}"


def _refusal(error: BaseException | None, request_id: str, request: Request) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, InvalidRecord):
        return Refusal("INVALID_RECORD", str(error))
    if isinstance(error, StoreUnavailable):
        return Refusal("STORE_UNAVAILABLE", f"the store is unavailable: {error}")
    if isinstance(error, StoreFull):
        return Refusal("STORE_CEILING_REACHED", f"the store is full: {error}")
    path = hide_tokens(request.target.partition("?")[0])
    logger.error("request %s failed: %s %s", request_id, request.method, path, exc_info=error)
    if isinstance(error, SyncropelError):
        return Refusal("INTERNAL", f"the daemon failed: {error}")
    return Refusal("INTERNAL", "the daemon failed; its log has the details under this request id")
