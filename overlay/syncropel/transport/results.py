"""What calls return: results that work by attribute and by key, and pages that can say they failed."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

if TYPE_CHECKING:
    from syncropel.errors import SyncropelError
    from syncropel.rules.row import Record

T = TypeVar("T")


class EmitResult:
    """The outcome of an emit. Delivery trouble is told here, never raised.

    Frozen, readable by attribute and by key (`result.success`, `result["success"]`), and picklable.

    Attributes:
        success: The server acknowledged the record (any 2xx).
        record_id: The id the server gave; None on failure and when a 2xx carried no JSON object.
        clock: The clock the server stored; None on failure and when the answer did not hold it.
        error: None on success, else `HTTP <status>: <first 200 characters>` or `<ExceptionClass>: <text>`.
            Never holds the token.
        retried: Attempts after the first one.
        kind: `body.kind` of the record.
        act: Its act.
        thread: Its thread.
        status: HTTP status of the last answer; None when none arrived.
        code: The server's error code, such as `INGEST_FAILED`; None on success or when there was none.
        request_id: The id of the request in the server's logs.
        expected_id: The record's content id, known before sending, so that a failed emit can be looked up.
        hint: What to do about a refusal, when the server or this client knows.
        queued: The record is in the outbox and is delivered later. `record_id` is its content id, `success`
            is False until then, and `error` says why it was not delivered at once (None: it was not tried).
    """

    __match_args__ = (
        "success",
        "record_id",
        "clock",
        "error",
        "retried",
        "kind",
        "act",
        "thread",
        "status",
        "code",
        "request_id",
        "expected_id",
        "hint",
        "queued",
    )

    success: bool
    record_id: str | None
    clock: int | None
    error: str | None
    retried: int
    kind: str
    act: str
    thread: str
    status: int | None
    code: str | None
    request_id: str | None
    expected_id: str | None
    hint: str | None
    queued: bool

    def __init__(
        self,
        success: bool,
        record_id: str | None,
        clock: int | None,
        error: str | None,
        retried: int = 0,
        kind: str = "",
        act: str = "",
        thread: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        expected_id: str | None = None,
        hint: str | None = None,
        queued: bool = False,
    ) -> None:
        # Every emit makes one of these: the quickest way past `__setattr__`.
        values = self.__dict__
        values["success"] = success
        values["record_id"] = record_id
        values["clock"] = clock
        values["error"] = error
        values["retried"] = retried
        values["kind"] = kind
        values["act"] = act
        values["thread"] = thread
        values["status"] = status
        values["code"] = code
        values["request_id"] = request_id
        values["expected_id"] = expected_id
        values["hint"] = hint
        values["queued"] = queued

    @property
    def thread_id(self) -> str:
        """The same as `thread`."""
        return self.thread

    @property
    def created(self) -> bool | None:
        """True when the record is new (201), False when the server held it already (200), None on failure.

        The published daemons answer 200 to a new record too; with them False says only "acknowledged".
        """
        return self.status == 201 if self.success else None

    def __bool__(self) -> bool:
        return self.success

    def __getitem__(self, key: str) -> Any:
        if key not in _EMIT_FIELDS:
            raise KeyError(key)
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in _EMIT_FIELDS

    def get(self, key: str, default: Any = None) -> Any:
        """Return a field by name, or `default` when there is no such field."""
        return getattr(self, key) if key in _EMIT_FIELDS else default

    def keys(self) -> tuple[str, ...]:
        """Return the names of the fields, so that `dict(result)` works."""
        return _EMIT_FIELDS

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an EmitResult is frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an EmitResult is frozen: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EmitResult) and type(other) is type(self):
            return dict(self) == dict(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self[name] for name in _EMIT_FIELDS))

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={self[name]!r}' for name in _EMIT_FIELDS)})"


_EMIT_FIELDS = EmitResult.__match_args__


class Page(list[T], Generic[T]):
    """A list of what was read, which also says whether the reading worked.

    An empty page with `ok` true means the server holds nothing that matches; with `ok` false nothing is known
    and `error` says why.

    Attributes:
        error: Why the reading failed or stopped early; None when it did not.
        next_cursor: Where the next page begins; None when there is none.
    """

    def __init__(
        self,
        items: Iterable[T] = (),
        *,
        error: SyncropelError | None = None,
        next_cursor: str | None = None,
    ) -> None:
        super().__init__(items)
        self.error = error
        self.next_cursor = next_cursor

    @property
    def ok(self) -> bool:
        """Whether the server answered and the answer could be read."""
        return self.error is None

    def __reduce__(self) -> tuple[Any, ...]:
        return _page, (list(self), self.error, self.next_cursor)


def _page(items: list[Any], error: SyncropelError | None, next_cursor: str | None) -> Page[Any]:
    return Page(items, error=error, next_cursor=next_cursor)


class _Answer(dict[str, Any]):
    """A dictionary read from the server, which also says whether the reading worked."""

    def __init__(self, *args: Any, error: SyncropelError | None = None) -> None:
        super().__init__(*args)
        self.error = error

    @property
    def ok(self) -> bool:
        """Whether the server answered and the answer could be read."""
        return self.error is None

    def __reduce__(self) -> tuple[Any, ...]:
        return _answer, (type(self), dict(self), self.error)


def _answer(cls: type[_Answer], items: dict[str, Any], error: SyncropelError | None) -> _Answer:
    return cls(items, error=error)


class HealthResult(_Answer):
    """What `/health` said, a dictionary; empty and not `ok` when nobody answered."""


class QueryResult(_Answer):
    """The answer of a rich query: `{"records": [...]}`, with `plan` or `groups` when they were asked for.

    Iterating gives the keys, as with any dictionary; the rows are in `records`.
    """

    @property
    def records(self) -> list[Record]:
        """The rows, in the order asked for; empty for an aggregation."""
        return self.get("records", [])  # type: ignore[no-any-return]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The groups of an aggregation, each `{"key": {...}, "aggregates": {...}}`; else empty."""
        return self.get("groups", [])  # type: ignore[no-any-return]

    @property
    def plan(self) -> dict[str, Any] | None:
        """How the server answered, when `explain` was asked for or records were aggregated."""
        return self.get("plan")

    @property
    def capped(self) -> bool:
        """True when more rows match than this page holds."""
        return bool(self.get("capped", False))

    @property
    def matched_total(self) -> int | None:
        """How many rows match in all, when the server counted them."""
        return self.get("matched_total")

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins; None when there is none."""
        return self.get("next_cursor")


class SearchResult(_Answer):
    """The answer of a semantic search: `{"embedder", "k", "hits"}`, with `disabled` where nothing embeds."""

    @property
    def hits(self) -> list[Record]:
        """The records found, best first; each carries its `score`."""
        return self.get("hits", [])  # type: ignore[no-any-return]

    @property
    def embedder(self) -> str | None:
        """The embedder that served the search, as `provider:model`."""
        return self.get("embedder")

    @property
    def k(self) -> int:
        """How many hits were asked for."""
        return int(self.get("k", 0))

    @property
    def disabled(self) -> bool:
        """True when the server has no embedder, so that nothing can be found."""
        return bool(self.get("disabled", False))


class Closing:
    """What `close()` returns: the closing is done or under way already; awaiting it is optional.

    Dropping it without awaiting it is no mistake, and warns about nothing.
    """

    __slots__ = ("_pending",)

    def __init__(self, pending: Any = None) -> None:
        self._pending = pending

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until what was still open is closed."""
        if self._pending is not None:
            yield from self._pending.__await__()
