# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.infer_relevance_model import InferRelevanceModel
from ..types import UNSET, Unset

T = TypeVar("T", bound="InferRelevance")


@_attrs_define
class InferRelevance:
    """How candidates are chosen."""

    model: InferRelevanceModel | Unset = UNSET
    """ The model that scores relevance. """
    threshold: float | Unset = 0.5
    """ The least relevance. """
    top_k: int | Unset = 3
    """ How many candidates stay. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        model: str | Unset = UNSET
        if not isinstance(self.model, Unset):
            model = self.model.value

        threshold = self.threshold

        top_k = self.top_k

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if model is not UNSET:
            field_dict["model"] = model
        if threshold is not UNSET:
            field_dict["threshold"] = threshold
        if top_k is not UNSET:
            field_dict["top_k"] = top_k

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _model = d.pop("model", UNSET)
        model: InferRelevanceModel | Unset
        if isinstance(_model, Unset):
            model = UNSET
        else:
            model = InferRelevanceModel(_model)

        threshold = d.pop("threshold", UNSET)

        top_k = d.pop("top_k", UNSET)

        _model = cls(
            model=model,
            threshold=threshold,
            top_k=top_k,
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
