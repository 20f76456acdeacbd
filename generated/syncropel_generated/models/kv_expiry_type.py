# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from enum import Enum


class KvExpiryType(str, Enum):
    """An open enumeration: a value that is not listed becomes a member of its own, equal to its text"""

    MILLISECONDS = "milliseconds"
    SECONDS = "seconds"
    UNIX_MILLISECONDS = "unix_milliseconds"
    UNIX_SECONDS = "unix_seconds"

    @classmethod
    def _missing_(cls, value: object) -> KvExpiryType | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)
