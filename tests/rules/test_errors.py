"""The error tree: what its docstring draws is what there is, and all of it can cross processes."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
import re

import pytest

from syncropel import errors
from syncropel.errors import (
    ApiError,
    InvalidRecordType,
    KindError,
    MissingExtraError,
    SyncropelError,
    UsageError,
    ValidationError,
    Violation,
    api_error_class,
)

CLASSES = [
    value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, SyncropelError)
]


def make(cls: type[SyncropelError]) -> SyncropelError:
    """Make one error of a class, with arguments that its constructor takes."""
    if issubclass(cls, ApiError):
        return cls(503, "busy", code="STORE_UNAVAILABLE", request_id="r1", retry_after=1.5, body={"a": 1})
    if issubclass(cls, ValidationError):
        return cls("a.b.c", [Violation("$.x", "is missing", "required")])
    if issubclass(cls, MissingExtraError):
        return cls("the daemon", "daemon")
    return cls("something is wrong")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_errors_survive_pickle_and_copy(cls: type[SyncropelError]) -> None:
    """Each error arrives in another process with its type, message and attributes."""
    error = make(cls)
    error.__dict__["note"] = "kept"
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is cls
        assert str(other) == str(error)
        assert other.__dict__ == error.__dict__


def test_the_tree_is_drawn_as_it_is() -> None:
    """The docstring names every class once, in an order in which parents come first."""
    drawn = re.findall(r"(?:─ |^    )([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(cls.__name__ for cls in CLASSES)
    for cls in CLASSES:
        for base in cls.__bases__:
            if base in CLASSES:
                assert drawn.index(base.__name__) < drawn.index(cls.__name__)


def test_the_builtin_errors_of_the_tree() -> None:
    """What the docstring promises in brackets holds: code that catches built-in errors catches ours."""
    text = errors.__doc__ or ""
    for name, builtin in re.findall(r"─ (\w+) \((\w+)\)", text):
        assert issubclass(getattr(errors, name), getattr(builtins, builtin))
    assert issubclass(KindError, ValueError)
    assert issubclass(InvalidRecordType, (TypeError, ValueError))
    assert issubclass(UsageError, SyncropelError)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (405, "BadRequestError"),
        (409, "ConflictError"),
        (410, "GoneError"),
        (422, "UnprocessableError"),
        (429, "RateLimitError"),
        (500, "ServerError"),
        (507, "ServerError"),
        (599, "ServerError"),
    ],
)
def test_each_status_has_a_class(status: int, name: str) -> None:
    """The class of a refusal follows from its status."""
    assert api_error_class(status).__name__ == name


def test_messages_name_what_helps() -> None:
    """A refusal shows its status, code and request; a missing extra shows what to type."""
    error = make(ApiError)
    assert str(error) == "HTTP 503 STORE_UNAVAILABLE: busy (request r1)"
    assert str(ApiError(400, "no")) == "HTTP 400: no"
    assert (
        str(make(MissingExtraError)) == "the daemon needs the 'daemon' extra: pip install 'syncropel[daemon]'"
    )


def test_violations_are_values() -> None:
    """Two violations of one place with one message are equal and hash alike."""
    one, other = Violation("$", "m", "type"), Violation("$", "m", "type")
    assert one == other
    assert len({one, other, Violation("$", "m", "const")}) == 2
    assert one != "$: m"
    assert repr(one) == "Violation(path='$', message='m', rule='type')"
