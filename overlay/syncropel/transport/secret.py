"""A secret that a server told once, kept out of every text that is not asked for it."""

from __future__ import annotations

import hmac
from typing import NoReturn

from syncropel.errors import UsageTypeError
from syncropel.rules.token_shapes import REDACTED


class Secret:
    """A token in plain text. `repr`, `str` and formatting show asterisks; `value` is the text.

    Attributes:
        value: The text itself.
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", value)

    @property
    def value(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({REDACTED!r})"

    def __str__(self) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Secret is frozen: {name!r} cannot be set")

    def __reduce__(self) -> NoReturn:
        raise UsageTypeError("a Secret is not pickled, because a pickle shows it; pass its `value` on")
