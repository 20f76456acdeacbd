"""Pages of records: bounded in rows and in text, and never fetched whole before they are measured."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..rules import limits
from .rows import COLUMNS, record_row, record_rows
from .store.base import Params, Transaction

Rows = list[dict[str, Any]]
# As many rows as fit into a page whatever their bodies are.
_CHUNK = limits.MAX_PAGE_BYTES // limits.MAX_BODY_BYTES
_BODY, _PARENTS = 4, 7
# A watcher's page is held in memory as rows and as frames at once, for every place that is watched.
WATCH_PAGE_BYTES = 256 * 1024


class Room:
    """What a page can still take: so many rows, and `MAX_PAGE_BYTES` of stored text.

    Attributes:
        rows: Rows that still fit.
        size: Bytes that still fit.
        refused: Whether a row was turned away: the page ended before its question did.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.size = limits.MAX_PAGE_BYTES
        self.refused = False

    def takes(self, values: tuple[Any, ...]) -> bool:
        """Tell whether one more row of `COLUMNS` fits, and count it."""
        size = text_size(values[_BODY]) + text_size(values[_PARENTS])
        if self.rows < 1 or size > self.size:
            self.refused = True
            return False
        self.rows -= 1
        self.size -= size
        return True


def read_page(transaction: Transaction, sql: str, params: Params, limit: int) -> tuple[Rows, bool]:
    """Read the rows of a statement of `COLUMNS` until a page is full.

    Args:
        transaction: Where to read.
        sql: The statement; it must give one row more than `limit` when there is one, and must not sort whole
            rows, or everything is fetched before the first is seen.
        params: Its values.
        limit: Most rows.

    Returns:
        The rows, and whether there are more of them.
    """
    room = Room(limit)
    rows = transaction.take(sql, params, room.takes)
    return [record_row(values) for values in rows], room.refused


def read_in_order(transaction: Transaction, sequences: Sequence[int], limit: int) -> tuple[Rows, bool]:
    """Read records in a given order until a page is full; as `read_page`."""
    room = Room(limit)
    data: Rows = []
    for start in range(0, len(sequences), _CHUNK):
        chunk = sequences[start : start + _CHUNK]
        marks = ", ".join("?" * len(chunk))
        rows = transaction.execute(f"SELECT {COLUMNS} FROM records r WHERE r.sequence IN ({marks})", chunk)
        found = {values[0]: values for values in rows}
        for sequence in chunk:
            if not room.takes(found[sequence]):
                return data, True
            data.append(record_row(found[sequence]))
    return data, False


def read_until(transaction: Transaction, sql: str, params: Params, size: int = WATCH_PAGE_BYTES) -> Rows:
    """Read the rows of a statement of `COLUMNS` until they hold `size` bytes of stored text.

    The row that reaches the size is the last one, so that one large row is a page: whoever got less than
    `size` got them all.
    """
    held = 0

    def wanted(values: tuple[Any, ...]) -> bool:
        nonlocal held
        if held >= size:
            return False
        held += text_size(values[_BODY]) + text_size(values[_PARENTS])
        return True

    return record_rows(transaction.take(sql, params, wanted))


def text_size(text: str) -> int:
    """Return how many bytes a text has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
