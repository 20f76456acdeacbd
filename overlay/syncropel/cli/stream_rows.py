"""Events as rows: for machines, in a table, and line by line as they come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .payload import shown

if TYPE_CHECKING:
    from ..store import Event
    from .tables import Fitted

_COLUMNS = ("offset", "when", "event", "data")
_LINE_WIDTHS = {"offset": 8, "at": 8, "event": 20}


def row_of(event: Event) -> dict[str, Any]:
    """Return an event as a JSON object."""
    row = event._asdict()
    return {"stream": row.pop("room"), **row, "metadata": dict(event.metadata)}


def events_table(events: Sequence[Event], now: float | None = None) -> Fitted:
    """Return a table of events; their partitions are shown where there are several."""
    from .tables import age, rows_table

    moment = time.time() if now is None else now
    rows = [
        {
            "offset": str(event.offset),
            "when": age({"created_at": event.timestamp}, moment),
            "event": event.event,
            "partition": str(event.partition),
            "data": shown(event.data),
        }
        for event in events
    ]
    columns = list(_COLUMNS)
    if any(event.partition for event in events):
        columns.insert(3, "partition")
    return rows_table(rows, columns, ["offset", "partition"])


def event_line(event: Event) -> Fitted:
    """Return one event as a line, its columns in the places they have in the next one's line."""
    return line(
        {
            "offset": str(event.offset),
            "at": time.strftime("%H:%M:%S", time.localtime(event.timestamp)),
            "event": event.event,
            "data": shown(event.data),
        },
        _LINE_WIDTHS,
    )


def line(row: dict[str, str], widths: dict[str, int]) -> Fitted:
    """Return a line of a table that never ends; the last column takes what room there is."""
    from .tables import rows_table

    fitted = rows_table([row], list(row), ["offset"])
    table = fitted.table
    table.show_header = False
    table.expand = True
    for column in table.columns:
        column.min_width = column.max_width = widths.get(str(column.header))
        column.ratio = None if str(column.header) in widths else 1
    return fitted
