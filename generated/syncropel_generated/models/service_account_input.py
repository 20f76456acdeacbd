# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ServiceAccountInput")


@_attrs_define
class ServiceAccountInput:
    """A service account to create."""

    name: str
    """ The name for people. """
    scopes: list[str] | Unset = UNSET
    """ What its tokens may allow; reading and writing records when absent. No more than the caller's own. """
    actors: list[str] | Unset = UNSET
    """ The actors it may act as besides itself; none when absent. A pattern may end in `*`. """
    namespace: str | Unset = UNSET
    """ The namespace that it reaches, with those below; the caller's own when absent. """
    env_tag: str | Unset = UNSET
    """ Where its token is used, a part of the token's text; `prod` when absent. """
    expires_at: int | None | Unset = UNSET
    """ When its token ends, in seconds since 1970; never when absent. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = self.scopes

        actors: list[str] | Unset = UNSET
        if not isinstance(self.actors, Unset):
            actors = self.actors

        namespace = self.namespace

        env_tag = self.env_tag

        expires_at: int | None | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
            }
        )
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if actors is not UNSET:
            field_dict["actors"] = actors
        if namespace is not UNSET:
            field_dict["namespace"] = namespace
        if env_tag is not UNSET:
            field_dict["env_tag"] = env_tag
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        scopes = cast(list[str], d.pop("scopes", UNSET))

        actors = cast(list[str], d.pop("actors", UNSET))

        namespace = d.pop("namespace", UNSET)

        env_tag = d.pop("env_tag", UNSET)

        def _parse_expires_at(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        _model = cls(
            name=name,
            scopes=scopes,
            actors=actors,
            namespace=namespace,
            env_tag=env_tag,
            expires_at=expires_at,
        )

        return _model
