# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.infer_fold_function import InferFoldFunction
from ..models.infer_fold_tie_break import InferFoldTieBreak
from ..types import UNSET, Unset

T = TypeVar("T", bound="InferFold")


@_attrs_define
class InferFold:
    """How several answers become one."""

    function: InferFoldFunction
    """ The function that folds. """
    weight_expression: str | Unset = "trust * recency * pattern_confidence"
    """ A CEL expression for the weight of a response. """
    tie_break: InferFoldTieBreak | Unset = InferFoldTieBreak.HIGHEST_TRUST
    """ What decides between equals. """
    min_quorum: int | Unset = 1
    """ The fewest valid answers. """
    expression: str | Unset = UNSET
    """ A CEL expression; needed for the function `expression`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        function = self.function.value

        weight_expression = self.weight_expression

        tie_break: str | Unset = UNSET
        if not isinstance(self.tie_break, Unset):
            tie_break = self.tie_break.value

        min_quorum = self.min_quorum

        expression = self.expression

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "function": function,
            }
        )
        if weight_expression is not UNSET:
            field_dict["weight_expression"] = weight_expression
        if tie_break is not UNSET:
            field_dict["tie_break"] = tie_break
        if min_quorum is not UNSET:
            field_dict["min_quorum"] = min_quorum
        if expression is not UNSET:
            field_dict["expression"] = expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        function = InferFoldFunction(d.pop("function"))

        weight_expression = d.pop("weight_expression", UNSET)

        _tie_break = d.pop("tie_break", UNSET)
        tie_break: InferFoldTieBreak | Unset
        if isinstance(_tie_break, Unset):
            tie_break = UNSET
        else:
            tie_break = InferFoldTieBreak(_tie_break)

        min_quorum = d.pop("min_quorum", UNSET)

        expression = d.pop("expression", UNSET)

        _model = cls(
            function=function,
            weight_expression=weight_expression,
            tie_break=tie_break,
            min_quorum=min_quorum,
            expression=expression,
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
