# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AggregationPlan")


@_attrs_define
class AggregationPlan:
    """What the aggregation cost, and up to where it read."""

    budget: int
    """ The most rows that one aggregation may read. """
    complete: bool
    """ Always true. An aggregation that would be incomplete is refused with 422 instead. """
    groups: int
    """ The number of groups that were found. """
    rows_scanned: int
    """ The number of records that were read. """
    watermark_seq: int
    """ The highest `sequence` that the aggregation covers; 0 in an empty store. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        budget = self.budget

        complete = self.complete

        groups = self.groups

        rows_scanned = self.rows_scanned

        watermark_seq = self.watermark_seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "budget": budget,
                "complete": complete,
                "groups": groups,
                "rows_scanned": rows_scanned,
                "watermark_seq": watermark_seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        budget = d.pop("budget")

        complete = d.pop("complete")

        groups = d.pop("groups")

        rows_scanned = d.pop("rows_scanned")

        watermark_seq = d.pop("watermark_seq")

        _model = cls(
            budget=budget,
            complete=complete,
            groups=groups,
            rows_scanned=rows_scanned,
            watermark_seq=watermark_seq,
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
