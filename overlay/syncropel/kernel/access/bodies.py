"""Reading the bodies of the access family: each member by one rule, each refusal names its place.

Members that no rule knows are refused: a mistyped `expires_at` must not become a token that never ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from ...errors import UsageError
from ...rules import limits
from ...rules.scopes import check_namespace, check_scopes
from ...rules.tokens import DEFAULT_ENV, is_account_id, is_env, is_token_id
from ..refusals import Refusal

T = TypeVar("T")
MAX_TIME = 2**53 - 1


class Body:
    """The members of a decoded JSON object.

    Args:
        value: The value.
        known: The members it may have.
        path: The object's JSON path.

    Raises:
        Refusal: `INVALID_ACCESS`, when it is no object or has a member that is not known. So does every
            method here; the message begins with the JSON path.
    """

    def __init__(self, value: Any, known: Collection[str], path: str = "$") -> None:
        if not isinstance(value, Mapping):
            raise wrong(path, "must be an object")
        for name in value:
            if name not in known:
                raise wrong(f"{path}.{name[:80]}", f"is not known; there are {', '.join(sorted(known))}")
        self._value = value
        self._path = path

    def has(self, name: str) -> bool:
        """Tell whether a member is there; null is a value like any other, and mostly a wrong one."""
        return name in self._value

    def part(self, name: str, known: Collection[str]) -> Body:
        """Return a member that is an object itself."""
        return Body(self._value.get(name), known, f"{self._path}.{name}")

    def name(self, name: str) -> str:
        """Return a name for people."""
        text = self._value.get(name)
        if not isinstance(text, str) or not text.strip():
            raise self.wrong(name, "must be a string that is not blank")
        return self._text(name, text)

    def account_id(self, name: str) -> str:
        """Return the id of a service account."""
        return self._formed(name, is_account_id, "must be 'sa_' and 16 of a-z and 0-9")

    def token_id(self, name: str) -> str:
        """Return the id of a token."""
        return self._formed(name, is_token_id, "must be 64 lower-case hexadecimal digits")

    def env_tag(self, name: str) -> str:
        """Return the environment of a token, the usual one when the member is absent."""
        if not self.has(name):
            return DEFAULT_ENV
        return self._formed(name, is_env, "must be 1 to 16 of a-z and 0-9")

    def scopes(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return a list of scopes."""
        if not self.has(name):
            return default
        return self._judged(check_scopes, name)

    def namespace(self, name: str, default: str | None = None) -> str:
        """Return a namespace."""
        if default is not None and not self.has(name):
            return default
        return self._judged(check_namespace, name)

    def actors(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of DIDs, each of which may end in `*`."""
        if not self.has(name):
            return default
        actors = self._value[name]
        if not isinstance(actors, list) or len(actors) > limits.MAX_ALLOWED_ACTORS:
            raise self.wrong(name, f"must be a list of at most {limits.MAX_ALLOWED_ACTORS} DIDs")
        for index, actor in enumerate(actors):
            place = f"{name}[{index}]"
            if not isinstance(actor, str) or not actor or "*" in actor[:-1]:
                raise self.wrong(place, "must be a DID, or the beginning of DIDs and a final '*'")
            self._text(place, actor)
        return tuple(dict.fromkeys(actors))

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean."""
        value = self._value.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def time(self, name: str, minimum: int = 0) -> int | None:
        """Return whole seconds, None when the member is absent or null."""
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= MAX_TIME:
            raise self.wrong(name, f"must be whole seconds, {minimum} or more")
        return value

    def end(self, now: float) -> int | None:
        """Return when a token ends by `expires_at` or `ttl_seconds`, None for never."""
        ends, lasts = self.time("expires_at"), self.time("ttl_seconds", 1)
        if lasts is not None:
            if ends is not None:
                raise self.wrong("ttl_seconds", "says what expires_at says otherwise; give one of them")
            return min(int(now) + lasts, MAX_TIME)
        if ends is not None and ends <= now:
            raise self.wrong("expires_at", "lies in the past; a token ends in the future or never")
        return ends

    def wrong(self, name: str, reason: str) -> Refusal:
        """Return the refusal of a member."""
        return wrong(f"{self._path}.{name}", reason)

    def _formed(self, name: str, fits: Callable[[str], bool], rule: str) -> str:
        text = self._value.get(name)
        if not isinstance(text, str) or not fits(text):
            raise self.wrong(name, rule)
        return text

    def _judged(self, check: Callable[[Any, str], T], name: str) -> T:
        try:
            return check(self._value.get(name), f"{self._path}.{name}")
        except UsageError as error:
            raise Refusal("INVALID_ACCESS", str(error)) from None

    def _text(self, name: str, text: str) -> str:
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            raise self.wrong(name, "holds a lone surrogate, which UTF-8 cannot carry") from None
        if size > limits.MAX_TEXT_BYTES:
            raise self.wrong(name, f"is longer than {limits.MAX_TEXT_BYTES} bytes")
        return text


def wrong(path: str, reason: str) -> Refusal:
    """Return the refusal of a body."""
    return Refusal("INVALID_ACCESS", f"{path}: {reason}")
