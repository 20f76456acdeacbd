# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NamespaceChange")


@_attrs_define
class NamespaceChange:
    """What to change of a namespace. What is absent stays."""

    active: bool | Unset = UNSET
    """ Whether records may be emitted in it and below it. """
    require_signatures: bool | Unset = UNSET
    """ Whether records in it and below it must be signed. """

    def to_dict(self) -> dict[str, Any]:
        active = self.active

        require_signatures = self.require_signatures

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if active is not UNSET:
            field_dict["active"] = active
        if require_signatures is not UNSET:
            field_dict["require_signatures"] = require_signatures

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        active = d.pop("active", UNSET)

        require_signatures = d.pop("require_signatures", UNSET)

        _model = cls(
            active=active,
            require_signatures=require_signatures,
        )

        return _model
