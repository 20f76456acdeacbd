# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamStats")


@_attrs_define
class StreamStats:
    """What a stream holds and did."""

    name: str
    """ Its name. """
    message_count: int
    """ Events that are kept. """
    min_offset: int
    """ The earliest offset that is kept. """
    max_offset: int
    """ The last offset; 0 when there is none. """
    subscriber_count: int
    """ Names that ever read. """
    total_published: int
    """ Events ever published. """
    total_consumed: int
    """ Events ever read. """
    dropped: int
    """ Events that were dropped before their time. """
    created_at: int
    """ When it was made, in Unix milliseconds. """
    generation: int
    """ Grows with every stream that is made; a change tells that this one was made anew. """
    partitions: int | Unset = UNSET
    """ How many partitions. """
    retention_hours: float | Unset = UNSET
    """ How long events are kept; 0 for ever. """
    max_events: int | None | Unset = UNSET
    """ How many events are kept; null for any number. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        message_count = self.message_count

        min_offset = self.min_offset

        max_offset = self.max_offset

        subscriber_count = self.subscriber_count

        total_published = self.total_published

        total_consumed = self.total_consumed

        dropped = self.dropped

        created_at = self.created_at

        generation = self.generation

        partitions = self.partitions

        retention_hours = self.retention_hours

        max_events: int | None | Unset
        if isinstance(self.max_events, Unset):
            max_events = UNSET
        else:
            max_events = self.max_events

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "message_count": message_count,
                "min_offset": min_offset,
                "max_offset": max_offset,
                "subscriber_count": subscriber_count,
                "total_published": total_published,
                "total_consumed": total_consumed,
                "dropped": dropped,
                "created_at": created_at,
                "generation": generation,
            }
        )
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
        name = d.pop("name")

        message_count = d.pop("message_count")

        min_offset = d.pop("min_offset")

        max_offset = d.pop("max_offset")

        subscriber_count = d.pop("subscriber_count")

        total_published = d.pop("total_published")

        total_consumed = d.pop("total_consumed")

        dropped = d.pop("dropped")

        created_at = d.pop("created_at")

        generation = d.pop("generation")

        partitions = d.pop("partitions", UNSET)

        retention_hours = d.pop("retention_hours", UNSET)

        def _parse_max_events(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_events = _parse_max_events(d.pop("max_events", UNSET))

        _model = cls(
            name=name,
            message_count=message_count,
            min_offset=min_offset,
            max_offset=max_offset,
            subscriber_count=subscriber_count,
            total_published=total_published,
            total_consumed=total_consumed,
            dropped=dropped,
            created_at=created_at,
            generation=generation,
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
