# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PubsubWelcome")


@_attrs_define
class PubsubWelcome:
    """The first frame of a WebSocket."""

    type_: Literal["connected"]
    """ Always `connected`. """
    subscriber_id: str
    """ The name that was made up. """
    topics: list[str]
    """ The topics asked for. """
    subscription_count: int
    """ How many there are. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        subscriber_id = self.subscriber_id

        topics = self.topics

        subscription_count = self.subscription_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "subscriber_id": subscriber_id,
                "topics": topics,
                "subscription_count": subscription_count,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = cast(Literal["connected"], d.pop("type"))
        if type_ != "connected":
            raise ValueError(f"type must match const 'connected', got '{type_}'")

        subscriber_id = d.pop("subscriber_id")

        topics = cast(list[str], d.pop("topics"))

        subscription_count = d.pop("subscription_count")

        _model = cls(
            type_=type_,
            subscriber_id=subscriber_id,
            topics=topics,
            subscription_count=subscription_count,
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
