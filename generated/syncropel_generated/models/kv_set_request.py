# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.kv_set_request_encoding_type_0 import KvSetRequestEncodingType0
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
    ttl: int | None | Unset = UNSET
    """ How many seconds it shall live; 0 is over at once. """
    expiry: KvExpiry | None | Unset = UNSET
    """ Beats `ttl`. """
    nx: bool | None | Unset = UNSET
    """ Whether it is written only if there is no such key. """
    xx: bool | None | Unset = UNSET
    """ Whether it is written only if there is such a key. """
    keepttl: bool | None | Unset = UNSET
    """ Whether the time to live stays as it is. """
    get: bool | None | Unset = UNSET
    """ Whether the answer tells the value before. """
    encoding: KvSetRequestEncodingType0 | None | Unset = UNSET
    """ `base64` when `value` is bytes in base64. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.kv_expiry import KvExpiry  # noqa: PLC0415

        key = self.key

        value = self.value

        ttl: int | None | Unset
        if isinstance(self.ttl, Unset):
            ttl = UNSET
        else:
            ttl = self.ttl

        expiry: dict[str, Any] | None | Unset
        if isinstance(self.expiry, Unset):
            expiry = UNSET
        elif isinstance(self.expiry, KvExpiry):
            expiry = self.expiry.to_dict()
        else:
            expiry = self.expiry

        nx: bool | None | Unset
        if isinstance(self.nx, Unset):
            nx = UNSET
        else:
            nx = self.nx

        xx: bool | None | Unset
        if isinstance(self.xx, Unset):
            xx = UNSET
        else:
            xx = self.xx

        keepttl: bool | None | Unset
        if isinstance(self.keepttl, Unset):
            keepttl = UNSET
        else:
            keepttl = self.keepttl

        get: bool | None | Unset
        if isinstance(self.get, Unset):
            get = UNSET
        else:
            get = self.get

        encoding: None | str | Unset
        if isinstance(self.encoding, Unset):
            encoding = UNSET
        elif isinstance(self.encoding, KvSetRequestEncodingType0):
            encoding = self.encoding.value
        else:
            encoding = self.encoding

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

        def _parse_ttl(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ttl = _parse_ttl(d.pop("ttl", UNSET))

        def _parse_expiry(data: object) -> KvExpiry | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                expiry_type_0 = KvExpiry.from_dict(data)

                return expiry_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(KvExpiry | None | Unset, data)

        expiry = _parse_expiry(d.pop("expiry", UNSET))

        def _parse_nx(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        nx = _parse_nx(d.pop("nx", UNSET))

        def _parse_xx(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        xx = _parse_xx(d.pop("xx", UNSET))

        def _parse_keepttl(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        keepttl = _parse_keepttl(d.pop("keepttl", UNSET))

        def _parse_get(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        get = _parse_get(d.pop("get", UNSET))

        def _parse_encoding(data: object) -> KvSetRequestEncodingType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                encoding_type_0 = KvSetRequestEncodingType0(data)

                return encoding_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(KvSetRequestEncodingType0 | None | Unset, data)

        encoding = _parse_encoding(d.pop("encoding", UNSET))

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
