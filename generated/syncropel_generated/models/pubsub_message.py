# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.synap_metadata import SynapMetadata


T = TypeVar("T", bound="PubsubMessage")


@_attrs_define
class PubsubMessage:
    """A frame with a message."""

    type_: Literal["message"]
    """ Always `message`. """
    message_id: str
    """ Its id. """
    topic: str
    """ Its topic. """
    payload: Any
    """ What was published. """
    metadata: None | SynapMetadata
    """ What travels with it, null when nothing does. """
    timestamp: int
    """ When it was published, in Unix seconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        type_ = self.type_

        message_id = self.message_id

        topic = self.topic

        payload = self.payload

        metadata: dict[str, Any] | None
        if isinstance(self.metadata, SynapMetadata):
            metadata = self.metadata.to_dict()
        else:
            metadata = self.metadata

        timestamp = self.timestamp

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "message_id": message_id,
                "topic": topic,
                "payload": payload,
                "metadata": metadata,
                "timestamp": timestamp,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)
        type_ = cast(Literal["message"], d.pop("type"))
        if type_ != "message":
            raise ValueError(f"type must match const 'message', got '{type_}'")

        message_id = d.pop("message_id")

        topic = d.pop("topic")

        payload = d.pop("payload")

        def _parse_metadata(data: object) -> None | SynapMetadata:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                metadata_type_0 = SynapMetadata.from_dict(data)

                return metadata_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SynapMetadata, data)

        metadata = _parse_metadata(d.pop("metadata"))

        timestamp = d.pop("timestamp")

        _model = cls(
            type_=type_,
            message_id=message_id,
            topic=topic,
            payload=payload,
            metadata=metadata,
            timestamp=timestamp,
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
