"""Reading the members of a command's payload, or of the body that says the same: one rule per kind of value.

Members that nobody asks for are passed over, as the published servers of this protocol do.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from ..rules import limits
from .refusals import Refusal

OF_COMMAND = "INVALID_COMMAND"
OF_BODY = "INVALID_FIELD"
OF_QUERY = "INVALID_PARAMETER"
_MISSING: Any = object()


class Arguments:
    """The members of a JSON object.

    Every method takes further names under which its member may stand, in order of preference; null is as
    good as absent where there is a default, and null without one is a wrong value.

    Args:
        members: The decoded value.
        code: The code under which a member is refused that is missing or of the wrong type.

    Raises:
        Refusal: `members` is no object. So does every method here.
    """

    def __init__(self, members: Any, code: str = OF_COMMAND) -> None:
        self._code = code
        # Most are what the reader of JSON made; asking for the protocol takes ten times as long.
        if type(members) is not dict and not isinstance(members, Mapping):
            raise self.wrong("payload must be an object" if code == OF_COMMAND else "body must be an object")
        self._members = members

    def wrong(self, reason: str) -> Refusal:
        """Return the refusal of a member that is missing or of the wrong type."""
        return Refusal(self._code, f"Invalid request: {reason}")

    def within(self, members: Any) -> Arguments:
        """Return the members of an object that is among these."""
        return Arguments(members, self._code)

    def has(self, *names: str) -> bool:
        """Tell whether a member is there, be it null."""
        return any(name in self._members for name in names)

    def value(self, *names: str, default: Any = _MISSING) -> Any:
        """Return any JSON value."""
        for name in names:
            if name in self._members:
                return self._members[name]
        if default is _MISSING:
            raise self.wrong(f"Missing '{names[0]}' field")
        return default

    def text(self, *names: str, default: Any = _MISSING) -> Any:
        """Return a string, or the default, which may be None."""
        found = self.value(*names, default=default)
        if found is None and default is not _MISSING:
            return default
        if found is not default and not isinstance(found, str):
            raise self.wrong(f"'{names[0]}' must be a string")
        return found

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of some strings; the first one when the member is absent."""
        if name not in self._members:
            return choices[0]
        found: str = self.text(name, default=choices[0])
        if found not in choices:
            raise self.wrong(f"'{name}' must be one of {', '.join(choices)}")
        return found

    def name(self, *names: str, default: Any = _MISSING) -> Any:
        """Return the name of a queue, a room, a consumer and so on: checked, or the default.

        Raises:
            Refusal: `INVALID_NAME` beside the others.
        """
        found = self.text(*names, default=default)
        return found if found is default else check_name(found, names[0])

    def key(self, name: str = "key") -> str:
        """Return a key.

        Raises:
            Refusal: `INVALID_KEY` beside the others.
        """
        found: str = self.text(name)
        return check_key(found)

    def keys(self, name: str = "keys") -> list[str]:
        """Return some keys, at most `MAX_KEYS`."""
        found = self.sequence(name, limits.MAX_KEYS)
        for index, each in enumerate(found):
            if not isinstance(each, str):
                raise self.wrong(f"'{name}[{index}]' must be a string")
            check_key(each)
        return found

    def integer(
        self, *names: str, default: Any = _MISSING, least: int | None = None, most: int | None = None
    ) -> Any:
        """Return a whole number within bounds, or the default, which may be None."""
        found = self.value(*names, default=default)
        if found is None and default is not _MISSING:
            return default
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.wrong(f"'{names[0]}' must be an integer")
        if (least is not None and found < least) or (most is not None and found > most):
            raise self.wrong(f"'{names[0]}' must be {_bounds(least, most)}")
        return found

    def number(
        self, name: str, default: Any = _MISSING, *, least: float = 0, most: float, open_end: bool = False
    ) -> Any:
        """Return a number within bounds, or the default, which may be None.

        Args:
            name: The member.
            default: What it is when it is absent or null.
            least: The smallest that is taken.
            most: The largest that is taken.
            open_end: Whether it must be more than `least`.
        """
        found = self.value(name, default=default)
        if found is None and default is not _MISSING:
            return default
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.wrong(f"'{name}' must be a number")
        if not least <= found <= most or (open_end and found == least):
            start = f"more than {least} and at most" if open_end else f"from {least} to"
            raise self.wrong(f"'{name}' must be {start} {most}")
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean."""
        found = self._members.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise self.wrong(f"'{name}' must be true or false")
        return found

    def sequence(self, name: str, most: int) -> list[Any]:
        """Return a list of at most so many values, each whatever it is."""
        found = self.value(name)
        if not isinstance(found, list):
            raise self.wrong(f"'{name}' must be an array")
        if len(found) > most:
            raise self.wrong(f"'{name}' has {len(found)} items; there can be {most}")
        return found

    def part(self, name: str) -> Arguments | None:
        """Return a member that is an object itself; None when it is absent or null."""
        found = self._members.get(name)
        if found is None:
            return None
        if not isinstance(found, Mapping):
            raise self.wrong(f"'{name}' must be an object")
        return self.within(found)

    def texts(self, name: str) -> dict[str, str] | None:
        """Return an object whose every member is a string; None when it is absent or null."""
        found = self._members.get(name)
        if found is None:
            return None
        if not isinstance(found, Mapping) or not all(isinstance(each, str) for each in found.values()):
            raise self.wrong(f"'{name}' must be an object of strings")
        return dict(found)

    def texts_beside(self, name: str, size: int, what: str) -> str | None:
        """Return an object of strings as JSON text, None without any, checked together with a value.

        Args:
            name: The member.
            size: Bytes of the value that it is about.
            what: Both members, for the message.

        Raises:
            Refusal: `VALUE_TOO_LARGE` beside the others.
        """
        found = self.texts(name)
        if not found:
            return None
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        check_both(size, len(text.encode()), what)
        return text

    def payload(self, *names: str) -> bytes:
        """Return bytes: an array of integers from 0 to 255, or a string, read as `encoding` says.

        `encoding` is `text` (the string's UTF-8, the default) or `base64`.

        Raises:
            Refusal: `VALUE_TOO_LARGE` beside the others.
        """
        found = self.value(*names)
        encoding = self.choice("encoding", ("text", "base64"))
        if isinstance(found, str):
            content = self._decoded(names[0], found) if encoding == "base64" else found.encode()
        elif isinstance(found, list):
            content = self._joined(names[0], found)
        else:
            raise self.wrong(f"'{names[0]}' must be an array of integers from 0 to 255, or a string")
        return check_size(content, names[0])

    def base64(self, name: str) -> bytes:
        """Return the bytes that a string in base64 stands for."""
        found: str = self.text(name)
        return self._decoded(name, found)

    def _decoded(self, name: str, text: str) -> bytes:
        try:
            if len(text) % 4:  # before Python 3.11 a lone `=` passes for nothing
                raise ValueError("a group is not whole")
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):  # the second one also for text that is not ASCII
            raise self.wrong(f"'{name}' must be base64") from None

    def _joined(self, name: str, items: list[Any]) -> bytes:
        # `bytes` takes booleans for 0 and 1.
        if not any(isinstance(each, bool) for each in items):
            try:
                return bytes(items)
            except (TypeError, ValueError):
                pass
        raise self.wrong(f"'{name}' must hold integers from 0 to 255 and nothing else")


def check_key(key: str) -> str:
    """Return a key.

    Raises:
        Refusal: `INVALID_KEY`.
    """
    if not key:
        raise Refusal("INVALID_KEY", "Invalid key: it is empty")
    # A character takes four bytes at most: most keys need no encoding to be measured.
    if len(key) * 4 > limits.MAX_KEY_BYTES and len(key.encode()) > limits.MAX_KEY_BYTES:
        raise Refusal("INVALID_KEY", f"Invalid key: it is longer than {limits.MAX_KEY_BYTES} bytes")
    if "\0" in key:
        raise Refusal("INVALID_KEY", "Invalid key: it holds U+0000")
    return key


def check_name(name: str, what: str) -> str:
    """Return a name.

    Args:
        name: It.
        what: The member it stands in, for the message.

    Raises:
        Refusal: `INVALID_NAME`.
    """
    if not name:
        raise Refusal("INVALID_NAME", f"Invalid name: '{what}' is empty")
    if len(name) * 4 > limits.MAX_NAME_BYTES and len(name.encode()) > limits.MAX_NAME_BYTES:
        raise Refusal("INVALID_NAME", f"Invalid name: '{what}' is longer than {limits.MAX_NAME_BYTES} bytes")
    # Whatever prints is no control character, and told sooner.
    if not name.isprintable() and any(each < " " or "\x7f" <= each <= "\x9f" for each in name):
        raise Refusal("INVALID_NAME", f"Invalid name: '{what}' holds a control character")
    return name


def check_size(content: bytes, what: str) -> bytes:
    """Return the bytes of a value.

    Args:
        content: They.
        what: The member they stand in, for the message.

    Raises:
        Refusal: `VALUE_TOO_LARGE`.
    """
    if len(content) > limits.MAX_VALUE_BYTES:
        raise Refusal(
            "VALUE_TOO_LARGE",
            f"Invalid request: '{what}' has {len(content)} bytes; there can be {limits.MAX_VALUE_BYTES}",
        )
    return content


def check_both(size: int, beside: int, what: str) -> None:
    """Refuse a value that is too large together with what is said about it.

    Args:
        size: Its bytes.
        beside: Bytes of the headers or metadata, as JSON.
        what: The members they stand in, for the message.

    Raises:
        Refusal: `VALUE_TOO_LARGE`.
    """
    if size + beside > limits.MAX_VALUE_BYTES:
        raise Refusal(
            "VALUE_TOO_LARGE",
            f"Invalid request: {what} have {size + beside} bytes; there can be {limits.MAX_VALUE_BYTES}",
        )


def _bounds(least: int | None, most: int | None) -> str:
    if least is None:
        return f"{most} or less"
    return f"{least} or more" if most is None else f"from {least} to {most}"
