# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.infer_error_v1_code import InferErrorV1Code
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.canonical_reference import CanonicalReference
    from ..models.infer_error_details import InferErrorDetails


T = TypeVar("T", bound="InferErrorV1")


@_attrs_define
class InferErrorV1:
    """An inference that failed."""

    kind: Literal["infer.error.v1"]
    """ Always `infer.error.v1`. """
    code: InferErrorV1Code
    """ What failed. """
    message: str
    """ The failure, for people. """
    field_v: int | Unset = UNSET
    """ The version of the body's schema. """
    field_refs: list[CanonicalReference] | Unset = UNSET
    """ Canonical references. """
    fulfills: list[str] | str | Unset = UNSET
    """ The id, or the ids, of the intents that are fulfilled. """
    correlation_id: str | Unset = UNSET
    """ The id of the query. """
    details: InferErrorDetails | Unset = UNSET
    """ What is known about the failure. """
    partial_responses: list[str] | Unset = UNSET
    """ Ids of the responses that had arrived. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        code = self.code.value

        message = self.message

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

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        partial_responses: list[str] | Unset = UNSET
        if not isinstance(self.partial_responses, Unset):
            partial_responses = self.partial_responses

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "code": code,
                "message": message,
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
        if details is not UNSET:
            field_dict["details"] = details
        if partial_responses is not UNSET:
            field_dict["partial_responses"] = partial_responses

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.canonical_reference import CanonicalReference  # noqa: PLC0415
        from ..models.infer_error_details import InferErrorDetails  # noqa: PLC0415

        d = dict(src_dict)
        kind = cast(Literal["infer.error.v1"], d.pop("kind"))
        if kind != "infer.error.v1":
            raise ValueError(f"kind must match const 'infer.error.v1', got '{kind}'")

        code = InferErrorV1Code(d.pop("code"))

        message = d.pop("message")

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

        _details = d.pop("details", UNSET)
        details: InferErrorDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = InferErrorDetails.from_dict(_details)

        partial_responses = cast(list[str], d.pop("partial_responses", UNSET))

        _model = cls(
            kind=kind,
            code=code,
            message=message,
            field_v=field_v,
            field_refs=field_refs,
            fulfills=fulfills,
            correlation_id=correlation_id,
            details=details,
            partial_responses=partial_responses,
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
