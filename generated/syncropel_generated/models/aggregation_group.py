# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.aggregation_key import AggregationKey
    from ..models.aggregation_values import AggregationValues


T = TypeVar("T", bound="AggregationGroup")


@_attrs_define
class AggregationGroup:
    """One group of an aggregation."""

    key: AggregationKey
    """ The values that make the group, by field; a missing field is null. """
    aggregates: AggregationValues
    """ The aggregates of the group, by the name that the query gave them. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key.to_dict()

        aggregates = self.aggregates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "aggregates": aggregates,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.aggregation_key import AggregationKey  # noqa: PLC0415
        from ..models.aggregation_values import AggregationValues  # noqa: PLC0415

        d = dict(src_dict)
        key = AggregationKey.from_dict(d.pop("key"))

        aggregates = AggregationValues.from_dict(d.pop("aggregates"))

        _model = cls(
            key=key,
            aggregates=aggregates,
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
