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


T = TypeVar("T", bound="InferApprovalV1")


@_attrs_define
class InferApprovalV1:
    """Asks a person whether calls may be made whose effects cannot be undone. It awaits a decision."""

    kind: Literal["infer.approval.v1"]
    """ Always `infer.approval.v1`. """
    awaits: Literal["actor_decision"]
    """ Always `actor_decision`. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    correlation_id: str | Unset = UNSET
    """ The id of the query. """
    summary: str | Unset = UNSET
    """ The question, for people. """
    options: list[str] | Unset = UNSET
    """ The decisions that are possible. """
    stage: int | Unset = UNSET
    """ The stage, tier or attempt that the calls belong to. """
    role: str | Unset = UNSET
    """ The role of the stage, where it has one. """
    dial: float | Unset = UNSET
    """ The dial at which the calls would be made. """
    responders: list[str] | Unset = UNSET
    """ Who would be called. """
    cost_estimate_usd: float | Unset = UNSET
    """ What the calls are expected to cost in all. """
    input_: Any | Unset = UNSET
    """ The question that they would be asked. Any JSON value. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        awaits = self.awaits

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        correlation_id = self.correlation_id

        summary = self.summary

        options: list[str] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options

        stage = self.stage

        role = self.role

        dial = self.dial

        responders: list[str] | Unset = UNSET
        if not isinstance(self.responders, Unset):
            responders = self.responders

        cost_estimate_usd = self.cost_estimate_usd

        input_ = self.input_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "awaits": awaits,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if correlation_id is not UNSET:
            field_dict["correlation_id"] = correlation_id
        if summary is not UNSET:
            field_dict["summary"] = summary
        if options is not UNSET:
            field_dict["options"] = options
        if stage is not UNSET:
            field_dict["stage"] = stage
        if role is not UNSET:
            field_dict["role"] = role
        if dial is not UNSET:
            field_dict["dial"] = dial
        if responders is not UNSET:
            field_dict["responders"] = responders
        if cost_estimate_usd is not UNSET:
            field_dict["cost_estimate_usd"] = cost_estimate_usd
        if input_ is not UNSET:
            field_dict["input"] = input_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.approval.v1"], d.pop("kind"))
        if kind != "infer.approval.v1":
            raise ValueError(f"kind must match const 'infer.approval.v1', got '{kind}'")

        awaits = cast(Literal["actor_decision"], d.pop("awaits"))
        if awaits != "actor_decision":
            raise ValueError(f"awaits must match const 'actor_decision', got '{awaits}'")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        correlation_id = d.pop("correlation_id", UNSET)

        summary = d.pop("summary", UNSET)

        options = cast(list[str], d.pop("options", UNSET))

        stage = d.pop("stage", UNSET)

        role = d.pop("role", UNSET)

        dial = d.pop("dial", UNSET)

        responders = cast(list[str], d.pop("responders", UNSET))

        cost_estimate_usd = d.pop("cost_estimate_usd", UNSET)

        input_ = d.pop("input", UNSET)

        _model = cls(
            kind=kind,
            awaits=awaits,
            field_v=field_v,
            field_refs=field_refs,
            correlation_id=correlation_id,
            summary=summary,
            options=options,
            stage=stage,
            role=role,
            dial=dial,
            responders=responders,
            cost_estimate_usd=cost_estimate_usd,
            input_=input_,
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
