# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Namespace")


@_attrs_define
class Namespace:
    """A part of the instance, which the bodies of records name in `namespace`."""

    object_: Literal["namespace"]
    """ Always `namespace`. """
    id: str
    """ The name, up to four segments between slashes. """
    active: bool
    """ Whether records may be emitted in it and below it. """
    require_signatures: bool
    """ Whether records in it and below it must be signed. """
    created_at: int
    """ When it was registered, in seconds since 1970. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        active = self.active

        require_signatures = self.require_signatures

        created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "active": active,
                "require_signatures": require_signatures,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["namespace"], d.pop("object"))
        if object_ != "namespace":
            raise ValueError(f"object must match const 'namespace', got '{object_}'")

        id = d.pop("id")

        active = d.pop("active")

        require_signatures = d.pop("require_signatures")

        created_at = d.pop("created_at")

        _model = cls(
            object_=object_,
            id=id,
            active=active,
            require_signatures=require_signatures,
            created_at=created_at,
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
