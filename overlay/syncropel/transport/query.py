"""How `query(...)` reaches the server, and how pages are stitched together: pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from syncropel.errors import SyncropelError, UsageError, UsageTypeError
from syncropel.rules.limits import MAX_PAGE
from syncropel.rules.row import Record
from syncropel.rules.where import check_where, match_where
from syncropel.transport.results import Page

_FILTER_PATH = re.compile(r"act|actor|clock|data_type|id|thread|body(\.[A-Za-z0-9_-]+)+")


def check_text(value: object, name: str) -> str:
    """Return a non-empty string.

    Raises:
        UsageError: It is empty, or no string.
    """
    if not isinstance(value, str):
        raise UsageTypeError(f"{name} must be a string, not {type(value).__name__}")
    if not value:
        raise UsageError(f"{name} is empty")
    return value


def check_limit(limit: object) -> int | None:
    """Return how many rows are wanted; None (also for 0) leaves the number to the server.

    Raises:
        UsageError: It is negative or no whole number.
    """
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise UsageTypeError(f"limit must be a whole number, not {limit!r}")
    if limit < 0:
        raise UsageError(f"limit must be 0 or more, not {limit}")
    return limit or None


def check_clock(clock: object, name: str) -> int | None:
    """Return a clock, or None.

    Raises:
        UsageError: It is no whole number.
    """
    if clock is not None and (isinstance(clock, bool) or not isinstance(clock, int)):
        raise UsageTypeError(f"{name} is a clock, a whole number, not {clock!r}")
    return clock


def check_choice(
    kind: object,
    actor: object,
    thread: object,
    since: object,
    where: object,
    filter: object,  # noqa: A002
) -> None:
    """Check the arguments that say which records are wanted.

    Raises:
        UsageError: None of kind, actor, thread, since and filter is given, or one has the wrong type.
    """
    for name, value in (("kind", kind), ("actor", actor), ("thread", thread)):
        if value is not None:
            check_text(value, name)
    check_clock(since, "since")
    if where is not None:
        check_where(where)
    if filter is not None:
        check_filter(filter)
    if all(given is None for given in (kind, actor, thread, since)) and not filter:
        raise UsageError("query needs at least one of kind, actor, thread, since and filter")


def check_filter(filter: object) -> Mapping[str, Any]:  # noqa: A002 - the wire's name
    """Return a condition of the filter language.

    Raises:
        UsageError: It is no object.
    """
    if filter is None:
        raise UsageError("filter is missing; {} matches every record")
    if not isinstance(filter, Mapping):
        raise UsageTypeError(f"filter must be a dict, not {type(filter).__name__}")
    return filter


def search_fields(query: object, **fields: Any) -> dict[str, Any]:
    """Return the fields of a semantic search.

    Raises:
        UsageError: The query is blank, or an argument has the wrong type.
    """
    check_clock(fields["after_clock"], "after_clock")
    if check_limit(fields["k"]) is None:
        raise UsageError("k must be 1 or more")
    if not check_text(query, "query").strip():
        raise UsageError("query is blank")
    return {"query": query, **fields}


def query_filter(
    *,
    kind: str | None,
    actor: str | None,
    since: int | None,
    where: Mapping[str, Any] | None,
    filter: Mapping[str, Any] | None,  # noqa: A002 - the wire's name
) -> dict[str, Any]:
    """Return the filter that lets the server choose, so that no match is lost behind a limit.

    Of `where` only what means the same there is sent: strings, numbers and booleans. A row may still fail
    `where` afterwards (a path that crosses an array matches on the server), so it is applied to the rows
    again.
    """
    conditions: dict[str, Any] = {}
    if kind is not None:
        conditions["body.kind"] = kind
    if actor is not None:
        conditions["actor"] = actor
    if since is not None:
        conditions["clock"] = {"$gte": since}
    parts: list[Mapping[str, Any]] = [conditions] if conditions else []
    parts += [{path: value} for path, value in (where or {}).items() if _means_the_same(path, value)]
    parts += [filter] if filter else []
    if len(parts) > 1:
        return {"$and": [dict(part) for part in parts]}
    return dict(parts[0]) if parts else {}


def _means_the_same(path: str, value: object) -> bool:
    return _FILTER_PATH.fullmatch(path) is not None and isinstance(value, (str, int, float, bool))


class Collector:
    """Gathers records over pages until enough are there, the server has no more, or a page fails.

    Args:
        limit: How many records are wanted; None takes one page.
        where: Equalities that every record must meet.
        cursor: Where the next page begins.
        page_size: Rows of a page when there is no limit; None leaves it to the server.
    """

    def __init__(
        self,
        limit: int | None,
        where: Mapping[str, Any] | None = None,
        cursor: str | None = None,
        page_size: int | None = None,
    ) -> None:
        self.limit = limit
        self.where = where
        self.cursor = cursor
        self.page_size = page_size
        self._records: list[Record] = []
        self._error: SyncropelError | None = None
        self._done = False

    @property
    def wants_more(self) -> bool:
        """Whether another page is to be asked for."""
        return not self._done

    def parameters(self) -> dict[str, Any]:
        """Return `limit` and `cursor` of the next request."""
        size = self.page_size
        if self.limit is not None:
            # Never more than are missing: a row past the limit would be lost to who goes on from the cursor.
            size = min(self.limit - len(self._records), MAX_PAGE)
        return {"limit": size, "cursor": self.cursor}

    def take(self, page: Page[Record]) -> None:
        """Add a page."""
        rows: Sequence[Record] = page
        if self.where:
            rows = [row for row in page if match_where(row, self.where)]
        self._records += rows
        self.cursor = page.next_cursor
        full = self.limit is None or len(self._records) >= self.limit
        self._done = full or self.cursor is None or not page

    def fail(self, error: SyncropelError) -> None:
        """Note that a page could not be read; what was gathered stays."""
        self._error = error
        self._done = True

    def page(self) -> Page[Record]:
        """Return what was gathered."""
        return Page(self._records[: self.limit], error=self._error, next_cursor=self.cursor)
