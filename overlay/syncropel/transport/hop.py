"""Blocking work that Ctrl-C can end, though it is done by native code that knows no signals.

Python runs signal handlers in the main thread, between two steps of its own. Native code that blocks there
keeps them waiting, so it is done in another thread, while the main thread waits on a lock, which a signal
interrupts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class _Hop:
    """A thread that does one piece of work after another for the main thread."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._done = threading.Lock()
        self._done.acquire()
        self._result: Any = None
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="syncropel-send", daemon=True).start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                self._result = work()
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for it
                self._error = error
            del work
            self._done.release()

    def start(self, work: Callable[[], Any]) -> None:
        """Begin a piece of work."""
        self._work.put(work)

    def wait(self) -> None:
        """Wait until it is done; a signal handler may raise here."""
        self._done.acquire()

    def outcome(self) -> Any:
        """Return what the finished work returned, or raise what it raised."""
        result, error = self._result, self._error
        self._result = self._error = None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback holds this frame
        return result

    def end(self) -> None:
        """Let the thread end after what it is doing."""
        self._work.put(None)


_free: list[_Hop] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free.clear)


def interruptible(work: Callable[[], T], stop: Callable[[], object]) -> T:
    """Do blocking work, and return or raise what it does.

    Args:
        work: The work. In a thread that gets no signals it is simply called.
        stop: Called when a signal handler raised meanwhile, to bring the work to an end.
    """
    if threading.get_ident() != threading.main_thread().ident:
        return work()
    hop = _free.pop() if _free else _Hop()  # a signal handler may be here while another piece is under way
    try:
        hop.start(work)
        hop.wait()
    except BaseException:
        hop.end()
        stop()
        raise
    _free.append(hop)
    result: T = hop.outcome()
    return result
