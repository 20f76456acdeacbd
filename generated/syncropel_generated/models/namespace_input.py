# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NamespaceInput")


@_attrs_define
class NamespaceInput:
    """A namespace to register. The one above it must be registered and active."""

    id: str
    """ The name, up to four segments of `a-z`, `0-9`, `_` and `-` between slashes. """
    require_signatures: bool | Unset = UNSET
    """ Whether records in it and below it must be signed; false when absent. """

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        require_signatures = self.require_signatures

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
            }
        )
        if require_signatures is not UNSET:
            field_dict["require_signatures"] = require_signatures

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        require_signatures = d.pop("require_signatures", UNSET)

        _model = cls(
            id=id,
            require_signatures=require_signatures,
        )

        return _model
