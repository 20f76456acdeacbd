# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.watch_heartbeat_data import WatchHeartbeatData


T = TypeVar("T", bound="WatchHeartbeat")


@_attrs_define
class WatchHeartbeat:
    """The stream is alive."""

    event: Literal["heartbeat"]
    """ Always `heartbeat`. """
    data: WatchHeartbeatData
    """ Nothing that a reader needs. """
    id: str | Unset = UNSET
    """ The cursor to resume from; on the first heartbeat of a stream. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        data = self.data.to_dict()

        id = self.id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "event": event,
                "data": data,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.watch_heartbeat_data import WatchHeartbeatData  # noqa: PLC0415

        d = dict(src_dict)
        event = cast(Literal["heartbeat"], d.pop("event"))
        if event != "heartbeat":
            raise ValueError(f"event must match const 'heartbeat', got '{event}'")

        data = WatchHeartbeatData.from_dict(d.pop("data"))

        id = d.pop("id", UNSET)

        _model = cls(
            event=event,
            data=data,
            id=id,
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
