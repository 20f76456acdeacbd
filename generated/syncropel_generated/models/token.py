# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Token")


@_attrs_define
class Token:
    """A token, without its secret."""

    object_: Literal["token"]
    """ Always `token`. """
    token_id: str
    """ SHA-256 of the whole token, in lowercase hexadecimal. """
    service_account_id: str
    """ The id of the service account. """
    env_tag: str
    """ Where the token is used, a part of its text. """
    scopes: list[str]
    """ What its tokens allow unless they are narrower. Scopes, or grains such as `thread:<id>:read`. """
    created_at: int
    """ When it was made, in seconds since 1970. """
    expires_at: int | None
    """ When it ends, in seconds since 1970; null when it does not. """
    revoked_at: int | None
    """ When it was revoked, in seconds since 1970; null while it was not. """
    last_used_at: int | None
    """ When it was last used, in seconds since 1970 and not to the second; null when never. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        token_id = self.token_id

        service_account_id = self.service_account_id

        env_tag = self.env_tag

        scopes = self.scopes

        created_at = self.created_at

        expires_at: int | None
        expires_at = self.expires_at

        revoked_at: int | None
        revoked_at = self.revoked_at

        last_used_at: int | None
        last_used_at = self.last_used_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "token_id": token_id,
                "service_account_id": service_account_id,
                "env_tag": env_tag,
                "scopes": scopes,
                "created_at": created_at,
                "expires_at": expires_at,
                "revoked_at": revoked_at,
                "last_used_at": last_used_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["token"], d.pop("object"))
        if object_ != "token":
            raise ValueError(f"object must match const 'token', got '{object_}'")

        token_id = d.pop("token_id")

        service_account_id = d.pop("service_account_id")

        env_tag = d.pop("env_tag")

        scopes = cast(list[str], d.pop("scopes"))

        created_at = d.pop("created_at")

        def _parse_expires_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        def _parse_revoked_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        revoked_at = _parse_revoked_at(d.pop("revoked_at"))

        def _parse_last_used_at(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        last_used_at = _parse_last_used_at(d.pop("last_used_at"))

        _model = cls(
            object_=object_,
            token_id=token_id,
            service_account_id=service_account_id,
            env_tag=env_tag,
            scopes=scopes,
            created_at=created_at,
            expires_at=expires_at,
            revoked_at=revoked_at,
            last_used_at=last_used_at,
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
