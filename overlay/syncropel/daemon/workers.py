"""Queries in progress: who has to be carried on, which calls run, and when to look again.

Everything here can be lost at any moment: a query's state is its records, and `open` begins by looking for
what is unfinished. Waiting costs nothing: a query that waits is a timer and the tasks of its calls.

Where other daemons work on the same store, each query is carried on by the one that holds a claim to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from ..kernel.calls import CallReply, PendingCall, failed
from ..kernel.claims import Claims
from ..kernel.core import Kernel
from ..kernel.executor import Advance, Executor
from ..kernel.messages import Commit
from ..kernel.store.errors import StoreFull, StoreUnavailable
from ..rules import limits
from ..rules.infer.plan.progress import UNAVAILABLE
from .leases import Leases, Taken

INTERRUPTED = "interrupted"
"""`error.code` of a call that an earlier process may have made, and that must not be made twice."""

_THREADS = 4
_RETRY_SECONDS = 1.0
_LONGEST_TIMER = 86400.0
_logger = logging.getLogger("syncropel.daemon")


class Callers(Protocol):
    """Those who carry calls out."""

    def call(self, pending: PendingCall, /) -> Awaitable[CallReply]:
        """Call a responder and return what it said; it never raises."""

    def close(self) -> Awaitable[None]:
        """Let go of connections and processes."""


@dataclass
class _Course:
    """What this process knows about one open query.

    Attributes:
        inherited: Calls up to this sequence may have been made by another process.
        seen: The sequence up to which its records were taken into account.
        newest: The sequence of its newest record.
        task: The task that carries it on, while there is one.
        calls: The running calls, by the ids of their records.
        replies: What was said to calls and is not stored yet.
        timer: When it is looked at again even if nothing arrives.
    """

    inherited: int
    seen: int = -1
    newest: int = 0
    task: asyncio.Task[None] | None = None
    calls: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    replies: deque[tuple[PendingCall, CallReply]] = field(default_factory=deque)
    timer: asyncio.TimerHandle | None = None

    @property
    def stirred(self) -> bool:
        """Whether something arrived that was not taken into account."""
        return self.newest > self.seen or bool(self.replies)


class Workers:
    """Carries the open queries of one kernel on. Everything but `_committed` runs on the event loop.

    Args:
        kernel: The kernel.
        executor: Decides and writes.
        callers: Carry calls out.
        running: How many calls run at once; more wait their turn.
        claims: The claims of this process, when others work on the same store; None when nobody does.
    """

    def __init__(
        self,
        kernel: Kernel,
        executor: Executor,
        callers: Callers,
        *,
        running: int = limits.MAX_RUNNING_CALLS,
        claims: Claims | None = None,
    ) -> None:
        self._kernel = kernel
        self._executor = executor
        self._callers = callers
        self._running = running
        self._courses: dict[str, _Course] = {}
        # Queries that a fault of ours dropped with their calls, which may be of those not to be made twice.
        self._dropped: set[str] = set()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="syncropel-infer")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: asyncio.Semaphore | None = None
        self._closing = False
        self._store_away = False
        self._inherited = 0
        self._leases: Leases | None = None
        if claims is not None:
            self._leases = Leases(claims, kernel.last_sequence, taken=self._take_up, lost=self._lose)
        self._stop_listening: Callable[[], None] = lambda: None

    @property
    def open_queries(self) -> int:
        """How many queries this process knows to be open."""
        return len(self._courses)

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin: listen for records, and take up what an earlier process left unfinished."""
        self._loop = loop
        self._turns = asyncio.Semaphore(self._running)
        self._inherited = self._kernel.last_sequence()
        self._stop_listening = self._kernel.on_commit(self._committed)
        if self._leases is not None:
            self._leases.open()
        else:
            self._touch([(query_id, 0) for query_id in self._executor.open_queries()])

    async def close(self) -> None:
        """Stop: running calls are given up; a later process makes them again where no reply was stored."""
        self._closing = True
        self._stop_listening()
        tasks: list[asyncio.Task[None]] = []
        for course in self._courses.values():
            if course.timer is not None:
                course.timer.cancel()
            tasks += course.calls.values()
        for task in tasks:
            task.cancel()
        tasks += [course.task for course in self._courses.values() if course.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._leases is not None:
            await self._leases.close()
        await self._callers.close()
        self._pool.shutdown(cancel_futures=True)

    def _committed(self, commits: Sequence[Commit]) -> None:
        """Pass on what concerns queries; called in the writer's thread, so it must not wait."""
        touched = [(query, commit.sequence) for commit in commits for query in commit.queries]
        if touched and self._loop is not None:
            self._loop.call_soon_threadsafe(self._touch, touched)

    def _touch(self, touched: Iterable[tuple[str, int]]) -> None:
        unclaimed = []
        for query_id, sequence in touched:
            course = self._courses.get(query_id)
            if course is None:
                if self._leases is not None and not self._leases.holds(query_id):
                    unclaimed.append(query_id)
                    continue
                # Held and yet not carried on: it was dropped.
                known = self._leases is None and query_id not in self._dropped
                course = self._courses[query_id] = _Course(self._inherited if known else sequence)
            course.newest = max(course.newest, sequence)
            self._wake(query_id, course)
        if self._leases is not None and unclaimed:
            self._leases.want(unclaimed)

    def _take_up(self, taken: Taken) -> None:
        """Begin with queries that were claimed, or look again at those of which that was in doubt."""
        for query_id in taken.queries:
            course = self._courses.setdefault(query_id, _Course(taken.inherited))
            course.seen = -1
            self._wake(query_id, course)

    def _lose(self, query_id: str) -> None:
        """Leave a query to whoever has claimed it meanwhile."""
        course = self._courses.get(query_id)
        if course is not None:
            _logger.warning("query %s is carried on by another daemon", query_id)
            self._forget(query_id, course)

    def _wake(self, query_id: str, course: _Course) -> None:
        known = self._courses.get(query_id) is course
        if known and course.task is None and course.stirred and not self._closing:
            course.task = asyncio.ensure_future(self._carry(query_id, course))

    async def _carry(self, query_id: str, course: _Course) -> None:
        loop = asyncio.get_running_loop()
        try:
            # What was said is stored even while the daemon stops: it may have been paid for.
            while course.replies or (course.stirred and not self._closing):
                course.seen = course.newest
                advance = await loop.run_in_executor(self._pool, self._advance, query_id, course)
                self._store_away = False
                course.seen = max(course.seen, advance.seen)
                if advance.finished:
                    self._forget(query_id, course)
                    if self._leases is not None:
                        self._leases.finished(query_id)
                    return
                self._follow(query_id, course, advance)
        except (StoreUnavailable, StoreFull) as error:
            if not self._store_away:
                _logger.warning("query %s and others wait for the store: %s", query_id, error)
            self._store_away = True
            self._look_again(query_id, course, _RETRY_SECONDS)
        except Exception:
            # A fault of ours must not stop the other queries; this one is tried again at the next start.
            _logger.exception("query %s cannot be carried on", query_id)
            self._dropped.add(query_id)
            self._forget(query_id, course)
        finally:
            course.task = None

    def _advance(self, query_id: str, course: _Course) -> Advance:
        """Store what was said and carry the query on; runs in a thread, so that replies can still join."""
        replies = []
        while course.replies:
            replies.append(course.replies.popleft())
        try:
            self._executor.replies(replies)
        except (StoreUnavailable, StoreFull):
            course.replies.extendleft(reversed(replies))
            raise
        return self._executor.advance(query_id)

    def _forget(self, query_id: str, course: _Course) -> None:
        if course.timer is not None:
            course.timer.cancel()
        for task in course.calls.values():
            task.cancel()
        if self._courses.get(query_id) is course:
            del self._courses[query_id]

    def _follow(self, query_id: str, course: _Course, advance: Advance) -> None:
        """Start the calls that do not run yet, and set the clock."""
        if self._courses.get(query_id) is not course:
            return  # it was left to another daemon meanwhile
        for call in advance.pending:
            if call.call_id not in course.calls and call.responder.kind != "actor":
                task = asyncio.ensure_future(self._run(query_id, course, call))
                course.calls[call.call_id] = task
        if course.timer is not None:
            course.timer.cancel()
            course.timer = None
        if advance.wake_at is not None:
            self._look_again(query_id, course, advance.wake_at - self._kernel.now())

    def _look_again(self, query_id: str, course: _Course, seconds: float) -> None:
        def look() -> None:
            course.timer = None
            course.seen = -1
            self._wake(query_id, course)

        loop = asyncio.get_running_loop()
        # A millisecond more, so that the deadline has really passed; a far one is reached in several steps.
        delay = min(max(seconds, 0.0) + 0.001, _LONGEST_TIMER)
        course.timer = loop.call_later(delay, look)

    async def _run(self, query_id: str, course: _Course, call: PendingCall) -> None:
        assert self._turns is not None  # noqa: S101 - `open` came first
        async with self._turns:
            if self._leases is not None and not self._leases.holds(query_id):
                # Another daemon may be making this call. If not, it is looked at again once that is certain.
                del course.calls[call.call_id]
                return
            reply = await self._answer(call, course.inherited)
        if reply is not None:
            course.replies.append((call, reply))
            self._wake(query_id, course)

    async def _answer(self, call: PendingCall, inherited: int) -> CallReply | None:
        """Return what the responder said; None when the deadline passed first: its silence is the answer."""
        if not call.responder.available:
            return failed(UNAVAILABLE, f"{call.responder.did} is not available")
        if not call.repeatable and call.sequence <= inherited:
            return failed(
                INTERRUPTED, "the daemon ended while the call was out, and the query is not idempotent"
            )
        seconds = call.deadline - self._kernel.now()
        try:
            return await asyncio.wait_for(self._callers.call(call), max(seconds, 0.0))
        except asyncio.TimeoutError:
            return None
        except Exception as error:
            # Whatever a caller failed to catch is that responder's failure and nobody else's.
            _logger.exception("the call of %s failed", call.responder.did)
            return failed("responder_failed", f"{type(error).__name__}: {error}"[:500])
