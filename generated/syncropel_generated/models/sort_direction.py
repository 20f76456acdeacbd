# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from enum import IntEnum


class SortDirection(IntEnum):
    """An open enumeration: a value that is not listed becomes a member of its own, equal to its number"""

    ASCENDING = 1
    DESCENDING = -1

    @classmethod
    def _missing_(cls, value: object) -> SortDirection | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"VALUE_{value}"
        member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)
