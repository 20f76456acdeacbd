# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Reading threads and the server itself. These reads fail open as those of records do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncropel._sync.core import SyncCore
from syncropel.errors import SyncropelError
from syncropel.rules.limits import DEFAULT_PAGE, MAX_PAGE
from syncropel.transport import operations
from syncropel.transport.convert import checked_object, parsed
from syncropel.transport.query import check_limit, check_text
from syncropel.transport.results import HealthResult, Page

if TYPE_CHECKING:
    from syncropel_generated.models.participant import Participant
    from syncropel_generated.models.thread_state import ThreadState
    from syncropel_generated.models.thread_summary import ThreadSummary


class SyncThreads(SyncCore):
    """The part of the client that reads threads and the server's health."""

    def threads(
        self, limit: int | None = DEFAULT_PAGE, cursor: str | None = None, *, timeout: float | None = None
    ) -> Page[ThreadSummary]:
        """Return one page of thread summaries; `iter_threads` gives them all.

        Args:
            limit: How many at most.
            cursor: `next_cursor` of the page before.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            A list of summaries; its `ok` tells "none" from "failed".

        Raises:
            UsageError: The limit is negative or no whole number.
        """
        call = operations.list_threads_call(limit=check_limit(limit), cursor=cursor)
        try:
            from syncropel_generated.models.thread_list import ThreadList

            listed = parsed(operations.parse_threads, self._request(call, timeout), ThreadList)
            return self._read_well(Page(listed.data, next_cursor=listed.next_cursor or None))
        except SyncropelError as error:
            return Page(error=self._read_failed("threads", error))

    def iter_threads(
        self, *, page_size: int = MAX_PAGE, timeout: float | None = None
    ) -> Iterator[ThreadSummary]:
        """Go through every thread.

        Args:
            page_size: Threads per request.
            timeout: Seconds for each request. Default: the client's setting.

        Yields:
            Summaries of the threads.

        Raises:
            ApiError: The server refused a page.
            TransportError: A page did not arrive, or could not be read.
        """
        cursor: str | None = None
        while True:
            page = self.threads(page_size, cursor, timeout=timeout)
            if page.error is not None:
                raise page.error
            for summary in page:
                yield summary
            cursor = page.next_cursor
            if cursor is None:
                return

    def thread_state(self, thread: str, *, timeout: float | None = None) -> ThreadState | None:
        """Return what folding a thread's records says: its status, counts, clocks and participants.

        Args:
            thread: The thread.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The state; None when nobody wrote to the thread (`last_error` is then a `NotFoundError`) and
            when the server could not be asked (`last_error` says why).

        Raises:
            UsageError: The thread is empty.
        """
        check_text(thread, "thread")
        try:
            answer = self._request(operations.thread_state_call(thread), timeout)
            from syncropel_generated.models.thread_state import ThreadState

            return self._read_well(parsed(operations.parse_thread_state, answer, ThreadState))
        except SyncropelError as error:
            self._read_failed("thread_state", error)
            return None

    def participants(self, thread: str, *, timeout: float | None = None) -> Page[Participant]:
        """Return who wrote to a thread.

        Args:
            thread: The thread.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            A list of participants, each with its `actor` and `roles`; its `ok` tells "none" from "failed".

        Raises:
            UsageError: The thread is empty.
        """
        check_text(thread, "thread")
        try:
            answer = self._request(operations.participants_call(thread), timeout)
            from syncropel_generated.models.participant_list import ParticipantList

            return self._read_well(Page(parsed(operations.parse_participants, answer, ParticipantList).data))
        except SyncropelError as error:
            return Page(error=self._read_failed("participants", error))

    def health(self, *, timeout: float | None = None) -> HealthResult:
        """Ask whether the server is well.

        Args:
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            What the server says, `status` being `ok`; empty when it could not be asked.
        """
        try:
            answer = self._request(operations.health_call(), timeout)
            return self._read_well(HealthResult(checked_object(answer)))
        except SyncropelError as error:
            return HealthResult(error=self._read_failed("health", error))
