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
    from ..models.infer_failure_cause import InferFailureCause


T = TypeVar("T", bound="InferFailureV1")


@_attrs_define
class InferFailureV1:
    """A responder could not answer; never counts for the quorum."""

    kind: Literal["infer.failure.v1"]
    """ Always `infer.failure.v1`. """
    error: InferFailureCause
    """ What failed. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    correlation_id: str | Unset = UNSET
    """ The id of the query. """
    cost_usd: float | Unset = UNSET
    """ What was charged all the same. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        error = self.error.to_dict()

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        correlation_id = self.correlation_id

        cost_usd = self.cost_usd

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "error": error,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if correlation_id is not UNSET:
            field_dict["correlation_id"] = correlation_id
        if cost_usd is not UNSET:
            field_dict["cost_usd"] = cost_usd

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415
        from ..models.infer_failure_cause import InferFailureCause  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.failure.v1"], d.pop("kind"))
        if kind != "infer.failure.v1":
            raise ValueError(f"kind must match const 'infer.failure.v1', got '{kind}'")

        error = InferFailureCause.from_dict(d.pop("error"))

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        correlation_id = d.pop("correlation_id", UNSET)

        cost_usd = d.pop("cost_usd", UNSET)

        _model = cls(
            kind=kind,
            error=error,
            field_v=field_v,
            field_refs=field_refs,
            correlation_id=correlation_id,
            cost_usd=cost_usd,
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
