# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from enum import Enum


class SideEffectsObligationResolution(str, Enum):
    """An open enumeration: a value that is not listed becomes a member of its own, equal to its text"""

    FULFILLS_WINS = "fulfills_wins"
    LAST_WRITER_WINS = "last_writer_wins"
    VALIDATION_ERROR = "validation_error"

    @classmethod
    def _missing_(cls, value: object) -> SideEffectsObligationResolution | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)
