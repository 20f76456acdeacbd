"""`spl queue top`: the depths of queues as they change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SynapError
from . import exits, looping
from .queue import queue
from .queue_rows import figures_of, queues_table
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..store import AsyncSynapClient

MARGIN_LINES = 4
_DROPPED = (500, 502, 503, 504)


@verb(
    queue,
    "top",
    examples=[
        "spl queue top",
        "spl queue top jobs mails --interval 5",
        "spl queue top --once",
        "spl queue top --json",
    ],
)
def top(
    session: Session,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[QUEUE]...", help="Only these. Default: all of them.")
    ] = None,
    interval: Annotated[
        float, typer.Option("--interval", "-i", min=0.1, metavar="SECONDS", help="How often to look.")
    ] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Print the figures once, and end.")] = False,
) -> int:
    """Watch what waits in queues, and how much comes in and goes out, until Ctrl-C. The fullest is on top.

    What comes in is published; what goes out is acknowledged. With --once, with --json, and where stdout is
    no terminal, the figures are printed once.
    """
    if once or session.json or not session.console.is_terminal:
        return looping.run(_once(session, names))
    return looping.run(_live(session, names, interval))


async def _once(session: Session, names: Sequence[str] | None) -> int:
    async with session.async_store() as client:
        rows = await figures_of(client, names)
    if session.json:
        session.document({"object": "list", "data": rows})
    elif rows:
        session.show(queues_table(fullest_first(rows)))
    else:
        session.note("there are no queues: spl queue create NAME makes one")
    return exits.OK


async def _live(session: Session, names: Sequence[str] | None, interval: float) -> int:
    from rich.live import Live

    rates = Rates()
    async with session.async_store() as client:
        # Asked before anything is drawn: a daemon that is not there is an error, one that leaves is told.
        rows = await figures_of(client, names)
        with Live(console=session.console, auto_refresh=False, transient=False) as live:
            trouble = ""
            shown: dict[str, tuple[str, str]] = {}
            while True:
                if not trouble:
                    shown = rates.between(rows, time.monotonic())
                live.update(screen(session, client.url, rows, shown, trouble), refresh=True)
                await asyncio.sleep(interval)
                rows, trouble = await _again(client, names, rows)


async def _again(
    client: AsyncSynapClient, names: Sequence[str] | None, before: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """Return the figures, or those before and why there are no newer ones."""
    try:
        return await figures_of(client, names), ""
    except SynapError as error:
        if exits.code_of(error) != exits.UNREACHABLE and error.status_code not in _DROPPED:
            raise
        return before, f"no answer, asking again: {error.message}"


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

    from .tables import counted, printable

    waiting, taken, dead = (sum(row[name] for row in rows) for name in ("depth", "in_flight", "dead"))
    line = f"{url}: {counted(len(rows), 'queue')}, {waiting:,} ready, {taken:,} in flight, {dead:,} dead"
    parts: list[RenderableType] = [Text(line, style="dim", no_wrap=True, overflow="ellipsis")]
    if trouble:
        parts.append(Text(printable(trouble), style="yellow", no_wrap=True, overflow="ellipsis"))
    room = max(1, session.console.height - MARGIN_LINES)
    listed = fullest_first(rows)
    parts.append(queues_table(listed[:room], rates) if rows else Text("there are no queues"))
    if len(listed) > room:
        parts.append(Text(f"and {len(listed) - room:,} more", style="dim"))
    return Group(*parts)
