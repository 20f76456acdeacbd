# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canonical_reference import CanonicalReference
    from ..models.revised_fields import RevisedFields


T = TypeVar("T", bound="CoreCorrection")


@_attrs_define
class CoreCorrection:
    """Corrects fields of earlier records. The correcting actor is the emitter unless another is named."""

    kind: Literal["core.correction"]
    """ Always `core.correction`. """
    corrects: list[str]
    """ Ids of the records that are corrected. """
    revised_fields: RevisedFields
    """ The corrected values, by field. """
    reason: str
    """ Why, for people. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    correcting_actor: str | Unset = UNSET
    """ The DID that answers for it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        corrects = self.corrects

        revised_fields = self.revised_fields.to_dict()

        reason = self.reason

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        correcting_actor = self.correcting_actor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "corrects": corrects,
                "revised_fields": revised_fields,
                "reason": reason,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if correcting_actor is not UNSET:
            field_dict["correcting_actor"] = correcting_actor

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415
        from ..models.revised_fields import RevisedFields  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["core.correction"], d.pop("kind"))
        if kind != "core.correction":
            raise ValueError(f"kind must match const 'core.correction', got '{kind}'")

        corrects = cast(list[str], d.pop("corrects"))

        revised_fields = RevisedFields.from_dict(d.pop("revised_fields"))

        reason = d.pop("reason")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        correcting_actor = d.pop("correcting_actor", UNSET)

        _model = cls(
            kind=kind,
            corrects=corrects,
            revised_fields=revised_fields,
            reason=reason,
            field_v=field_v,
            field_refs=field_refs,
            correcting_actor=correcting_actor,
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
