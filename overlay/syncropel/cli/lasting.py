"""What verbs that go on for long say on stderr: a connection that was lost, and that there is one again."""

from __future__ import annotations

import logging
import time
from types import TracebackType

from .session import complain

REPEATED_SECONDS = 10.0
"""How long a message that is like the one before is left out."""

_MODULES = frozenset(("follow", "topics", "worker", "hold"))


class Told(logging.Handler):
    """While it is entered, people read what the client logs about its connections.

    Attributes:
        lost: Whether something failed since `again` was called last.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lost = False
        self._last: tuple[str, float] = ("", 0.0)
        self._logger = logging.getLogger("syncropel")
        self._level = self._logger.level

    def __enter__(self) -> Told:
        self._level = self._logger.level
        self._logger.addHandler(self)
        self._logger.setLevel(logging.INFO)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._logger.setLevel(self._level)
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it, unless it was told just now."""
        if record.module not in _MODULES:
            return
        self.lost = True
        now, (text, then) = time.monotonic(), self._last
        if record.msg != text or now - then >= REPEATED_SECONDS:
            self._last = (record.msg, now)
            complain(" ".join(record.getMessage().split()))

    def again(self, text: str) -> None:
        """Say that it works again, when it did not."""
        if self.lost:
            self.lost = False
            self._last = ("", 0.0)
            complain(text)
