# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="QueueSettings")


@_attrs_define
class QueueSettings:
    """How a queue works. What is left out has the default of the table of limits."""

    max_depth: int | None | Unset = UNSET
    """ How many messages may wait. """
    ack_deadline_secs: float | None | Unset = UNSET
    """ How many seconds a delivery may take. """
    default_max_retries: int | None | Unset = UNSET
    """ How often a message is handed out again. """
    default_priority: int | None | Unset = UNSET
    """ The priority of messages that have none. """
    prefetch_limit: int | None | Unset = UNSET
    """ How many messages one consumer may hold; 0 for any number. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        max_depth: int | None | Unset
        if isinstance(self.max_depth, Unset):
            max_depth = UNSET
        else:
            max_depth = self.max_depth

        ack_deadline_secs: float | None | Unset
        if isinstance(self.ack_deadline_secs, Unset):
            ack_deadline_secs = UNSET
        else:
            ack_deadline_secs = self.ack_deadline_secs

        default_max_retries: int | None | Unset
        if isinstance(self.default_max_retries, Unset):
            default_max_retries = UNSET
        else:
            default_max_retries = self.default_max_retries

        default_priority: int | None | Unset
        if isinstance(self.default_priority, Unset):
            default_priority = UNSET
        else:
            default_priority = self.default_priority

        prefetch_limit: int | None | Unset
        if isinstance(self.prefetch_limit, Unset):
            prefetch_limit = UNSET
        else:
            prefetch_limit = self.prefetch_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
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

        def _parse_max_depth(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_depth = _parse_max_depth(d.pop("max_depth", UNSET))

        def _parse_ack_deadline_secs(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        ack_deadline_secs = _parse_ack_deadline_secs(d.pop("ack_deadline_secs", UNSET))

        def _parse_default_max_retries(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        default_max_retries = _parse_default_max_retries(d.pop("default_max_retries", UNSET))

        def _parse_default_priority(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        default_priority = _parse_default_priority(d.pop("default_priority", UNSET))

        def _parse_prefetch_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        prefetch_limit = _parse_prefetch_limit(d.pop("prefetch_limit", UNSET))

        _model = cls(
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
