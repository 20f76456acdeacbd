"""The one tree of exceptions. A leaf: every room may import it, it imports none of them.

::

    SyncropelError                              everything this package raises on purpose
    ├── UsageError (ValueError)                 the caller's mistake, raised before any I/O
    │   ├── UsageTypeError (TypeError)          ... a value of the wrong type
    │   ├── KindError                           `body.kind` or a scope breaks the grammar
    │   ├── InvalidJson                         a text is not strict JSON
    │   ├── InvalidRecord                       a field of a record is missing or wrong
    │   │   └── InvalidRecordType (TypeError)   ... a value of the wrong type
    │   └── ValidationError                     a body breaks the schema of its kind
    ├── ConfigurationError (ValueError)         a client or daemon cannot be built as asked
    ├── MissingExtraError (ImportError)         an optional package is needed and absent
    ├── ApiError                                the server answered, and the answer is a refusal
    │   ├── BadRequestError                     400, and every 4xx without a class of its own
    │   ├── AuthenticationError                 401
    │   ├── PermissionDeniedError               403
    │   ├── NotFoundError                       404
    │   ├── ConflictError                       409
    │   ├── GoneError                           410
    │   ├── UnprocessableError                  422
    │   ├── RateLimitError                      429
    │   └── ServerError                         5xx
    ├── TransportError                          no usable answer arrived
    │   ├── RequestTimeout (TimeoutError)       the time allowed ran out
    │   └── DecodeError                         an answer arrived that cannot be read
    ├── InferError (RuntimeError)               an inference came to no answer
    │   ├── InferFailed                         the query was taken and failed; `code` says how
    │   └── InferNotSent                        the query was refused, or no server was reached
    ├── InferTimeout (TimeoutError)             the time allowed for waiting ran out; the query goes on
    ├── OutboxError (RuntimeError)              the outbox's file cannot be read or written
    ├── SynapError                              a call of `syncropel.store` failed; `status_code` says how
    └── ClosedError (RuntimeError)              the client was closed before the call

Every one of them survives `pickle` and `copy`, so it can cross a process pool.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class SyncropelError(Exception):
    """The root of every exception that this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the message and the attributes, whatever the constructor of the class takes."""
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[SyncropelError], args: tuple[Any, ...], state: dict[str, Any]) -> SyncropelError:
    error = cls.__new__(cls, *args)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class UsageError(SyncropelError, ValueError):
    """The caller's mistake. Raised before any I/O; the message says which argument and how to mend it."""


class UsageTypeError(UsageError, TypeError):
    """The caller passed a value of the wrong type."""


class KindError(UsageError):
    """A record kind or a scope does not follow the grammar `scope.category.entity[.version]`."""


class InvalidJson(UsageError):
    """A text is not strict JSON; the message names the place by line and column or by JSON path."""


class InvalidRecord(UsageError):
    """A field of a record is missing or has a wrong value; the message starts with its JSON path."""


class InvalidRecordType(InvalidRecord, UsageTypeError):
    """A field of a record has a value of the wrong type."""


_LISTED = 20


class ValidationError(UsageError):
    """A record body does not fit the schema of its kind.

    Attributes:
        kind: The kind whose schema was applied.
        violations: Every violation found, in the order of their JSON paths; the message lists the first 20.
    """

    kind: str
    violations: tuple[Violation, ...]

    def __init__(self, kind: str, violations: Sequence[Violation]) -> None:
        self.kind = kind
        self.violations = tuple(violations)
        count = len(self.violations)
        listed = "; ".join(str(violation) for violation in self.violations[:_LISTED])
        if count > _LISTED:
            listed += f"; and {count - _LISTED} more"
        super().__init__(f"the body of {kind!r} has {count} violation{'s' * (count != 1)}: {listed}")


class Violation:
    """One place where a body breaks its schema.

    Attributes:
        path: JSON path of the value, `$` for the body itself (`$.corrects[0]`).
        message: What is wrong with it, for people.
        rule: The schema keyword that failed (`type`, `required`, `minItems`, ...).
    """

    __slots__ = ("message", "path", "rule")

    def __init__(self, path: str, message: str, rule: str) -> None:
        self.path = path
        self.message = message
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    def __repr__(self) -> str:
        return f"Violation(path={self.path!r}, message={self.message!r}, rule={self.rule!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Violation):
            return NotImplemented
        return (self.path, self.message, self.rule) == (other.path, other.message, other.rule)

    def __hash__(self) -> int:
        return hash((self.path, self.message, self.rule))


class ConfigurationError(SyncropelError, ValueError):
    """A client or a daemon cannot be built as asked. Raised at construction, never later."""


class OutboxError(SyncropelError, RuntimeError):
    """The file of an outbox cannot be read or written; the message names it and says why."""


class MissingExtraError(SyncropelError, ImportError):
    """A feature needs an optional package that is not installed; the message is the line to type."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the {extra!r} extra: pip install 'syncropel[{extra}]'")
        self.feature = feature
        self.extra = extra


class ApiError(SyncropelError):
    """The server refused the request.

    Attributes:
        status: HTTP status code.
        code: The server's error code in UPPER_SNAKE, or None when the answer carried none.
        message: The server's message, shortened to 500 characters.
        request_id: The server's id of the request, for its logs; None when absent.
        hint: What the server, or this client, proposes to do about it; None when nobody knows.
        retry_after: Seconds the server asked to wait, or None.
        body: The decoded answer, or None when it was not JSON.
    """

    status: int
    code: str | None
    message: str
    request_id: str | None
    hint: str | None
    retry_after: float | None
    body: Any

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
        body: Any = None,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.hint = hint
        self.retry_after = retry_after
        self.body = body
        label = f"HTTP {status} {code}" if code else f"HTTP {status}"
        trace = f" (request {request_id})" if request_id else ""
        advice = f"; {hint}" if hint else ""
        super().__init__(f"{label}: {message}{trace}{advice}")


class BadRequestError(ApiError):
    """400, or any other 4xx that has no class of its own."""


class AuthenticationError(ApiError):
    """401: no token, or one that is not valid any more."""


class PermissionDeniedError(ApiError):
    """403: the token is valid and does not allow this."""


class NotFoundError(ApiError):
    """404: there is no such record, thread or route."""


class ConflictError(ApiError):
    """409: the request contradicts what the server holds."""


class GoneError(ApiError):
    """410: it existed, and does not any more."""


class UnprocessableError(ApiError):
    """422: well-formed, and outside what the server accepts or can compute."""


class RateLimitError(ApiError):
    """429: too many requests; `retry_after` says how long to wait."""


class ServerError(ApiError):
    """5xx: the server failed; the same request may succeed later."""


_CLASS_OF_STATUS: dict[int, type[ApiError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    422: UnprocessableError,
    429: RateLimitError,
}


def api_error_class(status: int) -> type[ApiError]:
    """Return the exception class that stands for an HTTP status."""
    if status >= 500:
        return ServerError
    return _CLASS_OF_STATUS.get(status, BadRequestError)


class TransportError(SyncropelError):
    """No usable answer arrived: no connection, a broken one, or an endpoint that is no URL."""


class RequestTimeout(TransportError, TimeoutError):
    """The time allowed for the call ran out."""


class DecodeError(TransportError):
    """An answer arrived that is not what the contract promises; the message names the field."""


class SynapError(SyncropelError):
    """A call of `syncropel.store` failed: it was refused, or no usable answer arrived.

    Attributes:
        message: What was wrong, for people.
        status_code: The HTTP status, also of a command that was refused within an answer of 200; None when
            there was no answer.
        code: The server's error code in UPPER_SNAKE; None when there was none.
        request_id: The server's id of the request, for its logs; None when absent.
        hint: What the server, or this client, proposes to do about it; None when nobody knows.
        retry_after: Seconds the server asked to wait, or None.
    """

    message: str
    status_code: int | None
    code: str | None
    request_id: str | None
    hint: str | None
    retry_after: float | None

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.hint = hint
        self.retry_after = retry_after
        beside = [hint.rstrip(".")] if hint else []
        beside += [f"request {request_id}"] if request_id else []
        super().__init__(f"{message} ({'; '.join(beside)})" if beside else message)


class ClosedError(SyncropelError, RuntimeError):
    """The client was closed before this call."""


class InferError(SyncropelError, RuntimeError):
    """An inference came to no answer."""


class InferFailed(InferError):
    """The query was taken, and its `infer.error.v1` record says why there is no answer.

    Attributes:
        code: One of the ten codes of the executor (`quorum_not_met`, `latency_timeout`, ...).
        message: The failure, for people.
        details: What is known about it, by name.
        partial_responses: Ids of the response records that had arrived.
        thread_id: The thread of the query.
        correlation_id: The id of the query's INTEND record.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        details: dict[str, Any] | None = None,
        partial_responses: Sequence[str] = (),
        thread_id: str = "",
        correlation_id: str = "",
    ) -> None:
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.partial_responses = tuple(partial_responses)
        self.thread_id = thread_id
        self.correlation_id = correlation_id
        super().__init__(f"{code}: {message}" if message else code)


class InferNotSent(InferError):
    """The query never reached a server, or the server refused it; `__cause__` has the reason."""


class InferTimeout(SyncropelError, TimeoutError):
    """The time allowed for waiting ran out. The query itself goes on: `infer_result` can pick it up later.

    Attributes:
        thread_id: The thread of the query.
        correlation_id: The id of the query's INTEND record.
    """

    def __init__(self, message: str, *, thread_id: str = "", correlation_id: str = "") -> None:
        super().__init__(message)
        self.thread_id = thread_id
        self.correlation_id = correlation_id
