"""Items as an iterable gives them, and work that goes on meanwhile on a thread."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from syncropel.errors import UsageTypeError

SyncItems = Iterable[Any]

LINGER_SECONDS = 0.1
"""How long what was read waits for more of a plain iterable that is slow."""

HEAD_START_SECONDS = 0.003
"""How long a thread that computes stands aside for one that has a request to send.

Beside it, the other would wait 5 ms for the interpreter's lock at each of its steps.
"""


class SyncSource:
    """Takes items from an iterable.

    Raises:
        UsageTypeError: It cannot be iterated (a `TypeError`).

    Attributes:
        ended: Nothing more comes.
        error: What the iterable raised, to be raised after what came before it is delivered.
        slow: It took long for the last few: what is there goes, rather than wait for more.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        if isinstance(items, (str, bytes, dict)) or not hasattr(items, "__iter__"):
            raise UsageTypeError(f"items must be an iterable of records, not {type(items).__name__}")
        self._items: Iterator[Any] = iter(items)
        self.ended = False
        self.slow = False
        self.error: Exception | None = None

    def some(self, most: int, patient: bool) -> list[Any]:  # noqa: ARG002 - the other colour waits less
        """Return up to so many items; none at the end."""
        return self._pull(most)

    def ring(self) -> None:
        """Do nothing: who waits for a plain iterable cannot be woken."""

    def close(self) -> None:
        """Leave the iterable as it is, as a loop does that is left early."""

    def _pull(self, most: int) -> list[Any]:
        taken: list[Any] = []
        until = time.monotonic() + LINGER_SECONDS
        self.slow = False
        try:
            for item in self._items:
                taken.append(item)
                self.slow = time.monotonic() > until
                if self.slow or len(taken) >= most:
                    return taken
        except Exception as error:  # noqa: BLE001 - whatever the caller's own iterable raises is raised again
            self.error = error
        self.ended = True
        return taken


class SyncAhead:
    """One piece of work at a time on a thread; what is given up goes on to its end by itself."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, work: Callable[..., None], argument: Any, done: Callable[[], None]) -> None:
        """Start the work; `done` is called when it ends."""
        context = contextvars.copy_context()

        def run() -> None:
            try:
                context.run(work, argument)
            except BaseException as error:  # noqa: BLE001 - raised again by `join`
                self._error = error
            done()

        self._thread = threading.Thread(target=run, name="syncropel-emit-many", daemon=True)
        self._thread.start()

    def begun(self) -> None:
        """Let the work begin before anything else is done."""
        thread = self._thread
        if thread is not None:
            thread.join(HEAD_START_SECONDS)

    @property
    def busy(self) -> bool:
        """Whether there is work that goes on."""
        return self._thread is not None and self._thread.is_alive()

    def join(self) -> None:
        """Wait for the work, and raise what it raised."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def drop(self) -> None:
        """Give the work up."""
        self._thread = None
