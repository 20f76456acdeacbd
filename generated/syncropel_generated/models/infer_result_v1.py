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
    from ..models.infer_contribution import InferContribution
    from ..models.trust_summary import TrustSummary


T = TypeVar("T", bound="InferResultV1")


@_attrs_define
class InferResultV1:
    """The answer of an inference. It names its query in `fulfills` or in `correlation_id`."""

    kind: Literal["infer.result.v1"]
    """ Always `infer.result.v1`. """
    answer: Any
    """ The answer. Any JSON value. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    fulfills: list[str] | str | Unset = UNSET
    """ The id, or the ids, of the intents that are fulfilled. """
    correlation_id: str | Unset = UNSET
    """ The id of the query. """
    answer_kind: str | Unset = UNSET
    """ The kind of the answer, as the query asked for it. """
    provenance: list[InferContribution] | Unset = UNSET
    """ The responses that entered the answer. """
    trust_summary: TrustSummary | Unset = UNSET
    """ The trust of those who contributed. """
    cost_actual_usd: float | Unset = UNSET
    """ What the answer cost. """
    cost_charged_but_failed_usd: float | Unset = UNSET
    """ What was paid for responses that failed. """
    fold_function: str | Unset = UNSET
    """ The function that folded the responses. """
    chosen_response_id: None | str | Unset = UNSET
    """ The id of the response that was chosen; null when none was. """
    latency_ms: float | None | Unset = UNSET
    """ How long the inference took. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        answer = self.answer

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        fulfills: list[str] | str | Unset
        if isinstance(self.fulfills, Unset):
            fulfills = UNSET
        elif isinstance(self.fulfills, list):
            fulfills = self.fulfills

        else:
            fulfills = self.fulfills

        correlation_id = self.correlation_id

        answer_kind = self.answer_kind

        provenance: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.provenance, Unset):
            provenance = []
            for provenance_item_data in self.provenance:
                provenance_item = provenance_item_data.to_dict()
                provenance.append(provenance_item)

        trust_summary: dict[str, Any] | Unset = UNSET
        if not isinstance(self.trust_summary, Unset):
            trust_summary = self.trust_summary.to_dict()

        cost_actual_usd = self.cost_actual_usd

        cost_charged_but_failed_usd = self.cost_charged_but_failed_usd

        fold_function = self.fold_function

        chosen_response_id: None | str | Unset
        if isinstance(self.chosen_response_id, Unset):
            chosen_response_id = UNSET
        else:
            chosen_response_id = self.chosen_response_id

        latency_ms: float | None | Unset
        if isinstance(self.latency_ms, Unset):
            latency_ms = UNSET
        else:
            latency_ms = self.latency_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "answer": answer,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if fulfills is not UNSET:
            field_dict["fulfills"] = fulfills
        if correlation_id is not UNSET:
            field_dict["correlation_id"] = correlation_id
        if answer_kind is not UNSET:
            field_dict["answer_kind"] = answer_kind
        if provenance is not UNSET:
            field_dict["provenance"] = provenance
        if trust_summary is not UNSET:
            field_dict["trust_summary"] = trust_summary
        if cost_actual_usd is not UNSET:
            field_dict["cost_actual_usd"] = cost_actual_usd
        if cost_charged_but_failed_usd is not UNSET:
            field_dict["cost_charged_but_failed_usd"] = cost_charged_but_failed_usd
        if fold_function is not UNSET:
            field_dict["fold_function"] = fold_function
        if chosen_response_id is not UNSET:
            field_dict["chosen_response_id"] = chosen_response_id
        if latency_ms is not UNSET:
            field_dict["latency_ms"] = latency_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415
        from ..models.infer_contribution import InferContribution  # noqa: PLC0415
        from ..models.trust_summary import TrustSummary  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.result.v1"], d.pop("kind"))
        if kind != "infer.result.v1":
            raise ValueError(f"kind must match const 'infer.result.v1', got '{kind}'")

        answer = d.pop("answer")

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        def _parse_fulfills(data: object) -> list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                fulfills_type_1 = cast(list[str], data)

                return fulfills_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | str | Unset, data)

        fulfills = _parse_fulfills(d.pop("fulfills", UNSET))

        correlation_id = d.pop("correlation_id", UNSET)

        answer_kind = d.pop("answer_kind", UNSET)

        _provenance = d.pop("provenance", UNSET)
        provenance: list[InferContribution] | Unset = UNSET
        if _provenance is not UNSET:
            provenance = []
            for provenance_item_data in _provenance:
                provenance_item = InferContribution.from_dict(provenance_item_data)

                provenance.append(provenance_item)

        _trust_summary = d.pop("trust_summary", UNSET)
        trust_summary: TrustSummary | Unset
        if isinstance(_trust_summary, Unset):
            trust_summary = UNSET
        else:
            trust_summary = TrustSummary.from_dict(_trust_summary)

        cost_actual_usd = d.pop("cost_actual_usd", UNSET)

        cost_charged_but_failed_usd = d.pop("cost_charged_but_failed_usd", UNSET)

        fold_function = d.pop("fold_function", UNSET)

        def _parse_chosen_response_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        chosen_response_id = _parse_chosen_response_id(d.pop("chosen_response_id", UNSET))

        def _parse_latency_ms(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        latency_ms = _parse_latency_ms(d.pop("latency_ms", UNSET))

        _model = cls(
            kind=kind,
            answer=answer,
            field_v=field_v,
            field_refs=field_refs,
            fulfills=fulfills,
            correlation_id=correlation_id,
            answer_kind=answer_kind,
            provenance=provenance,
            trust_summary=trust_summary,
            cost_actual_usd=cost_actual_usd,
            cost_charged_but_failed_usd=cost_charged_but_failed_usd,
            fold_function=fold_function,
            chosen_response_id=chosen_response_id,
            latency_ms=latency_ms,
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
