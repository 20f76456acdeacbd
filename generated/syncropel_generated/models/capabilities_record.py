# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CapabilitiesRecord")


@_attrs_define
class CapabilitiesRecord:
    """How records are identified."""

    hashed_fields: list[str]
    """ The members of a record that enter its id. """
    algebra_version: str | Unset = UNSET
    """ The version of the record rules. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        hashed_fields = self.hashed_fields

        algebra_version = self.algebra_version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "hashed_fields": hashed_fields,
            }
        )
        if algebra_version is not UNSET:
            field_dict["algebra_version"] = algebra_version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        hashed_fields = cast(list[str], d.pop("hashed_fields"))

        algebra_version = d.pop("algebra_version", UNSET)

        _model = cls(
            hashed_fields=hashed_fields,
            algebra_version=algebra_version,
        )

        _model.additional_properties = d
        return _model

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
