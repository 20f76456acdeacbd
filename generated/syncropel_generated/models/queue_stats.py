# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="QueueStats")


@_attrs_define
class QueueStats:
    """What a queue holds and did."""

    depth: int
    """ Messages that wait. """
    consumers: int
    """ Consumers that hold one. """
    published: int
    """ Messages ever published. """
    consumed: int
    """ Deliveries. """
    acked: int
    """ Deliveries that were done. """
    nacked: int
    """ Deliveries that failed or ran out. """
    dead_lettered: int
    """ Messages ever given up. """
    in_flight: int | Unset = UNSET
    """ Messages that are held. """
    dead: int | Unset = UNSET
    """ Dead letters that are kept. """
    max_depth: int | Unset = UNSET
    """ How many messages may wait. """
    ack_deadline_secs: float | Unset = UNSET
    """ How many seconds a delivery may take. """
    default_max_retries: int | Unset = UNSET
    """ How often a message is handed out again. """
    default_priority: int | Unset = UNSET
    """ The priority of messages that have none. """
    prefetch_limit: int | Unset = UNSET
    """ How many messages one consumer may hold; 0 for any number. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        depth = self.depth

        consumers = self.consumers

        published = self.published

        consumed = self.consumed

        acked = self.acked

        nacked = self.nacked

        dead_lettered = self.dead_lettered

        in_flight = self.in_flight

        dead = self.dead

        max_depth = self.max_depth

        ack_deadline_secs = self.ack_deadline_secs

        default_max_retries = self.default_max_retries

        default_priority = self.default_priority

        prefetch_limit = self.prefetch_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "depth": depth,
                "consumers": consumers,
                "published": published,
                "consumed": consumed,
                "acked": acked,
                "nacked": nacked,
                "dead_lettered": dead_lettered,
            }
        )
        if in_flight is not UNSET:
            field_dict["in_flight"] = in_flight
        if dead is not UNSET:
            field_dict["dead"] = dead
        if max_depth is not UNSET:
            field_dict["max_depth"] = max_depth
        if ack_deadline_secs is not UNSET:
            field_dict["ack_deadline_secs"] = ack_deadline_secs
        if default_max_retries is not UNSET:
            field_dict["default_max_retries"] = default_max_retries
        if default_priority is not UNSET:
            field_dict["default_priority"] = default_priority
        if prefetch_limit is not UNSET:
            field_dict["prefetch_limit"] = prefetch_limit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        depth = d.pop("depth")

        consumers = d.pop("consumers")

        published = d.pop("published")

        consumed = d.pop("consumed")

        acked = d.pop("acked")

        nacked = d.pop("nacked")

        dead_lettered = d.pop("dead_lettered")

        in_flight = d.pop("in_flight", UNSET)

        dead = d.pop("dead", UNSET)

        max_depth = d.pop("max_depth", UNSET)

        ack_deadline_secs = d.pop("ack_deadline_secs", UNSET)

        default_max_retries = d.pop("default_max_retries", UNSET)

        default_priority = d.pop("default_priority", UNSET)

        prefetch_limit = d.pop("prefetch_limit", UNSET)

        _model = cls(
            depth=depth,
            consumers=consumers,
            published=published,
            consumed=consumed,
            acked=acked,
            nacked=nacked,
            dead_lettered=dead_lettered,
            in_flight=in_flight,
            dead=dead,
            max_depth=max_depth,
            ack_deadline_secs=ack_deadline_secs,
            default_max_retries=default_max_retries,
            default_priority=default_priority,
            prefetch_limit=prefetch_limit,
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
