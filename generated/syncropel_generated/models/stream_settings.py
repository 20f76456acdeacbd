# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamSettings")


@_attrs_define
class StreamSettings:
    """How a stream works."""

    partitions: int | Unset = UNSET
    """ How many partitions; 1 when absent. """
    retention_hours: float | Unset = UNSET
    """ How long events are kept, 24 when absent; 0 for ever. """
    max_events: int | Unset = UNSET
    """ How many events are kept; any number when absent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        partitions = self.partitions

        retention_hours = self.retention_hours

        max_events = self.max_events

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if partitions is not UNSET:
            field_dict["partitions"] = partitions
        if retention_hours is not UNSET:
            field_dict["retention_hours"] = retention_hours
        if max_events is not UNSET:
            field_dict["max_events"] = max_events

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        partitions = d.pop("partitions", UNSET)

        retention_hours = d.pop("retention_hours", UNSET)

        max_events = d.pop("max_events", UNSET)

        _model = cls(
            partitions=partitions,
            retention_hours=retention_hours,
            max_events=max_events,
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
