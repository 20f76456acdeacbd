"""From a value of an expression to plain JSON, within limits."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

from . import limits


class Budget:
    """What a value may still hold; counting stops a value that is small to write and huge to print."""

    def __init__(self) -> None:
        self._nodes = limits.MAX_VALUE_NODES
        self._characters = limits.MAX_VALUE_CHARACTERS

    def node(self) -> None:
        """Count one value.

        Raises:
            ValueError: There were too many.
        """
        self._nodes -= 1
        if self._nodes < 0:
            raise ValueError(f"its value holds more than {limits.MAX_VALUE_NODES} values")

    def text(self, value: str) -> str:
        """Count the characters of a text and return it.

        Raises:
            ValueError: There were too many.
        """
        self._characters -= len(value)
        if self._characters < 0:
            raise ValueError(f"its value holds more than {limits.MAX_VALUE_CHARACTERS} characters")
        return value


def plain_leaf(value: Any, budget: Budget) -> Any:
    """Return a value without members as plain JSON.

    A timestamp becomes RFC 3339 text, a duration the text of its seconds (`3600s`).

    Raises:
        ValueError: JSON has no such value.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return budget.text(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise ValueError(f"its value is not a finite number: {value}")
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.9f}".rstrip("0").rstrip(".") + "s"
    raise ValueError(f"its value has no form in JSON ({type(value).__name__})")


def key_of(key: Any, budget: Budget) -> str:
    """Return the key of a map as a member name.

    Raises:
        ValueError: It is no text.
    """
    if not isinstance(key, str):
        raise ValueError(f"a key of its value is not a text: {key!r}")
    return budget.text(str(key))
