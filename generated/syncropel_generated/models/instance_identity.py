# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from dateutil.parser import isoparse

from ..types import UNSET, Unset

T = TypeVar("T", bound="InstanceIdentity")


@_attrs_define
class InstanceIdentity:
    """Who the instance is, and who it takes the caller for."""

    actor: str
    """ The actor under which the instance itself emits. """
    did: str
    """ The DID of the instance. """
    method: str
    """ The DID method. """
    is_authenticated: bool
    """ Whether the caller showed a valid token. """
    scopes: list[str]
    """ What the caller's token allows. """
    display_name: None | str | Unset = UNSET
    """ The name for people. """
    key_path: None | str | Unset = UNSET
    """ Where the instance keeps its key; null when it has none. """
    key_fingerprint: None | str | Unset = UNSET
    """ The fingerprint of its public key; null when it has none. """
    service_account_id: None | str | Unset = UNSET
    """ The service account of the caller's token. """
    expires_at: datetime.datetime | None | Unset = UNSET
    """ When the caller's token ends. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        actor = self.actor

        did = self.did

        method = self.method

        is_authenticated = self.is_authenticated

        scopes = self.scopes

        display_name: None | str | Unset
        if isinstance(self.display_name, Unset):
            display_name = UNSET
        else:
            display_name = self.display_name

        key_path: None | str | Unset
        if isinstance(self.key_path, Unset):
            key_path = UNSET
        else:
            key_path = self.key_path

        key_fingerprint: None | str | Unset
        if isinstance(self.key_fingerprint, Unset):
            key_fingerprint = UNSET
        else:
            key_fingerprint = self.key_fingerprint

        service_account_id: None | str | Unset
        if isinstance(self.service_account_id, Unset):
            service_account_id = UNSET
        else:
            service_account_id = self.service_account_id

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor": actor,
                "did": did,
                "method": method,
                "is_authenticated": is_authenticated,
                "scopes": scopes,
            }
        )
        if display_name is not UNSET:
            field_dict["display_name"] = display_name
        if key_path is not UNSET:
            field_dict["key_path"] = key_path
        if key_fingerprint is not UNSET:
            field_dict["key_fingerprint"] = key_fingerprint
        if service_account_id is not UNSET:
            field_dict["service_account_id"] = service_account_id
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        actor = d.pop("actor")

        did = d.pop("did")

        method = d.pop("method")

        is_authenticated = d.pop("is_authenticated")

        scopes = cast(list[str], d.pop("scopes"))

        def _parse_display_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        display_name = _parse_display_name(d.pop("display_name", UNSET))

        def _parse_key_path(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        key_path = _parse_key_path(d.pop("key_path", UNSET))

        def _parse_key_fingerprint(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        key_fingerprint = _parse_key_fingerprint(d.pop("key_fingerprint", UNSET))

        def _parse_service_account_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        service_account_id = _parse_service_account_id(d.pop("service_account_id", UNSET))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = isoparse(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        _model = cls(
            actor=actor,
            did=did,
            method=method,
            is_authenticated=is_authenticated,
            scopes=scopes,
            display_name=display_name,
            key_path=key_path,
            key_fingerprint=key_fingerprint,
            service_account_id=service_account_id,
            expires_at=expires_at,
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
