# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.orchestration_stage import OrchestrationStage


T = TypeVar("T", bound="OrchestrationWaterfall")


@_attrs_define
class OrchestrationWaterfall:
    """Stages in order, until one is accepted."""

    pattern: Literal["waterfall"]
    """ Always `waterfall`. """
    stages: list[OrchestrationStage] | Unset = UNSET
    """ The stages. """
    accept_expression: str | Unset = UNSET
    """ A CEL expression over `fold`; true accepts. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pattern = self.pattern

        stages: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.stages, Unset):
            stages = []
            for stages_item_data in self.stages:
                stages_item = stages_item_data.to_dict()
                stages.append(stages_item)

        accept_expression = self.accept_expression

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
            }
        )
        if stages is not UNSET:
            field_dict["stages"] = stages
        if accept_expression is not UNSET:
            field_dict["accept_expression"] = accept_expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.orchestration_stage import OrchestrationStage  # noqa: PLC0415

        d = dict(src_dict)
        pattern = cast(Literal["waterfall"], d.pop("pattern"))
        if pattern != "waterfall":
            raise ValueError(f"pattern must match const 'waterfall', got '{pattern}'")

        _stages = d.pop("stages", UNSET)
        stages: list[OrchestrationStage] | Unset = UNSET
        if _stages is not UNSET:
            stages = []
            for stages_item_data in _stages:
                stages_item = OrchestrationStage.from_dict(stages_item_data)

                stages.append(stages_item)

        accept_expression = d.pop("accept_expression", UNSET)

        _model = cls(
            pattern=pattern,
            stages=stages,
            accept_expression=accept_expression,
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
