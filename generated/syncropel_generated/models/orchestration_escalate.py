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


T = TypeVar("T", bound="OrchestrationEscalate")


@_attrs_define
class OrchestrationEscalate:
    """Tiers of rising authority."""

    pattern: Literal["escalate"]
    """ Always `escalate`. """
    tiers: list[OrchestrationStage] | Unset = UNSET
    """ The tiers. """
    escalation_expression: str | Unset = UNSET
    """ A CEL expression; true goes up. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pattern = self.pattern

        tiers: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.tiers, Unset):
            tiers = []
            for tiers_item_data in self.tiers:
                tiers_item = tiers_item_data.to_dict()
                tiers.append(tiers_item)

        escalation_expression = self.escalation_expression

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
            }
        )
        if tiers is not UNSET:
            field_dict["tiers"] = tiers
        if escalation_expression is not UNSET:
            field_dict["escalation_expression"] = escalation_expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.orchestration_stage import OrchestrationStage  # noqa: PLC0415

        d = dict(src_dict)
        pattern = cast(Literal["escalate"], d.pop("pattern"))
        if pattern != "escalate":
            raise ValueError(f"pattern must match const 'escalate', got '{pattern}'")

        _tiers = d.pop("tiers", UNSET)
        tiers: list[OrchestrationStage] | Unset = UNSET
        if _tiers is not UNSET:
            tiers = []
            for tiers_item_data in _tiers:
                tiers_item = OrchestrationStage.from_dict(tiers_item_data)

                tiers.append(tiers_item)

        escalation_expression = d.pop("escalation_expression", UNSET)

        _model = cls(
            pattern=pattern,
            tiers=tiers,
            escalation_expression=escalation_expression,
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
