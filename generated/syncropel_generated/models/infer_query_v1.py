# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.adaptive_dial import AdaptiveDial
    from ..models.answer_shape import AnswerShape
    from ..models.canonical_reference import CanonicalReference
    from ..models.infer_fold import InferFold
    from ..models.infer_input_inline import InferInputInline
    from ..models.infer_input_record import InferInputRecord
    from ..models.infer_input_reference import InferInputReference
    from ..models.infer_metadata import InferMetadata
    from ..models.infer_relevance import InferRelevance
    from ..models.orchestration_audit import OrchestrationAudit
    from ..models.orchestration_escalate import OrchestrationEscalate
    from ..models.orchestration_retry import OrchestrationRetry
    from ..models.orchestration_single_shot import OrchestrationSingleShot
    from ..models.orchestration_verify import OrchestrationVerify
    from ..models.orchestration_waterfall import OrchestrationWaterfall
    from ..models.responder_predicate import ResponderPredicate
    from ..models.side_effects import SideEffects


T = TypeVar("T", bound="InferQueryV1")


@_attrs_define
class InferQueryV1:
    """Asks for an answer."""

    kind: Literal["infer.query.v1"]
    """ Always `infer.query.v1`. """
    input_: InferInputInline | InferInputRecord | InferInputReference
    """ Exactly one of a value, a record and a reference. """
    answer_shape: AnswerShape
    """ What an answer must look like. """
    responders: list[ResponderPredicate]
    """ Who may answer. """
    fold: InferFold
    """ How several answers become one. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    dial: AdaptiveDial | float | Unset = UNSET
    """ Between replaying what is known (0) and creating (1), fixed or decided by conditions. """
    orchestration: (
        OrchestrationAudit
        | OrchestrationEscalate
        | OrchestrationRetry
        | OrchestrationSingleShot
        | OrchestrationVerify
        | OrchestrationWaterfall
        | Unset
    ) = UNSET
    """ The course of an inference. """
    side_effects: SideEffects | Unset = UNSET
    """ What the inference may do and cost. """
    relevance: InferRelevance | Unset = UNSET
    """ How candidates are chosen. """
    metadata: InferMetadata | Unset = UNSET
    """ Text by name, carried into the answer untouched. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.adaptive_dial import AdaptiveDial  # noqa: PLC0415
        from ..models.infer_input_inline import InferInputInline  # noqa: PLC0415
        from ..models.infer_input_record import InferInputRecord  # noqa: PLC0415
        from ..models.orchestration_escalate import OrchestrationEscalate  # noqa: PLC0415
        from ..models.orchestration_retry import OrchestrationRetry  # noqa: PLC0415
        from ..models.orchestration_single_shot import OrchestrationSingleShot  # noqa: PLC0415
        from ..models.orchestration_verify import OrchestrationVerify  # noqa: PLC0415
        from ..models.orchestration_waterfall import OrchestrationWaterfall  # noqa: PLC0415

        kind = self.kind

        input_: dict[str, Any]
        if isinstance(self.input_, InferInputInline):
            input_ = self.input_.to_dict()
        elif isinstance(self.input_, InferInputRecord):
            input_ = self.input_.to_dict()
        else:
            input_ = self.input_.to_dict()

        answer_shape = self.answer_shape.to_dict()

        responders = []
        for responders_item_data in self.responders:
            responders_item = responders_item_data.to_dict()
            responders.append(responders_item)

        fold = self.fold.to_dict()

        field_v = self.field_v

        field_refs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.field_refs, Unset):
            field_refs = []
            for field_refs_item_data in self.field_refs:
                field_refs_item = field_refs_item_data.to_dict()
                field_refs.append(field_refs_item)

        dial: dict[str, Any] | float | Unset
        if isinstance(self.dial, Unset):
            dial = UNSET
        elif isinstance(self.dial, AdaptiveDial):
            dial = self.dial.to_dict()
        else:
            dial = self.dial

        orchestration: dict[str, Any] | Unset
        if isinstance(self.orchestration, Unset):
            orchestration = UNSET
        elif isinstance(self.orchestration, OrchestrationSingleShot):
            orchestration = self.orchestration.to_dict()
        elif isinstance(self.orchestration, OrchestrationVerify):
            orchestration = self.orchestration.to_dict()
        elif isinstance(self.orchestration, OrchestrationWaterfall):
            orchestration = self.orchestration.to_dict()
        elif isinstance(self.orchestration, OrchestrationRetry):
            orchestration = self.orchestration.to_dict()
        elif isinstance(self.orchestration, OrchestrationEscalate):
            orchestration = self.orchestration.to_dict()
        else:
            orchestration = self.orchestration.to_dict()

        side_effects: dict[str, Any] | Unset = UNSET
        if not isinstance(self.side_effects, Unset):
            side_effects = self.side_effects.to_dict()

        relevance: dict[str, Any] | Unset = UNSET
        if not isinstance(self.relevance, Unset):
            relevance = self.relevance.to_dict()

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "input": input_,
                "answer_shape": answer_shape,
                "responders": responders,
                "fold": fold,
            }
        )
        if field_v is not UNSET:
            field_dict["_v"] = field_v
        if field_refs is not UNSET:
            field_dict["_refs"] = field_refs
        if dial is not UNSET:
            field_dict["dial"] = dial
        if orchestration is not UNSET:
            field_dict["orchestration"] = orchestration
        if side_effects is not UNSET:
            field_dict["side_effects"] = side_effects
        if relevance is not UNSET:
            field_dict["relevance"] = relevance
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.adaptive_dial import AdaptiveDial  # noqa: PLC0415
        from ..models.answer_shape import AnswerShape  # noqa: PLC0415
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415
        from ..models.infer_fold import InferFold  # noqa: PLC0415
        from ..models.infer_input_inline import InferInputInline  # noqa: PLC0415
        from ..models.infer_input_record import InferInputRecord  # noqa: PLC0415
        from ..models.infer_input_reference import InferInputReference  # noqa: PLC0415
        from ..models.infer_metadata import InferMetadata  # noqa: PLC0415
        from ..models.infer_relevance import InferRelevance  # noqa: PLC0415
        from ..models.orchestration_audit import OrchestrationAudit  # noqa: PLC0415
        from ..models.orchestration_escalate import OrchestrationEscalate  # noqa: PLC0415
        from ..models.orchestration_retry import OrchestrationRetry  # noqa: PLC0415
        from ..models.orchestration_single_shot import OrchestrationSingleShot  # noqa: PLC0415
        from ..models.orchestration_verify import OrchestrationVerify  # noqa: PLC0415
        from ..models.orchestration_waterfall import OrchestrationWaterfall  # noqa: PLC0415
        from ..models.responder_predicate import ResponderPredicate  # noqa: PLC0415
        from ..models.side_effects import SideEffects  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.query.v1"], d.pop("kind"))
        if kind != "infer.query.v1":
            raise ValueError(f"kind must match const 'infer.query.v1', got '{kind}'")

        def _parse_input_(data: object) -> InferInputInline | InferInputRecord | InferInputReference:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_infer_input_type_0 = InferInputInline.from_dict(data)

                return componentsschemas_infer_input_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_infer_input_type_1 = InferInputRecord.from_dict(data)

                return componentsschemas_infer_input_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_infer_input_type_2 = InferInputReference.from_dict(data)

            return componentsschemas_infer_input_type_2

        input_ = _parse_input_(d.pop("input"))

        answer_shape = AnswerShape.from_dict(d.pop("answer_shape"))

        responders = []
        _responders = d.pop("responders")
        for responders_item_data in _responders:
            responders_item = ResponderPredicate.from_dict(responders_item_data)

            responders.append(responders_item)

        fold = InferFold.from_dict(d.pop("fold"))

        field_v = d.pop("_v", UNSET)

        _field_refs = d.pop("_refs", UNSET)
        field_refs: list[CanonicalReference] | Unset = UNSET
        if _field_refs is not UNSET:
            field_refs = []
            for field_refs_item_data in _field_refs:
                field_refs_item = CanonicalReference.from_dict(field_refs_item_data)

                field_refs.append(field_refs_item)

        def _parse_dial(data: object) -> AdaptiveDial | float | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_dial_type_1 = AdaptiveDial.from_dict(data)

                return componentsschemas_dial_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AdaptiveDial | float | Unset, data)

        dial = _parse_dial(d.pop("dial", UNSET))

        def _parse_orchestration(
            data: object,
        ) -> (
            OrchestrationAudit
            | OrchestrationEscalate
            | OrchestrationRetry
            | OrchestrationSingleShot
            | OrchestrationVerify
            | OrchestrationWaterfall
            | Unset
        ):
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_orchestration_type_0 = OrchestrationSingleShot.from_dict(data)

                return componentsschemas_orchestration_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_orchestration_type_1 = OrchestrationVerify.from_dict(data)

                return componentsschemas_orchestration_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_orchestration_type_2 = OrchestrationWaterfall.from_dict(data)

                return componentsschemas_orchestration_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_orchestration_type_3 = OrchestrationRetry.from_dict(data)

                return componentsschemas_orchestration_type_3
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_orchestration_type_4 = OrchestrationEscalate.from_dict(data)

                return componentsschemas_orchestration_type_4
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_orchestration_type_5 = OrchestrationAudit.from_dict(data)

            return componentsschemas_orchestration_type_5

        orchestration = _parse_orchestration(d.pop("orchestration", UNSET))

        _side_effects = d.pop("side_effects", UNSET)
        side_effects: SideEffects | Unset
        if isinstance(_side_effects, Unset):
            side_effects = UNSET
        else:
            side_effects = SideEffects.from_dict(_side_effects)

        _relevance = d.pop("relevance", UNSET)
        relevance: InferRelevance | Unset
        if isinstance(_relevance, Unset):
            relevance = UNSET
        else:
            relevance = InferRelevance.from_dict(_relevance)

        _metadata = d.pop("metadata", UNSET)
        metadata: InferMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = InferMetadata.from_dict(_metadata)

        _model = cls(
            kind=kind,
            input_=input_,
            answer_shape=answer_shape,
            responders=responders,
            fold=fold,
            field_v=field_v,
            field_refs=field_refs,
            dial=dial,
            orchestration=orchestration,
            side_effects=side_effects,
            relevance=relevance,
            metadata=metadata,
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
