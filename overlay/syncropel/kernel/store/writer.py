"""What durable stores share: a queue of writes, one thread that commits them in groups, the listeners."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import Any, NamedTuple, TypeVar, cast

from ..messages import Commit
from .base import Bulk, Done, Listener, Settle, Task, Transaction
from .errors import StoreUnavailable
from .signals import Signal, Signals, merged

logger = logging.getLogger("syncropel.kernel")

T = TypeVar("T")
Job = tuple[Task[Any], Done]
Outcome = tuple[Any, "BaseException | None"]
GROUP_LIMIT = 512
# Records of one group: a transaction of many batches would keep everybody else waiting for its end.
GROUP_WEIGHT = 4096


class Ran(NamedTuple):
    """What became of a group.

    Attributes:
        outcomes: The outcome of each job, in order.
        notes: The records to report.
        signals: What to tell besides.
    """

    outcomes: list[Outcome]
    notes: list[Commit]
    signals: list[Signal]


class JobFailed(Exception):
    """A job raised during an attempt without savepoints; everything was undone."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Deferring:
    """What the transactions of every engine do alike: hold back what is written in one go, and what is told.

    Attributes:
        notes: The records that listeners hear of once they are durable.
        signals: What every process hears of then.
    """

    __slots__ = ("_waiting", "notes", "signals")

    def __init__(self) -> None:
        self._waiting: dict[Settle, list[Any]] = {}
        self.notes: list[Commit] = []
        self.signals: list[Signal] = []

    def later(self, settle: Settle, item: Any) -> None:
        """Hand in something that `settle` writes in one go, with its like, before the commit."""
        self._waiting.setdefault(settle, []).append(item)

    def all_later(self, settle: Settle, items: Iterable[Any]) -> None:
        """Hand in several, as `later` one."""
        self._waiting.setdefault(settle, []).extend(items)

    def waiting(self, settle: Settle) -> Sequence[Any]:
        """Return what was handed in for `settle` and is not written yet."""
        return self._waiting.get(settle, ())

    def settle(self) -> None:
        """Write now what was handed in."""
        while self._waiting:
            settle, items = self._waiting.popitem()
            settle(cast("Transaction", self), items)

    def note(self, commit: Commit) -> None:
        """Remember a record for the listeners."""
        self.notes.append(commit)

    def note_all(self, commits: Iterable[Commit]) -> None:
        """Remember several, as `note` one."""
        self.notes.extend(commits)

    def signal(self, topic: str, payload: bytes = b"") -> None:
        """Remember what to tell every process."""
        self.signals.append(Signal(topic, payload))


def all_failed(jobs: Sequence[Job], cause: BaseException) -> Ran:
    """Return the outcome of a group of which nothing was kept, and log it."""
    logger.warning("a group of %d writes was rolled back: %s", len(jobs), cause)
    return failed([cause] * len(jobs))


def failed(causes: Sequence[BaseException]) -> Ran:
    """Return what became of a group of which nothing was kept, and of each job why."""
    return Ran([(None, cause) for cause in causes], [], [])


def carry_out(transaction: Transaction, jobs: Sequence[Job]) -> list[Any]:
    """Run jobs one after the other, neighbouring bulk work of one kind in one call.

    Returns:
        The result of each job, in order.
    """
    if len(jobs) == 1:
        return [carry_out_alone(transaction, jobs[0][0])]
    results: list[Any] = []
    for run, neighbours in groupby((task for task, _ in jobs), key=_kind):
        if run is None:
            results += [work(transaction) for work in neighbours]  # type: ignore[operator]
        else:
            results += run(transaction, [bulk.item for bulk in neighbours])  # type: ignore[union-attr]
    return results


def carry_out_alone(transaction: Transaction, task: Task[T]) -> T:
    """Run one job by itself."""
    if isinstance(task, Bulk):
        result: T = task.run(transaction, [task.item])[0]
        return result
    return task(transaction)


def _kind(task: Task[Any]) -> Callable[..., list[Any]] | None:
    return task.run if isinstance(task, Bulk) else None


def finish(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Tell every caller its outcome; what a callback raises is logged."""
    for (_, done), (result, error) in zip(jobs, outcomes, strict=True):
        try:
            done(result, error)
        except Exception:  # a callback is the shell's code: the other callers still get their answers
            logger.exception("the callback of a write failed")


def promise(enqueue: Callable[[Task[T], Done], None], task: Task[T]) -> Future[T]:
    """Queue a task, and return the future of its result."""
    future: Future[T] = Future()

    def done(result: T, error: BaseException | None) -> None:
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    enqueue(task, done)
    return future


class Listeners:
    """The functions that hear about durable records."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def add(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; returns the function that takes it away, which may be called again."""
        entry: Listener = lambda commits: listener(commits)  # noqa: E731 - one entry per registration
        with self._lock:
            self._listeners += (entry,)

        def remove() -> None:
            with self._lock:
                self._listeners = tuple(kept for kept in self._listeners if kept is not entry)

        return remove

    def tell(self, commits: Sequence[Commit]) -> None:
        """Call every listener; what one raises is logged and stops nobody."""
        if not commits:
            return
        for listener in self._listeners:
            try:
                listener(commits)
            except Exception:  # a listener is the shell's code: it must not undo a durable commit
                logger.exception("a commit listener failed")


class GroupWriter:
    """A thread that takes whatever is queued, has it committed as one group, and tells everybody.

    Args:
        run_group: Runs jobs in one transaction and commits it; returns an outcome for each and what to tell
            the listeners. It does not raise.
        listeners: Hear of every durable group before its callers do.
        signals: Are told after them what the group signalled.
        shut_down: Called by the thread once the last group is finished.
        take_turn: Called when there is a first job. It may wait: what is queued meanwhile joins the group.

    Attributes:
        ended: Whether it was closed.
    """

    def __init__(
        self,
        run_group: Callable[[Sequence[Job]], Ran],
        listeners: Listeners,
        signals: Signals,
        shut_down: Callable[[], None],
        take_turn: Callable[[], None] | None = None,
    ) -> None:
        self._run_group = run_group
        self._take_turn = take_turn
        self._listeners = listeners
        self._signals = signals
        self._shut_down = shut_down
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self.ended = False
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._loop, name="syncropel-writer", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more: it was closed, or this process is a fork of the one it is in."""
        return self.ended or os.getpid() != self._pid

    def enqueue(self, task: Task[Any], done: Done) -> None:
        """Queue work; `done` is called in the writer's thread once the group is durable."""
        with self._gate:
            if not self.closed:
                self._jobs.put((task, done))
                return
        done(None, StoreUnavailable("the store is closed"))

    def close(self) -> bool:
        """Finish what is queued and end the thread. Tells whether this call was the first."""
        with self._gate:
            first = not self.ended
            self.ended = True
            if first:
                self._jobs.put(None)
        if os.getpid() == self._pid and threading.current_thread() is not self._thread:
            self._thread.join()
        return first

    def _loop(self) -> None:
        going = True
        while going:
            group, going = self._next_group()
            if group:
                outcomes, notes, signals = self._run_group(group)
                self._listeners.tell(notes)
                if signals:
                    self._signals.tell(merged(signals))
                finish(group, outcomes)
                # Nothing may keep the last group alive while the writer waits for the next one.
                del outcomes, notes, signals
            del group
        self._shut_down()

    def _next_group(self) -> tuple[list[Job], bool]:
        """Wait for a job and return it with those behind it; and whether more will come."""
        group: list[Job] = []
        weight = 0
        try:
            job = self._jobs.get()
            if job is not None and self._take_turn is not None:
                self._take_turn()
            while job is not None:
                group.append(job)
                weight += job[0].weight if isinstance(job[0], Bulk) else 1
                if len(group) >= GROUP_LIMIT or weight >= GROUP_WEIGHT:
                    return group, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return group, True
        return group, False
