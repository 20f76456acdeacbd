# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.kv_set_request_encoding import KvSetRequestEncoding
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.kv_expiry import KvExpiry


T = TypeVar("T", bound="KvSetRequest")


@_attrs_define
class KvSetRequest:
    """A value to be stored."""

    key: str
    """ The key. """
    value: Any
    """ A text, or any other JSON value, which is stored as its compact JSON text. """
    ttl: int | Unset = UNSET
    """ How many seconds it shall live; 0 is over at once. """
    expiry: KvExpiry | Unset = UNSET
    """ When a value expires. """
    nx: bool | Unset = UNSET
    """ Whether it is written only if there is no such key. """
    xx: bool | Unset = UNSET
    """ Whether it is written only if there is such a key. """
    keepttl: bool | Unset = UNSET
    """ Whether the time to live stays as it is. """
    get: bool | Unset = UNSET
    """ Whether the answer tells the value before. """
    encoding: KvSetRequestEncoding | Unset = UNSET
    """ `base64` when `value` is bytes in base64. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        value = self.value

        ttl = self.ttl

        expiry: dict[str, Any] | Unset = UNSET
        if not isinstance(self.expiry, Unset):
            expiry = self.expiry.to_dict()

        nx = self.nx

        xx = self.xx

        keepttl = self.keepttl

        get = self.get

        encoding: str | Unset = UNSET
        if not isinstance(self.encoding, Unset):
            encoding = self.encoding.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "value": value,
            }
        )
        if ttl is not UNSET:
            field_dict["ttl"] = ttl
        if expiry is not UNSET:
            field_dict["expiry"] = expiry
        if nx is not UNSET:
            field_dict["nx"] = nx
        if xx is not UNSET:
            field_dict["xx"] = xx
        if keepttl is not UNSET:
            field_dict["keepttl"] = keepttl
        if get is not UNSET:
            field_dict["get"] = get
        if encoding is not UNSET:
            field_dict["encoding"] = encoding

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kv_expiry import KvExpiry  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        value = d.pop("value")

        ttl = d.pop("ttl", UNSET)

        _expiry = d.pop("expiry", UNSET)
        expiry: KvExpiry | Unset
        if isinstance(_expiry, Unset):
            expiry = UNSET
        else:
            expiry = KvExpiry.from_dict(_expiry)

        nx = d.pop("nx", UNSET)

        xx = d.pop("xx", UNSET)

        keepttl = d.pop("keepttl", UNSET)

        get = d.pop("get", UNSET)

        _encoding = d.pop("encoding", UNSET)
        encoding: KvSetRequestEncoding | Unset
        if isinstance(_encoding, Unset):
            encoding = UNSET
        else:
            encoding = KvSetRequestEncoding(_encoding)

        _model = cls(
            key=key,
            value=value,
            ttl=ttl,
            expiry=expiry,
            nx=nx,
            xx=xx,
            keepttl=keepttl,
            get=get,
            encoding=encoding,
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
