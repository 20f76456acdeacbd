# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Health")


@_attrs_define
class Health:
    """That the daemon answers, and a little about it."""

    status: str
    """ `ok` when the daemon answers. """
    version: str | Unset = UNSET
    """ The version of the daemon. """
    instance_did: str | Unset = UNSET
    """ The DID of this instance. """
    store: str | Unset = UNSET
    """ The kind of store. """
    records: int | Unset = UNSET
    """ How many records the store holds. """
    time: int | Unset = UNSET
    """ The clock of the daemon, in seconds since 1970. """
    uptime_seconds: int | Unset = UNSET
    """ For how many seconds the daemon has been running. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        version = self.version

        instance_did = self.instance_did

        store = self.store

        records = self.records

        time = self.time

        uptime_seconds = self.uptime_seconds

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version
        if instance_did is not UNSET:
            field_dict["instance_did"] = instance_did
        if store is not UNSET:
            field_dict["store"] = store
        if records is not UNSET:
            field_dict["records"] = records
        if time is not UNSET:
            field_dict["time"] = time
        if uptime_seconds is not UNSET:
            field_dict["uptime_seconds"] = uptime_seconds

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        version = d.pop("version", UNSET)

        instance_did = d.pop("instance_did", UNSET)

        store = d.pop("store", UNSET)

        records = d.pop("records", UNSET)

        time = d.pop("time", UNSET)

        uptime_seconds = d.pop("uptime_seconds", UNSET)

        _model = cls(
            status=status,
            version=version,
            instance_did=instance_did,
            store=store,
            records=records,
            time=time,
            uptime_seconds=uptime_seconds,
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
