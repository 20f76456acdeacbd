"""Records, threads and groups as tables that stay readable at 80 columns.

What a record holds was written by others: control characters are shown as escapes, so that no body can move
the cursor, and text is never read as markup.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from .harmless import printable

_STYLES = {
    "INTEND": "magenta",
    "DO": "cyan",
    "KNOW": "green",
    "LEARN": "yellow",
    "GET": "blue",
    "PUT": "blue",
    "CALL": "cyan",
    "MAP": "blue",
}
_TELLING = (
    "subject",
    "title",
    "goal",
    "summary",
    "name",
    "description",
    "message",
    "reason",
    "topic",
    "text",
)
_UNITS = ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_INTERNAL = ("kind", "_v", "_refs")
ID_CHARACTERS = 10
_GAP = 2
_NARROWEST = 4
_COLUMNS: dict[str, tuple[str, int | None]] = {
    "id": ("dim", None),
    "when": ("", None),
    "act": ("", None),
    "kind": ("bold", 22),
    "actor": ("", 12),
    "what": ("", None),
}
_LINE_WIDTHS = {"id": ID_CHARACTERS, "when": 6, "act": 6, "kind": 22, "actor": 12}


class Fitted:
    """A table one column of which gives way when the terminal is too narrow; the others keep their width."""

    def __init__(self, table: Table, giving: int) -> None:
        self.table = table
        self._giving = giving
        table.columns[giving].ratio = 1

    def _narrow(self, width: int) -> None:
        """Shorten kinds and actors where 80 columns are not there: else what a record says has no room."""
        given = {name: widest for name, (_, widest) in _COLUMNS.items() if widest is not None}
        missing = max(0, 80 - width)
        for column in self.table.columns:
            widest = given.get(str(column.header))
            if widest is not None and missing:
                column.max_width = max(6, widest - missing * widest // sum(given.values()))
                column.min_width = column.max_width if column.min_width else None

    def _share(self, console: Console, options: ConsoleOptions, width: int) -> None:
        """Cut the widest of the other texts, so that the column that gives way keeps a third of the room."""
        widths: dict[int, int] = {}
        for place, column in enumerate(self.table.columns):
            cells = [column.header, *column.cells] if self.table.show_header else [*column.cells]
            widest = max((Measurement.get(console, options, each).maximum for each in cells), default=0)
            widths[place] = min(widest, column.max_width or widest)
        room = width - _GAP * len(widths)
        room -= min(widths.pop(self._giving), room // 3)
        for place in [each for each in widths if self.table.columns[each].justify == "right"]:
            room -= widths.pop(place)  # half a number is a wrong one
        most = max(widths.values(), default=0)
        while most > _NARROWEST and sum(min(each, most) for each in widths.values()) > room:
            most -= 1
        for place, each in widths.items():
            if each > most:
                self.table.columns[place].max_width = most

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self._narrow(options.max_width)
        wide = options.update(max_width=10_000)
        wanted = Measurement.get(console, wide, self.table).maximum
        if wanted > options.max_width:
            self._share(console, wide, options.max_width)
        # Ratios count only in a table that fills the width, and a table that fits need not fill it.
        self.table.expand = self.table.expand or wanted > options.max_width
        yield self.table


def records_table(
    rows: Iterable[Mapping[str, Any]], *, omit: Sequence[str] = (), now: float | None = None
) -> Fitted:
    """Return a table of records: id, age, act, kind, actor, and the most telling text of the body.

    Columns named in `omit` are left out: those that are known to be alike in every row.
    """
    table = _table(*((name, style) for name, (style, _) in _COLUMNS.items() if name not in omit))
    for column in table.columns:
        column.max_width = _COLUMNS[str(column.header)][1]
    moment = time.time() if now is None else now
    for row in rows:
        act = str(row.get("act", ""))
        body = row.get("body")
        body = body if isinstance(body, Mapping) else {}
        cells = {
            "id": cell(str(row.get("id", ""))[:ID_CHARACTERS]),
            "when": cell(age(row, moment)),
            "act": cell(act, _STYLES.get(act, "")),
            "kind": cell(body.get("kind", "")),
            "actor": cell(short_actor(str(row.get("actor", "")))),
            "what": cell(telling(body)),
        }
        table.add_row(*(text for name, text in cells.items() if name not in omit))
    return Fitted(table, giving=len(table.columns) - 1)


def record_line(row: Mapping[str, Any], *, now: float | None = None) -> Fitted:
    """Return one record as a line, its columns in the places they have in the next one's line."""
    fitted = records_table([row], now=now)
    table = fitted.table
    table.show_header = False
    table.expand = True
    for column in table.columns:
        column.min_width = column.max_width = _LINE_WIDTHS.get(str(column.header))
    return fitted


def fields_table(row: Mapping[str, Any]) -> Table:
    """Return the fields of one record or document, a line each, its body left out."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in row.items():
        if name not in ("body", "object"):
            table.add_row(cell(name), cell(value if isinstance(value, str) else json.dumps(value)))
    return table


def rows_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], numbers: Sequence[str] = ()
) -> Fitted:
    """Return a table; the columns in `numbers` are flush right, and the widest one gives way if need be."""
    table = _table(*((name.removeprefix("body."), "") for name in columns))
    table.columns[0].style = "bold"
    widest = [0] * len(columns)
    for row in rows:
        cells = [cell(row.get(name, "")) for name in columns]
        widest = [max(width, text.cell_len) for width, text in zip(widest, cells, strict=True)]
        table.add_row(*cells)
    for column, name in zip(table.columns, columns, strict=True):
        if name in numbers:
            column.justify = "right"
    return Fitted(table, giving=widest.index(max(widest)))


def cell(value: Any, style: str = "") -> Text:
    """Return a value as text for a terminal: one line, control characters escaped."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Text(printable(text), style=style)


def age(row: Mapping[str, Any], now: float) -> str:
    """Return how long ago a record was made: by `created_at`, else by a clock in milliseconds."""
    created, clock = row.get("created_at"), row.get("clock")
    if isinstance(created, (int, float)):
        return _ago(now - created)
    if isinstance(clock, int) and now - 86400 * 3650 < clock / 1000 < now + 86400:
        return _ago(now - clock / 1000)
    return f"#{clock}" if clock is not None and len(str(clock)) < 10 else "-"


def short_actor(actor: str) -> str:
    """Return the telling end of a DID: `did:sync:user:alice` is `alice`."""
    return actor.rsplit(":", 1)[-1] if actor.startswith("did:") else actor


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 record`, `1,024 records`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def telling(body: Mapping[str, Any]) -> str:
    """Return the text of a body that says most about it; without one, the body as JSON."""
    for name in _TELLING:
        value = body.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip().split("\n", 1)[0][:200]
    rest = {name: value for name, value in body.items() if name not in _INTERNAL}
    return json.dumps(rest, ensure_ascii=False)[:200] if rest else ""


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim", expand=False)
    for name, style in columns:
        table.add_column(name, style=style, no_wrap=True, overflow="ellipsis")
    return table


def _ago(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"
