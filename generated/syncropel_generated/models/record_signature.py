# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RecordSignature")


@_attrs_define
class RecordSignature:
    """The signature of a record, beside the envelope and not part of its id. It is Ed25519 over the bytes
    `syncropel/record/v1`, a zero byte, and the 32 bytes of the record's id.

    """

    alg: Literal["Ed25519"]
    """ Always `Ed25519`. """
    key: str
    """ The public key, multibase (base58btc) of its multicodec form; what follows `did:key:` in a DID. """
    value: str
    """ The 64 bytes of the signature as base64url without padding. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        alg = self.alg

        key = self.key

        value = self.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "alg": alg,
                "key": key,
                "value": value,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        alg = cast(Literal["Ed25519"], d.pop("alg"))
        if alg != "Ed25519":
            raise ValueError(f"alg must match const 'Ed25519', got '{alg}'")

        key = d.pop("key")

        value = d.pop("value")

        _model = cls(
            alg=alg,
            key=key,
            value=value,
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
