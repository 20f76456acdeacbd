"""What processes tell each other beside records: a topic and a few bytes, once, or not at all.

Nothing of it is kept. What must not be lost is in a table, and a signal says no more than where to look.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

ANYTHING = ""
"""The topic of a signal that says no more than that others may be lost: whoever waits had better look."""

MESSAGES = "pub:"
"""How the topics begin whose every signal is delivered; those of any other topic are merged."""

logger = logging.getLogger("syncropel.kernel")


class Signal(NamedTuple):
    """Something that happened.

    Attributes:
        topic: What it is about.
        payload: A message as it is; or, for wake-ups, how many may be woken in decimal digits, empty for all.
    """

    topic: str
    payload: bytes = b""


Heard = Callable[[Sequence[Signal]], None]


class Signals:
    """The functions that hear signals, in the order in which they are told."""

    def __init__(self) -> None:
        self._heard: tuple[Heard, ...] = ()
        self._lock = threading.Lock()

    def add(self, callback: Heard) -> Callable[[], None]:
        """Add a function; returns the one that takes it away, which may be called again."""
        entry: Heard = lambda signals: callback(signals)  # noqa: E731 - one entry per registration
        with self._lock:
            self._heard += (entry,)

        def remove() -> None:
            with self._lock:
                self._heard = tuple(kept for kept in self._heard if kept is not entry)

        return remove

    def tell(self, signals: Sequence[Signal]) -> None:
        """Call every function; what one raises is logged and stops nobody."""
        if not signals:
            return
        for heard in self._heard:
            try:
                heard(signals)
            except Exception:  # it is the shell's code: it must not undo a durable commit
                logger.exception("a signal could not be delivered")


def merged(signals: Sequence[Signal]) -> list[Signal]:
    """Return signals with the wake-ups of each topic as one, in the place of the first."""
    if len(signals) < 2:
        return list(signals)
    places: dict[str, int] = {}
    result: list[Signal] = []
    for signal in signals:
        place = places.get(signal.topic)
        if place is not None:
            result[place] = Signal(signal.topic, _sum(result[place].payload, signal.payload))
            continue
        if not signal.topic.startswith(MESSAGES):
            places[signal.topic] = len(result)
        result.append(signal)
    return result


def _sum(first: bytes, second: bytes) -> bytes:
    return b"%d" % (int(first) + int(second)) if first.isdigit() and second.isdigit() else b""
