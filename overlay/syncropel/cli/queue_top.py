"""`spl queue top`: the depths of queues as they change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SynapError
from . import exits, looping, queue_rows
from .queue import queue
from .queue_rows import queues_table
from .queue_view import Rates, fullest_first, screen
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..store import AsyncSynapClient


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
        list[str] | None, typer.Argument(metavar="QUEUE", help="Only these. Default: all of them.")
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
        rows = await queue_rows.figures_of(client, names)
    if session.json:
        session.document({"object": "list", "data": rows})
    elif rows:
        session.show(queues_table(fullest_first(rows), session.console.width))
    else:
        session.note("there are no queues: spl queue create NAME makes one")
    return exits.OK


async def _live(session: Session, names: Sequence[str] | None, interval: float) -> int:
    from rich.live import Live

    rates = Rates()
    async with session.async_store() as client:
        # Asked before anything is drawn: a daemon that is not there is an error, one that leaves is told.
        rows = await queue_rows.figures_of(client, names)
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
    from ..transport.store_wire import is_passing

    try:
        return await queue_rows.figures_of(client, names), ""
    except SynapError as error:
        if not is_passing(error):
            raise
        return before, f"no answer, asking again: {error.message}"
