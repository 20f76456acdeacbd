# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.aggregation_group import AggregationGroup
    from ..models.aggregation_plan import AggregationPlan


T = TypeVar("T", bound="Aggregation")


@_attrs_define
class Aggregation:
    """Groups in ascending order of their key, unless the query sorts them otherwise."""

    object_: Literal["aggregation"]
    """ Always `aggregation`. """
    groups: list[AggregationGroup]
    """ The groups. """
    plan: AggregationPlan
    """ What the aggregation cost, and up to where it read. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        groups = []
        for groups_item_data in self.groups:
            groups_item = groups_item_data.to_dict()
            groups.append(groups_item)

        plan = self.plan.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "groups": groups,
                "plan": plan,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.aggregation_group import AggregationGroup  # noqa: PLC0415
        from ..models.aggregation_plan import AggregationPlan  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["aggregation"], d.pop("object"))
        if object_ != "aggregation":
            raise ValueError(f"object must match const 'aggregation', got '{object_}'")

        groups = []
        _groups = d.pop("groups")
        for groups_item_data in _groups:
            groups_item = AggregationGroup.from_dict(groups_item_data)

            groups.append(groups_item)

        plan = AggregationPlan.from_dict(d.pop("plan"))

        _model = cls(
            object_=object_,
            groups=groups,
            plan=plan,
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
