# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.synap_metadata import SynapMetadata


T = TypeVar("T", bound="StreamEvent")


@_attrs_define
class StreamEvent:
    """An event."""

    id: str
    """ A UUID. """
    offset: int
    """ Its place in the stream. """
    room: str
    """ The stream. """
    event: str
    """ What happened. """
    data: list[int]
    """ The bytes of the compact JSON text of what was published. """
    timestamp: int
    """ When, in Unix seconds. """
    metadata: SynapMetadata
    """ Texts that travel with a message or an event. """
    partition: int | Unset = UNSET
    """ Its partition. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        offset = self.offset

        room = self.room

        event = self.event

        data = self.data

        timestamp = self.timestamp

        metadata = self.metadata.to_dict()

        partition = self.partition

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "offset": offset,
                "room": room,
                "event": event,
                "data": data,
                "timestamp": timestamp,
                "metadata": metadata,
            }
        )
        if partition is not UNSET:
            field_dict["partition"] = partition

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        offset = d.pop("offset")

        room = d.pop("room")

        event = d.pop("event")

        data = cast(list[int], d.pop("data"))

        timestamp = d.pop("timestamp")

        metadata = SynapMetadata.from_dict(d.pop("metadata"))

        partition = d.pop("partition", UNSET)

        _model = cls(
            id=id,
            offset=offset,
            room=room,
            event=event,
            data=data,
            timestamp=timestamp,
            metadata=metadata,
            partition=partition,
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
