# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.answer_shape import AnswerShape
    from ..models.canonical_reference import CanonicalReference


T = TypeVar("T", bound="InferCallV1")


@_attrs_define
class InferCallV1:
    """The engine's call of one responder."""

    kind: Literal["infer.call.v1"]
    """ Always `infer.call.v1`. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    correlation_id: str | Unset = UNSET
    """ The id of the query. """
    responder_did: str | Unset = UNSET
    """ Who is called. """
    responder_kind: str | Unset = UNSET
    """ The kind of responder. """
    model: str | Unset = UNSET
    """ The model that is called. """
    input_: Any | Unset = UNSET
    """ The question. Any JSON value. """
    answer_shape: AnswerShape | Unset = UNSET
    """ What an answer must look like. """
    cost_estimate_usd: float | Unset = UNSET
    """ What the call is expected to cost. """
    deadline_ms: float | Unset = UNSET
    """ When the answer is due. """
    stage: int | Unset = UNSET
    """ The stage, tier or attempt that the call belongs to. """
    idempotent: bool | Unset = UNSET
    """ False when the call must not be made twice; absent when it may. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        correlation_id = self.correlation_id

        responder_did = self.responder_did

        responder_kind = self.responder_kind

        model = self.model

        input_ = self.input_

        answer_shape: dict[str, Any] | Unset = UNSET
        if not isinstance(self.answer_shape, Unset):
            answer_shape = self.answer_shape.to_dict()

        cost_estimate_usd = self.cost_estimate_usd

        deadline_ms = self.deadline_ms

        stage = self.stage

        idempotent = self.idempotent

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if correlation_id is not UNSET:
            field_dict["correlation_id"] = correlation_id
        if responder_did is not UNSET:
            field_dict["responder_did"] = responder_did
        if responder_kind is not UNSET:
            field_dict["responder_kind"] = responder_kind
        if model is not UNSET:
            field_dict["model"] = model
        if input_ is not UNSET:
            field_dict["input"] = input_
        if answer_shape is not UNSET:
            field_dict["answer_shape"] = answer_shape
        if cost_estimate_usd is not UNSET:
            field_dict["cost_estimate_usd"] = cost_estimate_usd
        if deadline_ms is not UNSET:
            field_dict["deadline_ms"] = deadline_ms
        if stage is not UNSET:
            field_dict["stage"] = stage
        if idempotent is not UNSET:
            field_dict["idempotent"] = idempotent

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.answer_shape import AnswerShape  # noqa: PLC0415
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.call.v1"], d.pop("kind"))
        if kind != "infer.call.v1":
            raise ValueError(f"kind must match const 'infer.call.v1', got '{kind}'")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        correlation_id = d.pop("correlation_id", UNSET)

        responder_did = d.pop("responder_did", UNSET)

        responder_kind = d.pop("responder_kind", UNSET)

        model = d.pop("model", UNSET)

        input_ = d.pop("input", UNSET)

        _answer_shape = d.pop("answer_shape", UNSET)
        answer_shape: AnswerShape | Unset
        if isinstance(_answer_shape, Unset):
            answer_shape = UNSET
        else:
            answer_shape = AnswerShape.from_dict(_answer_shape)

        cost_estimate_usd = d.pop("cost_estimate_usd", UNSET)

        deadline_ms = d.pop("deadline_ms", UNSET)

        stage = d.pop("stage", UNSET)

        idempotent = d.pop("idempotent", UNSET)

        _model = cls(
            kind=kind,
            field_v=field_v,
            field_refs=field_refs,
            correlation_id=correlation_id,
            responder_did=responder_did,
            responder_kind=responder_kind,
            model=model,
            input_=input_,
            answer_shape=answer_shape,
            cost_estimate_usd=cost_estimate_usd,
            deadline_ms=deadline_ms,
            stage=stage,
            idempotent=idempotent,
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
