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


T = TypeVar("T", bound="CoreScopeTransfer")


@_attrs_define
class CoreScopeTransfer:
    """Hands a scope from one publisher to another."""

    kind: Literal["core.scope_transfer"]
    """ Always `core.scope_transfer`. """
    scope: str
    """ One identifier, possibly after an `@`. """
    from_publisher: str
    """ The DID that answers for it. """
    to_publisher: str
    """ The DID that answers for it. """
    reason: str
    """ Why, for people. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    effective_at: datetime.datetime | Unset = UNSET
    """ From when it holds, in UTC. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        scope = self.scope

        from_publisher = self.from_publisher

        to_publisher = self.to_publisher

        reason = self.reason

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        effective_at: str | Unset = UNSET
        if not isinstance(self.effective_at, Unset):
            effective_at = self.effective_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "scope": scope,
                "from_publisher": from_publisher,
                "to_publisher": to_publisher,
                "reason": reason,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if effective_at is not UNSET:
            field_dict["effective_at"] = effective_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["core.scope_transfer"], d.pop("kind"))
        if kind != "core.scope_transfer":
            raise ValueError(f"kind must match const 'core.scope_transfer', got '{kind}'")

        scope = d.pop("scope")

        from_publisher = d.pop("from_publisher")

        to_publisher = d.pop("to_publisher")

        reason = d.pop("reason")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        _effective_at = d.pop("effective_at", UNSET)
        effective_at: datetime.datetime | Unset
        if isinstance(_effective_at, Unset):
            effective_at = UNSET
        else:
            effective_at = isoparse(_effective_at)

        _model = cls(
            kind=kind,
            scope=scope,
            from_publisher=from_publisher,
            to_publisher=to_publisher,
            reason=reason,
            field_v=field_v,
            field_refs=field_refs,
            effective_at=effective_at,
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
