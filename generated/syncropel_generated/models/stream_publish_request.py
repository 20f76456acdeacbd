# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.synap_metadata import SynapMetadata


T = TypeVar("T", bound="StreamPublishRequest")


@_attrs_define
class StreamPublishRequest:
    """An event."""

    event: str
    """ What happened. """
    data: Any
    """ Any JSON value. """
    partition_key: str | Unset = UNSET
    """ Events of one key are in one partition, in their order. """
    metadata: SynapMetadata | Unset = UNSET
    """ Texts that travel with a message or an event. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        data = self.data

        partition_key = self.partition_key

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "data": data,
            }
        )
        if partition_key is not UNSET:
            field_dict["partition_key"] = partition_key
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)
        event = d.pop("event")

        data = d.pop("data")

        partition_key = d.pop("partition_key", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: SynapMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = SynapMetadata.from_dict(_metadata)

        _model = cls(
            event=event,
            data=data,
            partition_key=partition_key,
            metadata=metadata,
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
