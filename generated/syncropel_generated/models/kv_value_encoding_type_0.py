# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from enum import Enum


class KvValueEncodingType0(str, Enum):
    """An open enumeration: a value that is not listed becomes a member of its own, equal to its text"""

    BASE64 = "base64"

    @classmethod
    def _missing_(cls, value: object) -> KvValueEncodingType0 | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)
