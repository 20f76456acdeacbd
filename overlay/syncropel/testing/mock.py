"""The mock: a whole daemon's behaviour inside a test, with what a test wants to ask and to break."""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from syncropel.kernel import wire
from syncropel.kernel.access.reach import AUDIT_THREAD
from syncropel.kernel.access.settings import AccessSettings
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.records import Record

from .clock import FakeClock
from .faults import EMIT, Fault, FaultPlan
from .inference import DEFAULT_RESPONDER, Inference, Script, responder_of, script_of
from .transport import Call, KernelTransport
from .watch import Hub

PAGE_ROWS = 1000
VERSION = "mock"


class MockKernel:
    """The daemon's kernel on a store in memory, reached through an httpx transport instead of a socket.

    It answers every route of the contract as the daemon does: same checks, same ids, same errors, and an
    identical record posted twice is stored once. Its time is a `FakeClock`; nothing here ever waits for
    real time, but for a request that asks to wait for a message or an event: it gives other threads and
    tasks a moment (50 ms) to publish one. What is over is cleared away when the clock moves. It needs no
    closing: it is cleaned up when nobody holds it any more.

    Args:
        clock: The clock to live by. Default: one of its own, at the first second of 2026.
        latency: Seconds that pass on the clock during every call. Default: none.
        auth: Whether calls need a token, as on a daemon that others can reach; `mint` gives one.

    Attributes:
        clock: The clock it lives by.
        latency: Seconds that pass on the clock during every call; may be set at any time.
        calls: Every call so far, in order of arrival: method, target, operation id, status.
        faults: The failures still to come.
        engine: The kernel itself, for tests that want to go below HTTP.
    """

    engine: Kernel
    hub: Hub
    inference: Inference

    def __init__(self, *, clock: FakeClock | None = None, latency: float = 0.0, auth: bool = False) -> None:
        self.clock = clock or FakeClock()
        self.latency = latency
        # Time stands still here, so a limit in requests per second would only ever run out.
        self._access = AccessSettings(required=auth, requests_per_second=None)
        self._published: dict[str, list[str]] = {}
        self.calls: list[Call] = []
        self.faults = FaultPlan()
        self._lock = threading.Lock()
        self._routes = [
            (route["method"], _template(route["path"]), route["operation_id"]) for route in load_routes()
        ]
        self._transport = KernelTransport(self)
        self._start()

    def _start(self) -> None:
        self.engine = Kernel(
            MemoryStore(),
            routes=load_routes(),
            openapi=load_openapi(),
            version=VERSION,
            now=self.clock,
            access=self._access,
        )
        self.inference = Inference(self.engine, self.clock)
        self.hub = Hub()
        self.engine.on_commit(self.hub.committed)
        self._kept: list[Record] = []
        self._trail: list[Record] = []
        self._read_to = 0
        stop_nudging, stop_settling = (
            self.clock.on_advance(self.hub.nudge),
            self.clock.on_advance(self.inference.settle),
        )
        stop_sweeping = self.clock.on_advance(partial(_sweep, self.engine))
        self._finalizer = weakref.finalize(
            self, _stop, self.engine, self.hub, stop_nudging, stop_settling, stop_sweeping
        )

    def transport(self) -> KernelTransport:
        """Return the transport to build a client with; it is the same object every time."""
        return self._transport

    def close(self) -> None:
        """End watch streams as a daemon does that shuts down, and release the store. Idempotent."""
        self._finalizer()

    def __enter__(self) -> MockKernel:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # What was stored

    @property
    def records(self) -> list[Record]:
        """Every record in order of arrival, readable by attribute and as a mapping; `trail` has the rest."""
        self._read()
        return list(self._kept)

    @property
    def trail(self) -> list[Record]:
        """What the engine noted about accounts, tokens and namespaces, in order."""
        self._read()
        return list(self._trail)

    def _read(self) -> None:
        with self._lock:
            while True:
                rows = self.engine.watch_page(None, self._read_to, PAGE_ROWS)
                if not rows:
                    return
                for record in map(Record.from_row, rows):
                    (self._trail if record.thread == AUDIT_THREAD else self._kept).append(record)
                self._read_to = rows[-1]["sequence"]

    @property
    def threads(self) -> dict[str, list[Record]]:
        """Every thread's records in order of arrival, threads in order of their first record."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.thread, []).append(record)
        return found

    def records_in(self, thread: str) -> list[Record]:
        """Return the records of one thread in order of arrival; an unknown thread has none."""
        return [record for record in self.records if record.thread == thread]

    def records_for_thread(self, thread: str) -> list[Record]:
        """Return the records of one thread: the same as `records_in`."""
        return self.records_in(thread)

    def records_by_kind(self, kind: str) -> list[Record]:
        """Return the records whose body is of this kind, in order of arrival."""
        return [record for record in self.records if record.body.get("kind") == kind]

    def records_by_actor(self, actor: str) -> list[Record]:
        """Return the records of one actor, in order of arrival."""
        return [record for record in self.records if record.actor == actor]

    def records_by_ref(self, kind: str, id: str) -> list[Record]:  # noqa: A002 - the published names of a ref
        """Return the records that carry one canonical reference, in order of arrival.

        Args:
            kind: Kind of the reference, with its `@` (`@music.track`).
            id: Id of the reference (`isrc:USJI19810404`).
        """
        return [record for record in self.records if _carries(record, kind, id)]

    def last(self) -> Record:
        """Return the record stored last.

        Raises:
            LookupError: Nothing was stored.
        """
        records = self.records
        if not records:
            raise LookupError("no record was stored; look at `calls` for what reached the mock")
        return records[-1]

    def count(self) -> int:
        """Return how many records are stored."""
        return len(self.records)

    def clear(self) -> None:
        """Forget everything: what is stored, accounts too, calls and planned failures; watch streams end."""
        self.close()
        self.calls.clear()
        self.faults.clear()
        self._published.clear()
        self._start()

    # Who may, and who signs

    def mint(
        self,
        scopes: Sequence[str] = ("admin",),
        actors: Sequence[str] = ("*",),
        namespace: str = "default",
        *,
        name: str = "test",
        expires_at: int | None = None,
    ) -> str:
        """Create a service account and return its token, for a client's `api_key`.

        Args:
            scopes: What it may do.
            actors: DIDs it may act as besides its own, each exact or ending in `*`.
            namespace: What it reaches; registered when it is not.
            name: What people call it.
            expires_at: When the token ends, unix seconds on the mock's clock; None for never.

        Raises:
            UsageError: One of the arguments is not what it must be.
        """
        return self.engine.mint(scopes, actors, namespace, name=name, expires_at=expires_at)

    def publish_key(self, did: str, *keys: str) -> None:
        """Put a DID document for a `did:web` on the mock's web, in the place of an earlier one.

        Args:
            did: The DID.
            keys: The public keys that the document lists, as multibase (`Identity.public_key`).
        """
        self._published[did] = list(keys)

    def answer(self, request: Request) -> Reply:
        """Answer one request as a daemon does, which looks a DID document up where it needs to."""
        reply, asked = self.engine.handle(request), frozenset[str]()
        while wanted := {*reply.held, *filter(None, [reply.resolve])} - asked:
            asked |= wanted
            published = wanted & self._published.keys()
            for did in published:
                self.engine.pin_keys(did, self._published[did])
            if not published and not reply.held:
                break
            reply = self.engine.handle(replace(request, asked=asked))
        return reply

    # Who answers queries

    def answer_inference(
        self,
        responder: str | Mapping[str, Any] = DEFAULT_RESPONDER,
        *,
        answer: Any = ...,
        body: Mapping[str, Any] | None = None,
        decline: str | None = None,
        fail: str | None = None,
        delay: float = 0.0,
        cost_usd: float = 0.0,
        times: int | None = None,
        **members: Any,
    ) -> str:
        """Register a responder that does as it is told, and return its DID.

        Give one of `answer`, `body`, `decline` and `fail`. Scripts with `times` are used up first, in order;
        of those without, the last one counts.

        Args:
            responder: Its DID, or a predicate as in a query (`{"kind": "llm", "model": "~sonnet"}`).
            answer: What it answers: a JSON value, or a function of the call (`call.input`).
            body: The whole body of its answer, with `confidence`, `awaits` and so on.
            decline: Why it refuses: `out_of_domain`, `overbooked`, `conflict_of_interest` or `other`.
            fail: The code of its failure; `responder_unavailable` when it could not be reached.
            delay: Seconds on the mock's clock until it replies.
            cost_usd: What the call costs, in US dollars.
            times: For how many calls; None for all.
            members: Members of its registration (`kind`, `model`, `capabilities`, `domains`,
                `cost_estimate_usd`, `typical_response_delay_s`, `available`).

        Raises:
            UsageError: Not exactly one of the four is given, or no responder can be registered so.
        """
        script = Script(script_of(answer, body, decline, fail, cost_usd), delay, times)
        registered = responder_of(responder, members)
        self.inference.add(registered, script)
        return registered.did

    # What is to go wrong

    def fail_next_post(self, n: int = 1) -> None:
        """Break the connection of the next `n` emits; planned failures add up."""
        self.fail_next(drop=True, operation=EMIT, times=n)

    def fail_next_get(self, n: int = 1) -> None:
        """Break the connection of the next `n` reads, whether they are GET or queries sent by POST."""
        self.fail_next(drop=True, operation=f"!{EMIT}", times=n)

    def fail_next(
        self,
        status: int | None = None,
        *,
        method: str | None = None,
        operation: str | None = None,
        times: int = 1,
        latency: float = 0.0,
        drop: bool | Exception = False,
        after_handling: bool = False,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let the next calls go wrong, after the failures already planned; with no argument, status 503.

        Args:
            status: Answer with this HTTP status.
            method: Only calls of this HTTP method.
            operation: Only calls of this operation id (`getRecord`), or of all but it (`!getRecord`).
                `emitRecord` stands for emits in one request, too.
            times: How many calls.
            latency: Seconds that pass on the clock first. A call whose read timeout is shorter raises
                `httpx.ReadTimeout`; alone, it only delays the ordinary answer.
            drop: True breaks the connection with `httpx.ConnectError`; an exception is raised as it is.
            after_handling: The kernel does its work first, and only its answer is replaced or lost: what a
                retry meets whose first attempt was stored.
            body: What a `status` answer carries: text and bytes as they are, anything else as JSON.
                Default: an error envelope with the code `INJECTED_FAULT`.
            headers: Headers of a `status` answer (`{"retry-after": "2"}`).

        Raises:
            UsageError: A number is out of range, or `status` and `drop` are both given.
        """
        if status is None and not drop and not latency:
            status = 503
        fault = Fault(status, drop, latency, method, operation, after_handling, body, dict(headers or {}))
        self.faults.add(fault, times)

    def cut_watches(self, error: Exception | None = None) -> int:
        """Break every open watch stream, as a network does, and return how many there were.

        Args:
            error: What the reader meets. Default: `httpx.ReadError`.
        """
        feeds = self.hub.open()
        for feed in feeds:
            feed.cut(error or httpx.ReadError("mock: the stream was cut because a test asked for it"))
        return len(feeds)

    def end_watches(self, retry_after_ms: int = 0) -> int:
        """End every open watch stream with `server_shutdown`, and return how many there were.

        Args:
            retry_after_ms: Milliseconds that readers are asked to wait before they come back. Default: none.
        """
        feeds = self.hub.open()
        self.hub.end(wire.shutdown_frame(retry_after_ms))
        return len(feeds)

    def operation_of(self, method: str, target: str) -> str | None:
        """Return the operation id of the contract that a call belongs to, or None for an unknown route."""
        path = urlsplit(target).path
        for wanted, pattern, operation in self._routes:
            if wanted == method and pattern.fullmatch(path):
                return str(operation)
        return None

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        # A mock without records is still a mock: `kernel or MockKernel()` must not replace it.
        return True

    def __repr__(self) -> str:
        return f"MockKernel({self.count()} records, {len(self.hub.open())} watchers)"


def _stop(engine: Kernel, hub: Hub, *listening: Callable[[], None]) -> None:
    for stop_listening in listening:
        stop_listening()
    hub.end(wire.shutdown_frame())
    engine.close()


def _sweep(engine: Kernel) -> None:
    while engine.sweep():
        pass


def _template(path: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", path)))


def _carries(record: Record, kind: str, id_: str) -> bool:
    refs = record.body.get("_refs")
    if not isinstance(refs, list):
        return False
    return any(isinstance(ref, Mapping) and ref.get("kind") == kind and ref.get("id") == id_ for ref in refs)
