# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ServiceAccount")


@_attrs_define
class ServiceAccount:
    """Someone who may call the daemon, mostly a program. Its tokens say who is calling."""

    id: str
    """ The id of the service account. """
    name: str
    """ The name for people. """
    did: str
    """ The DID that is its own, `did:sync:system:` and the id. """
    api_key: None | str
    """ Its first token, in the answer that creates the account; null ever after. """
    active: bool
    """ Whether its tokens are taken. An account that was revoked is never active again. """
    created_at: int
    """ When it was created, in seconds since 1970. """
    scopes: list[str]
    """ What its tokens allow unless they are narrower. Scopes, or grains such as `thread:<id>:read`. """
    actors: list[str]
    """ The actors it may act as besides itself. A pattern may end in `*`. """
    namespace: str
    """ The namespace that it reaches, with those below. From `default` every namespace is reached. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        did = self.did

        api_key: None | str
        api_key = self.api_key

        active = self.active

        created_at = self.created_at

        scopes = self.scopes

        actors = self.actors

        namespace = self.namespace

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "did": did,
                "api_key": api_key,
                "active": active,
                "created_at": created_at,
                "scopes": scopes,
                "actors": actors,
                "namespace": namespace,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        did = d.pop("did")

        def _parse_api_key(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        api_key = _parse_api_key(d.pop("api_key"))

        active = d.pop("active")

        created_at = d.pop("created_at")

        scopes = cast(list[str], d.pop("scopes"))

        actors = cast(list[str], d.pop("actors"))

        namespace = d.pop("namespace")

        _model = cls(
            id=id,
            name=name,
            did=did,
            api_key=api_key,
            active=active,
            created_at=created_at,
            scopes=scopes,
            actors=actors,
            namespace=namespace,
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
