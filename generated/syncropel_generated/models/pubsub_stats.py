# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PubsubStats")


@_attrs_define
class PubsubStats:
    """The counts of one daemon."""

    total_topics: int
    """ Topics that were subscribed to by name. """
    total_subscribers: int
    """ Subscribers. """
    total_wildcard_subscriptions: int
    """ Patterns that are subscribed to. """
    messages_published: int
    """ Messages that were published. """
    messages_delivered: int
    """ How often one was given to a subscriber. """
    slow_consumers_dropped: int
    """ Subscribers that were sent away because they did not read. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total_topics = self.total_topics

        total_subscribers = self.total_subscribers

        total_wildcard_subscriptions = self.total_wildcard_subscriptions

        messages_published = self.messages_published

        messages_delivered = self.messages_delivered

        slow_consumers_dropped = self.slow_consumers_dropped

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "total_topics": total_topics,
                "total_subscribers": total_subscribers,
                "total_wildcard_subscriptions": total_wildcard_subscriptions,
                "messages_published": messages_published,
                "messages_delivered": messages_delivered,
                "slow_consumers_dropped": slow_consumers_dropped,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        total_topics = d.pop("total_topics")

        total_subscribers = d.pop("total_subscribers")

        total_wildcard_subscriptions = d.pop("total_wildcard_subscriptions")

        messages_published = d.pop("messages_published")

        messages_delivered = d.pop("messages_delivered")

        slow_consumers_dropped = d.pop("slow_consumers_dropped")

        _model = cls(
            total_topics=total_topics,
            total_subscribers=total_subscribers,
            total_wildcard_subscriptions=total_wildcard_subscriptions,
            messages_published=messages_published,
            messages_delivered=messages_delivered,
            slow_consumers_dropped=slow_consumers_dropped,
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
