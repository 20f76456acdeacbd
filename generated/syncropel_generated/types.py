# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

"""What the generated modules share: the mark of an absent value, files, responses, and small safe helpers"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from http import HTTPStatus
from typing import IO, BinaryIO, ClassVar, Generic, Literal, TypeVar, Union
from urllib.parse import quote

from attrs import define


class Unset:
    """The type of UNSET, the one value that means "absent". It stays the one value when copied or pickled."""

    _only: ClassVar[Unset | None] = None

    def __new__(cls) -> Unset:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __copy__(self) -> Unset:
        return self

    def __deepcopy__(self, memo: object) -> Unset:
        return self

    def __reduce__(self) -> str:
        return "UNSET"


UNSET: Unset = Unset()

# What httpx accepts in `files=`.
FileContent = Union[IO[bytes], bytes, str]
FileTypes = Union[
    tuple[Union[str, None], FileContent, Union[str, None]],
    tuple[Union[str, None], FileContent, Union[str, None], Mapping[str, str]],
]
RequestFiles = list[tuple[str, FileTypes]]


@define
class File:
    """A file to upload"""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """Return the form that httpx takes for multipart/form-data"""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@define
class Response(Generic[T]):
    """A response from an endpoint. The status is a plain integer when HTTP has no name for it."""

    status_code: HTTPStatus | int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


def safe_status(code: int) -> HTTPStatus | int:
    """Return the named status, or the number itself for one without a name, such as 520"""
    try:
        return HTTPStatus(code)
    except ValueError:
        return code


def path_segment(value: object) -> str:
    """Return the value as one segment of a path; `.` and `..` would otherwise be taken for directions"""
    quoted = quote(str(value), safe="")
    return quoted.replace(".", "%2E") if quoted in {".", ".."} else quoted


__all__ = [
    "UNSET",
    "File",
    "FileTypes",
    "RequestFiles",
    "Response",
    "Unset",
    "path_segment",
    "safe_status",
]
