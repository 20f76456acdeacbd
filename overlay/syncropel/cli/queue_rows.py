"""The figures of all queues, asked for in one request, and their table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import SynapError

if TYPE_CHECKING:
    from ..store import AsyncSynapClient
    from .session import Session
    from .tables import Fitted

Row: TypeAlias = "dict[str, Any]"
"""The figures of a queue, its name under `queue`."""

_COLUMNS = {"ready": "depth", "in flight": "in_flight", "dead": "dead"}
_TOTALS = {"published": "published", "acked": "acked", "consumers": "consumers"}
_PADDING = 2
_NAME_WIDTH = 12
"""What is left for the names of queues at the least."""


async def figures(session: Session) -> list[Row]:
    """Return the figures of every queue, in the order of their names.

    Raises:
        SynapError: The server refused it, or did not answer.
    """
    async with session.async_store() as client:
        return await figures_of(client)


async def figures_of(client: AsyncSynapClient, names: Sequence[str] | None = None) -> list[Row]:
    """Return the figures of queues; of all of them without names.

    Raises:
        SynapError: The server refused it, or did not answer, or a queue that was named is not there.
    """
    asked = sorted(await client.queue.list()) if names is None else list(names)
    # Together they are one request.
    found = await asyncio.gather(*(_one(client, name, named=names is not None) for name in asked))
    return [row for row in found if row is not None]


async def _one(client: AsyncSynapClient, name: str, *, named: bool) -> Row | None:
    try:
        return {"queue": name, **await client.queue.stats(name)}
    except SynapError as error:
        # One that was deleted since it was listed.
        if error.code == "QUEUE_NOT_FOUND" and not named:
            return None
        raise


def queues_table(
    rows: Sequence[Mapping[str, Any]], width: int, rates: Mapping[str, tuple[str, str]] | None = None
) -> Fitted:
    """Return a table of queues; columns on the right are left out where there is no room for them.

    Args:
        rows: Their figures.
        width: Columns of the terminal.
        rates: What comes in and goes out per second, as it is shown, by queue; in place of the totals.
    """
    from .tables import rows_table

    shown = [_cells(row, rates) for row in rows]
    numbers = [name for name in shown[0] if name != "queue"]
    needed = {name: max(len(name), *(len(cells[name]) for cells in shown)) + _PADDING for name in numbers}
    while len(numbers) > len(_COLUMNS) and sum(needed[name] for name in numbers) + _NAME_WIDTH > width:
        numbers.pop()
    return rows_table(shown, ["queue", *numbers], numbers)


def _cells(row: Mapping[str, Any], rates: Mapping[str, tuple[str, str]] | None) -> dict[str, str]:
    cells = {"queue": row["queue"], **{name: _number(row.get(key)) for name, key in _COLUMNS.items()}}
    totals = {name: _number(row.get(key)) for name, key in _TOTALS.items()}
    if rates is None:
        return {**cells, **totals}
    coming, going = rates.get(row["queue"], ("", ""))
    return {**cells, "in/s": coming, "out/s": going, "consumers": totals["consumers"]}


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else "-"
