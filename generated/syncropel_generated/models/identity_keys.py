# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.identity_key import IdentityKey


T = TypeVar("T", bound="IdentityKeys")


@_attrs_define
class IdentityKeys:
    """The keys by which an actor signed and signs. Empty when the daemon knows none."""

    object_: Literal["identity_keys"]
    """ Always `identity_keys`. """
    did: str
    """ The DID of the actor. """
    keys: list[IdentityKey]
    """ The keys, in the order in which they came into use. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        did = self.did

        keys = []
        for keys_item_data in self.keys:
            keys_item = keys_item_data.to_dict()
            keys.append(keys_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "did": did,
                "keys": keys,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.identity_key import IdentityKey  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["identity_keys"], d.pop("object"))
        if object_ != "identity_keys":
            raise ValueError(f"object must match const 'identity_keys', got '{object_}'")

        did = d.pop("did")

        keys = []
        _keys = d.pop("keys")
        for keys_item_data in _keys:
            keys_item = IdentityKey.from_dict(keys_item_data)

            keys.append(keys_item)

        _model = cls(
            object_=object_,
            did=did,
            keys=keys,
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
