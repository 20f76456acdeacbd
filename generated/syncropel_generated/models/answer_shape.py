# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AnswerShape")


@_attrs_define
class AnswerShape:
    """What an answer must look like."""

    kind: str
    """ The kind of the answer's body. """
    required_fields: list[str] | Unset = UNSET
    """ Dotted paths that must be there, such as `body.verdict`. """
    schema_ref: str | Unset = UNSET
    """ Where the schema of the answer is. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        required_fields: list[str] | Unset = UNSET
        if not isinstance(self.required_fields, Unset):
            required_fields = self.required_fields

        schema_ref = self.schema_ref

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
            }
        )
        if required_fields is not UNSET:
            field_dict["required_fields"] = required_fields
        if schema_ref is not UNSET:
            field_dict["schema_ref"] = schema_ref

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        kind = d.pop("kind")

        required_fields = cast(list[str], d.pop("required_fields", UNSET))

        schema_ref = d.pop("schema_ref", UNSET)

        _model = cls(
            kind=kind,
            required_fields=required_fields,
            schema_ref=schema_ref,
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
