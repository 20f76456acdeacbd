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


T = TypeVar("T", bound="CoreErasure")


@_attrs_define
class CoreErasure:
    """Asks that the content of earlier records no longer be shown or used."""

    kind: Literal["core.erasure"]
    """ Always `core.erasure`. """
    erases: list[str]
    """ Ids of the records that are erased. """
    reason: str
    """ Why, for people. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    authorized_by: str | Unset = UNSET
    """ The DID that answers for it. """
    effective_at: datetime.datetime | Unset = UNSET
    """ From when it holds, in UTC. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        erases = self.erases

        reason = self.reason

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        authorized_by = self.authorized_by

        effective_at: str | Unset = UNSET
        if not isinstance(self.effective_at, Unset):
            effective_at = self.effective_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "erases": erases,
                "reason": reason,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if authorized_by is not UNSET:
            field_dict["authorized_by"] = authorized_by
        if effective_at is not UNSET:
            field_dict["effective_at"] = effective_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["core.erasure"], d.pop("kind"))
        if kind != "core.erasure":
            raise ValueError(f"kind must match const 'core.erasure', got '{kind}'")

        erases = cast(list[str], d.pop("erases"))

        reason = d.pop("reason")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        authorized_by = d.pop("authorized_by", UNSET)

        _effective_at = d.pop("effective_at", UNSET)
        effective_at: datetime.datetime | Unset
        if isinstance(_effective_at, Unset):
            effective_at = UNSET
        else:
            effective_at = isoparse(_effective_at)

        _model = cls(
            kind=kind,
            erases=erases,
            reason=reason,
            field_v=field_v,
            field_refs=field_refs,
            authorized_by=authorized_by,
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
