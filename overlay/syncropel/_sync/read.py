# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Reading records. Reads fail open: an empty value that says why, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from syncropel._sync.core import SyncCore
from syncropel.errors import SyncropelError, UsageError
from syncropel.rules.limits import DEFAULT_PAGE, DEFAULT_SEARCH_HITS, MAX_PAGE
from syncropel.rules.row import Record
from syncropel.transport import operations
from syncropel.transport.convert import checked, query_result, record_page, search_result, single_record
from syncropel.transport.query import (
    Collector,
    check_choice,
    check_clock,
    check_filter,
    check_limit,
    check_text,
    query_filter,
    search_fields,
)
from syncropel.transport.results import Page, QueryResult, SearchResult


class SyncRead(SyncCore):
    """The part of the client that reads records.

    Every read fails open: when the server cannot be reached, refuses or answers nonsense, the method
    returns its empty value, logs the reason and keeps it in `last_error`; pages and results also carry it
    as `error`. Only the caller's mistakes raise. Reads are not retried.
    """

    def query_thread(
        self,
        thread: str,
        limit: int | None = DEFAULT_PAGE,
        since: int | None = None,
        *,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> Page[Record]:
        """Return the records of a thread, in the order they were stored.

        Args:
            thread: The thread.
            limit: How many at most; more than one page is fetched when the server's pages are smaller. 0
                or None asks for one page of the server's own size; `iter_records` gives them all.
            since: Only records whose clock is this or greater.
            cursor: `next_cursor` of an earlier page of the same thread.
            timeout: Seconds for each request. Default: the client's setting.

        Returns:
            A list of records; its `ok` tells "none" from "failed".

        Raises:
            UsageError: The thread is empty, or an argument has the wrong type.
        """
        check_text(thread, "thread")
        check_clock(since, "since")

        def call(page: dict[str, Any]) -> operations.Call:
            return operations.list_thread_records_call(thread, since=since, **page)

        return self._collect("query_thread", call, Collector(check_limit(limit), cursor=cursor), timeout)

    def query(
        self,
        kind: str | None = None,
        actor: str | None = None,
        thread: str | None = None,
        since: int | None = None,
        limit: int | None = DEFAULT_PAGE,
        where: Mapping[str, Any] | None = None,
        *,
        filter: Mapping[str, Any] | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> Page[Record]:
        """Return the records that match, in the order they were stored.

        The server does the choosing, so that `limit` counts matches and nothing is lost behind it.

        Args:
            kind: `body.kind`, exactly.
            actor: The actor's DID.
            thread: The thread.
            since: Only records whose clock is this or greater.
            limit: How many at most, as for `query_thread`.
            where: Equalities on dotted paths (`{"body.status.code": 3}`); a path that is not there equals
                None, and arrays are not crossed.
            filter: A condition in the language of `rich_query`, which must hold as well.
            cursor: `next_cursor` of an earlier page of the same query.
            timeout: Seconds for each request. Default: the client's setting.

        Returns:
            A list of records; its `ok` tells "none" from "failed".

        Raises:
            UsageError: None of kind, actor, thread and filter is given, or an argument has the wrong type.
        """
        collector = Collector(check_limit(limit), where, cursor)
        return self._query(collector, kind, actor, thread, since, filter, timeout)

    def rich_query(
        self,
        filter: Mapping[str, Any],
        thread: str | None = None,
        sort: Mapping[str, int] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        explain: bool = False,
        *,
        cursor: str | None = None,
        select: Sequence[str] | None = None,
        group_by: Sequence[str] | None = None,
        aggregates: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> QueryResult:
        """Run one query in the filter language: one request, one page.

        Args:
            filter: The condition, such as `{"act": "KNOW", "body.score": {"$gte": 3}}`; `{}` for every
                record.
            thread: Only records of this thread.
            sort: One field and 1 (ascending) or -1 (descending).
            limit: Rows of the page. Default: the server's, 100.
            offset: Rows to skip.
            explain: Ask for `plan`: which fields an index served.
            cursor: `next_cursor` of the page before.
            select: The fields each row is to hold. Default: all of them.
            group_by: Fields to group by; the answer then holds `groups` in place of records.
            aggregates: What to compute of each group.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            `{"records": [...]}` and, as the server gave them, `plan`, `groups`, `capped`, `matched_total` and
            `next_cursor`, by key and by attribute. Its `ok` tells "none" from "failed".

        Raises:
            UsageError: The filter is None or no object.
        """
        call = operations.query_records_call(
            filter=dict(check_filter(filter)),
            thread=thread,
            sort=None if sort is None else dict(sort),
            limit=limit,
            offset=offset,
            explain=explain or None,
            cursor=cursor,
            select=None if select is None else list(select),
            group_by=None if group_by is None else list(group_by),
            aggregates=None if aggregates is None else dict(aggregates),
        )
        try:
            return self._read_well(query_result(self._request(call, timeout)))
        except SyncropelError as error:
            return QueryResult({"records": []}, error=self._read_failed("rich_query", error))

    def search(
        self,
        query: str,
        k: int = DEFAULT_SEARCH_HITS,
        thread: str | None = None,
        actor: str | None = None,
        kind: str | None = None,
        after_clock: int | None = None,
        *,
        timeout: float | None = None,
    ) -> SearchResult:
        """Search records by meaning.

        Args:
            query: The text to look for.
            k: How many hits at most, 1 to 100. The other arguments filter those hits, so fewer may come back.
            thread: Only records of this thread.
            actor: Only records of this actor.
            kind: Only records of this kind.
            after_clock: Only records with a greater clock.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            `{"embedder", "k", "hits"}`; with `disabled` true when the server has no embedder.

        Raises:
            UsageError: The query is blank.
        """
        fields = search_fields(query, k=k, thread=thread, actor=actor, kind=kind, after_clock=after_clock)
        try:
            answer = self._request(operations.search_records_call(**fields), timeout)
            return self._read_well(search_result(answer, k))
        except SyncropelError as error:
            disabled = {"disabled": True} if getattr(error, "status", None) == 503 else {}
            empty: dict[str, Any] = {"embedder": None, "k": k, "hits": [], **disabled}
            return SearchResult(empty, error=self._read_failed("search", error))

    def record(self, record_id: str, *, timeout: float | None = None) -> Record | None:
        """Return one record by its id.

        Args:
            record_id: The content id, 64 hex digits.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The record; None when the server has none (`last_error` is then a `NotFoundError`) and when it
            could not be asked (`last_error` says why).

        Raises:
            UsageError: The id is empty.
        """
        check_text(record_id, "record_id")
        try:
            answer = self._request(operations.get_record_call(record_id), timeout)
            return self._read_well(single_record(answer))
        except SyncropelError as error:
            self._read_failed("record", error)
            return None

    def iter_records(
        self,
        thread: str | None = None,
        *,
        kind: str | None = None,
        actor: str | None = None,
        since: int | None = None,
        where: Mapping[str, Any] | None = None,
        filter: Mapping[str, Any] | None = None,
        page_size: int = MAX_PAGE,
        timeout: float | None = None,
    ) -> Iterator[Record]:
        """Go through every record that matches, however many there are.

        An iterator that ended early without a word would pass for a complete one, so this read raises.

        Args:
            thread: As for `query`; at least one of thread, kind, actor, since and filter is needed.
            kind: As for `query`.
            actor: As for `query`.
            since: As for `query`.
            where: As for `query`.
            filter: As for `query`.
            page_size: Records per request.
            timeout: Seconds for each request. Default: the client's setting.

        Yields:
            The records in the order they were stored.

        Raises:
            ApiError: The server refused a page.
            TransportError: A page did not arrive, or could not be read.
            UsageError: As for `query`.
        """
        cursor: str | None = None
        size = check_limit(page_size)
        while True:
            collector = Collector(None, where, cursor, size)
            page = self._query(collector, kind, actor, thread, since, filter, timeout)
            for record in page:
                yield record
            if page.error is not None:
                raise page.error
            cursor = page.next_cursor
            if cursor is None:
                return

    def _query(
        self,
        collector: Collector,
        kind: str | None,
        actor: str | None,
        thread: str | None,
        since: int | None,
        filter: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> Page[Record]:
        check_choice(kind, actor, thread, since, collector.where, filter)

        def call(page: dict[str, Any]) -> operations.Call:
            if kind is None and not collector.where and not filter:
                return operations.list_records_call(thread=thread, actor=actor, since=since, **page)
            condition = query_filter(
                kind=kind, actor=actor, since=since, where=collector.where, filter=filter
            )
            return operations.query_records_call(filter=condition, thread=thread, **page)

        return self._collect("query", call, collector, timeout)

    def _collect(
        self,
        what: str,
        call: Callable[[dict[str, Any]], operations.Call],
        collector: Collector,
        timeout: float | None,
    ) -> Page[Record]:
        self._last_error = None
        while collector.wants_more:
            try:
                answer = self._request(call(collector.parameters()), timeout)
                collector.take(record_page(checked(answer)))
            except UsageError:
                raise
            except SyncropelError as error:
                collector.fail(self._read_failed(what, error))
        return collector.page()
