"""Statements and values on their way to PostgreSQL and back.

The kernel's statements have `?` places and values of SQLite's few types. Values travel as text of no declared
type, so that each takes the type of its place as a value of SQLite would: the same statement may compare a
number with a column and add it to one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import Connection
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq import Format

# U+0000 is no text to PostgreSQL. The pair of U+0001 that stands for it, and the one that U+0001 itself
# becomes, keep the order by code point.
_NUL, _NUL_KEPT = "\0", "\1\1"
_SOH, _SOH_KEPT = "\1", "\1\2"
_RECORD_INSERT = re.compile(r"INSERT INTO records\s*\(")
_ONE_ROW = re.compile(r"INSERT INTO (\w+)\s*\(([\w,\s]+)\)\s*VALUES \([?, ]+\)(.*)", re.DOTALL)
_INT8_ARRAY, _TEXT_ARRAY, _BYTES_ARRAY = 1016, 1009, 1001
_INT8, _TEXT, _BYTES = 20, 25, 17
_NULL = b"\xff\xff\xff\xff"
# A list that is given as one JSON text.
_EACH = "json_array_elements_text(document(?)) AS each (value)"
# What is inserted by the array, and which of its columns are numbers, or bytes; every other one is text.
_BULK_TABLES = frozenset(("records", "refs", "threads", "participants", "kv"))
_BLOBS = frozenset(("content",))
_NUMBERS = frozenset(
    (
        "sequence",
        "clock",
        "created_at",
        "first_sequence",
        "last_sequence",
        "record_count",
        "last_clock",
        "mixed",
        "expires_at",
    )
)


def kept_text(text: str) -> str:
    """Return a text in the form in which the database keeps it."""
    if _NUL in text or _SOH in text:
        return text.replace(_SOH, _SOH_KEPT).replace(_NUL, _NUL_KEPT)
    return text


def given_text(text: str) -> str:
    """Return the text that is kept in a form; the opposite of `kept_text`."""
    if _SOH in text:
        return text.replace(_NUL_KEPT, _NUL).replace(_SOH_KEPT, _SOH)
    return text


def given_rows(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows with every text as it was given."""
    if not any(_SOH in value for row in rows for value in row if value.__class__ is str):
        return rows
    return [tuple(given_text(value) if isinstance(value, str) else value for value in row) for row in rows]


@lru_cache(maxsize=2048)
def translated(sql: str) -> str:
    """Return a statement with `$1`, `$2`, ... in its `?` places; what is quoted is left alone.

    `json_each(?)`, SQLite's rows of a JSON array, becomes what gives the same `value`.
    """
    parts = sql.replace("json_each(?)", _EACH).split("'")
    number = 0
    for index in range(0, len(parts), 2):
        pieces = parts[index].split("?")
        for place in range(1, len(pieces)):
            number += 1
            pieces[place] = f"${number}{pieces[place]}"
        parts[index] = "".join(pieces)
    return "'".join(parts)


@lru_cache(maxsize=2048)
def changes_only(sql: str) -> bool:
    """Tell whether a statement answers with no rows."""
    return sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE") and " RETURNING " not in sql


@lru_cache(maxsize=64)
def translated_insert(sql: str) -> tuple[str, bool]:
    """Return an INSERT that gives the row's sequence back, and whether the sequence is its last value.

    A record's sequence is given by whoever holds the order of writers; other tables make their own.
    """
    ours = _RECORD_INSERT.search(sql) is not None
    text = translated(sql)
    if ours:
        count = sql.count("?") + 1
        text = _RECORD_INSERT.sub("INSERT INTO records (sequence, ", text, count=1)
        text = re.sub(r"VALUES\s*\(", f"VALUES (${count}, ", text, count=1)
    return f"{text} RETURNING sequence", ours


@lru_cache(maxsize=64)
def bulk_insert(sql: str) -> tuple[str, tuple[str, ...]] | None:
    """Return an INSERT of one row as one of many rows, and its columns; None for other statements.

    The values are one array per column, then what `?` stands for behind the row.
    """
    found = _ONE_ROW.fullmatch(sql)
    if found is None or found[1] not in _BULK_TABLES:
        return None
    columns = tuple(name.strip() for name in found[2].split(","))
    head = array_insert(found[1], columns)
    # The places of the head come first; those behind the row are counted on.
    rest = translated("?" * len(columns) + found[3])
    return head + rest[rest.index(f"${len(columns)}") + len(f"${len(columns)}") :], columns


@lru_cache(maxsize=16)
def array_insert(table: str, columns: tuple[str, ...]) -> str:
    """Return the statement that inserts many rows, given as one array per column; it has no end yet."""
    places = ", ".join(
        f"${number}::{'bigint' if name in _NUMBERS else 'bytea' if name in _BLOBS else 'text'}[]"
        for number, name in enumerate(columns, start=1)
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 - names of this package
        f" SELECT * FROM unnest({places})"
    )


def arrays_of(columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the values of `array_insert`: the rows turned on their side."""
    return [
        _numbers(values) if name in _NUMBERS else _blobs(values) if name in _BLOBS else _texts(values)
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]


class NumberArray(bytes):
    """Numbers, some of them perhaps null, in the binary form of a bigint[]."""


class BytesArray(bytes):
    """Bytes in the binary form of a bytea[]."""


class TextArray(bytes):
    """Texts, some of them perhaps null, in the binary form of a text[]."""


def _numbers(values: Sequence[int | None]) -> NumberArray:
    count = len(values)
    if None in values:
        elements = b"".join([_NULL if value is None else struct.pack("!iq", 8, value) for value in values])
        return NumberArray(struct.pack("!iiiii", 1, 1, _INT8, count, 1) + elements)
    parts: list[Any] = [8] * (2 * count)
    parts[1::2] = values
    return NumberArray(struct.pack("!iiiii" + "iq" * count, 1, 0, _INT8, count, 1, *parts))


def _blobs(values: Sequence[bytes]) -> BytesArray:
    elements = b"".join([len(value).to_bytes(4, "big") + value for value in values])
    return BytesArray(struct.pack("!iiiii", 1, 0, _BYTES, len(values), 1) + elements)


def _texts(values: Sequence[str | None]) -> TextArray:
    count, first = len(values), values[0]
    if values.count(first) == count:
        # Most columns of a batch: its records are alike.
        elements = _element(first) * count
    else:
        elements = b"".join([_element(value) for value in values])
    return TextArray(struct.pack("!iiiii", 1, int(None in values), _TEXT, count, 1) + elements)


def _element(value: str | None) -> bytes:
    if value is None:
        return _NULL
    data = kept_text(value).encode()
    return len(data).to_bytes(4, "big") + data


class _Text(Dumper):
    def dump(self, obj: str) -> Buffer:
        return kept_text(obj).encode()


class _Whole(Dumper):
    def dump(self, obj: int) -> Buffer:
        return b"%d" % obj


class _Decimal(Dumper):
    def dump(self, obj: float) -> Buffer:
        return repr(obj).encode()


class _Numbers(Dumper):
    format, oid = Format.BINARY, _INT8_ARRAY

    def dump(self, obj: NumberArray) -> Buffer:
        return obj


class _Blobs(Dumper):
    format, oid = Format.BINARY, _BYTES_ARRAY

    def dump(self, obj: BytesArray) -> Buffer:
        return obj


class _Texts(Dumper):
    format, oid = Format.BINARY, _TEXT_ARRAY

    def dump(self, obj: TextArray) -> Buffer:
        return obj


class _Exact(Loader):
    """A numeric as an integer where it is one."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def adapt(connection: Connection[Any]) -> None:
    """Have a connection take and give values as the kernel has them."""
    adapters = connection.adapters
    # bool is a kind of int to the database, too: `1` and `0` are taken by both.
    for kind, dumper in ((str, _Text), (int, _Whole), (bool, _Whole), (float, _Decimal)):
        adapters.register_dumper(kind, dumper)
    adapters.register_dumper(NumberArray, _Numbers)
    adapters.register_dumper(TextArray, _Texts)
    adapters.register_dumper(BytesArray, _Blobs)
    adapters.register_loader("numeric", _Exact)
