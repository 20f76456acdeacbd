"""The live view of queues: rates, and what is on the screen at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .queue_rows import queues_table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .session import Session

MARGIN_LINES = 4
"""Lines of a terminal that are for no queue: sums, trouble, heads, and how many more there are."""


class Rates:
    """What came in and went out per second since the figures before."""

    def __init__(self) -> None:
        self._before: dict[str, Mapping[str, Any]] = {}
        self._then = 0.0

    def between(self, rows: Sequence[Mapping[str, Any]], now: float) -> dict[str, tuple[str, str]]:
        """Return the rates of queues, as they are shown; a queue that is new, or was made anew, has none.

        Args:
            rows: The figures.
            now: When they were asked for, in seconds of a clock that only goes forward.
        """
        passed = now - self._then
        found: dict[str, tuple[str, str]] = {}
        for row in rows:
            old = self._before.get(row["queue"])
            if old is None or passed <= 0:
                continue
            came, went = (row[name] - old[name] for name in ("published", "acked"))
            if came >= 0 and went >= 0:
                found[row["queue"]] = (f"{came / passed:,.1f}", f"{went / passed:,.1f}")
        self._before = {row["queue"]: row for row in rows}
        self._then = now
        return found


def fullest_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the figures in the order in which they are shown."""
    return sorted(rows, key=lambda row: (-row["depth"] - row["in_flight"], row["queue"]))


def screen(
    session: Session,
    url: str,
    rows: Sequence[Mapping[str, Any]],
    rates: Mapping[str, tuple[str, str]],
    trouble: str = "",
) -> RenderableType:
    """Return what is shown at one moment: a line of sums, and as many queues as there is room for."""
    from rich.console import Group
    from rich.text import Text

    from .harmless import printable
    from .tables import counted

    waiting, taken, dead = (sum(row[name] for row in rows) for name in ("depth", "in_flight", "dead"))
    line = f"{url}: {counted(len(rows), 'queue')}, {waiting:,} ready, {taken:,} in flight, {dead:,} dead"
    parts: list[RenderableType] = [Text(line, style="dim", no_wrap=True, overflow="ellipsis")]
    if trouble:
        parts.append(Text(printable(trouble), style="yellow", no_wrap=True, overflow="ellipsis"))
    room = max(1, session.console.height - MARGIN_LINES)
    listed = fullest_first(rows)
    parts.append(
        queues_table(listed[:room], session.console.width, rates) if rows else Text("there are no queues")
    )
    if len(listed) > room:
        parts.append(Text(f"and {len(listed) - room:,} more", style="dim"))
    return Group(*parts)
