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
