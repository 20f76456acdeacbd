# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field
from dateutil.parser import isoparse

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canonical_reference import CanonicalReference


T = TypeVar("T", bound="CoreAlias")


@_attrs_define
class CoreAlias:
    """Tells that an old kind is now called otherwise."""

    kind: Literal["core.alias"]
    """ Always `core.alias`. """
    old_kind: str
    """ The old name. It need not follow the grammar of kinds, old names often do not. """
    new_kind: str
    """ The new name, a valid kind. """
    reason: str
    """ Why, for people. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    since: datetime.datetime | Unset = UNSET
    """ From when it holds, in UTC. """
    publisher_did: str | Unset = UNSET
    """ The DID that answers for it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        old_kind = self.old_kind

        new_kind = self.new_kind

        reason = self.reason

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        since: str | Unset = UNSET
        if not isinstance(self.since, Unset):
            since = self.since.isoformat()

        publisher_did = self.publisher_did

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "old_kind": old_kind,
                "new_kind": new_kind,
                "reason": reason,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if since is not UNSET:
            field_dict["since"] = since
        if publisher_did is not UNSET:
            field_dict["publisher_did"] = publisher_did

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["core.alias"], d.pop("kind"))
        if kind != "core.alias":
            raise ValueError(f"kind must match const 'core.alias', got '{kind}'")

        old_kind = d.pop("old_kind")

        new_kind = d.pop("new_kind")

        reason = d.pop("reason")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        _since = d.pop("since", UNSET)
        since: datetime.datetime | Unset
        if isinstance(_since, Unset):
            since = UNSET
        else:
            since = isoparse(_since)

        publisher_did = d.pop("publisher_did", UNSET)

        _model = cls(
            kind=kind,
            old_kind=old_kind,
            new_kind=new_kind,
            reason=reason,
            field_v=field_v,
            field_refs=field_refs,
            since=since,
            publisher_did=publisher_did,
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
