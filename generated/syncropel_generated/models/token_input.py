# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TokenInput")


@_attrs_define
class TokenInput:
    """A token to mint. It ends at `expires_at`, or `ttl_seconds` from now, or never."""

    service_account_id: str
    """ The service account that it is a token of. """
    scopes: list[str] | Unset = UNSET
    """ What it allows; what its account does when absent. No more than that, and than the caller's own. """
    env_tag: str | Unset = UNSET
    """ Where its token is used, a part of the token's text; `prod` when absent. """
    expires_at: int | None | Unset = UNSET
    """ When its token ends, in seconds since 1970; never when absent. """
    ttl_seconds: int | None | Unset = UNSET
    """ In how many seconds it ends; not together with `expires_at`. """

    def to_dict(self) -> dict[str, Any]:
        service_account_id = self.service_account_id

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = self.scopes

        env_tag = self.env_tag

        expires_at: int | None | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = self.expires_at

        ttl_seconds: int | None | Unset
        if isinstance(self.ttl_seconds, Unset):
            ttl_seconds = UNSET
        else:
            ttl_seconds = self.ttl_seconds

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "service_account_id": service_account_id,
            }
        )
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if env_tag is not UNSET:
            field_dict["env_tag"] = env_tag
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if ttl_seconds is not UNSET:
            field_dict["ttl_seconds"] = ttl_seconds

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        service_account_id = d.pop("service_account_id")

        scopes = cast(list[str], d.pop("scopes", UNSET))

        env_tag = d.pop("env_tag", UNSET)

        def _parse_expires_at(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        def _parse_ttl_seconds(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        ttl_seconds = _parse_ttl_seconds(d.pop("ttl_seconds", UNSET))

        _model = cls(
            service_account_id=service_account_id,
            scopes=scopes,
            env_tag=env_tag,
            expires_at=expires_at,
            ttl_seconds=ttl_seconds,
        )

        return _model
