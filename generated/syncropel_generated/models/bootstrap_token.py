# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="BootstrapToken")


@_attrs_define
class BootstrapToken:
    """The token of the first account. Who asks has made it, so that its secret never travels."""

    token_id: str
    """ SHA-256 of the whole token, in lowercase hexadecimal. """
    created_at: int
    """ When it was made, in seconds since 1970. """
    env_tag: str | Unset = UNSET
    """ Where its token is used, a part of the token's text; `prod` when absent. """
    expires_at: int | None | Unset = UNSET
    """ When its token ends, in seconds since 1970; never when absent. """

    def to_dict(self) -> dict[str, Any]:
        token_id = self.token_id

        created_at = self.created_at

        env_tag = self.env_tag

        expires_at: int | None | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "token_id": token_id,
                "created_at": created_at,
            }
        )
        if env_tag is not UNSET:
            field_dict["env_tag"] = env_tag
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        token_id = d.pop("token_id")

        created_at = d.pop("created_at")

        env_tag = d.pop("env_tag", UNSET)

        def _parse_expires_at(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        _model = cls(
            token_id=token_id,
            created_at=created_at,
            env_tag=env_tag,
            expires_at=expires_at,
        )

        return _model
