# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PubsubInfo")


@_attrs_define
class PubsubInfo:
    """One topic."""

    topic: str
    """ Its name. """
    subscriber_count: int
    """ Who subscribes to it by name. """
    message_count: int
    """ Messages since the first subscription. """
    created_at: int
    """ When it was first subscribed to, in Unix seconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        topic = self.topic

        subscriber_count = self.subscriber_count

        message_count = self.message_count

        created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "topic": topic,
                "subscriber_count": subscriber_count,
                "message_count": message_count,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        topic = d.pop("topic")

        subscriber_count = d.pop("subscriber_count")

        message_count = d.pop("message_count")

        created_at = d.pop("created_at")

        _model = cls(
            topic=topic,
            subscriber_count=subscriber_count,
            message_count=message_count,
            created_at=created_at,
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
