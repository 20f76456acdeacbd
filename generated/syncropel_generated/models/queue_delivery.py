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


T = TypeVar("T", bound="QueueDelivery")


@_attrs_define
class QueueDelivery:
    """A message that was handed out, or nothing."""

    message_id: None | str
    """ Its id. """
    payload: Any
    """ Its bytes as a list of integers, or as base64 text; null when there is nothing. """
    priority: int | None
    """ Its priority. """
    retry_count: int | None
    """ How often it was handed out before. It names the delivery. """
    max_retries: int | None
    """ How often it is handed out again. """
    headers: None | SynapMetadata
    """ What travels with it. """
    deadline: int | None | Unset = UNSET
    """ When it is handed out again unless it is resolved, in Unix milliseconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        message_id: None | str
        message_id = self.message_id

        payload = self.payload

        priority: int | None
        priority = self.priority

        retry_count: int | None
        retry_count = self.retry_count

        max_retries: int | None
        max_retries = self.max_retries

        headers: dict[str, Any] | None
        if isinstance(self.headers, SynapMetadata):
            headers = self.headers.to_dict()
        else:
            headers = self.headers

        deadline: int | None | Unset
        if isinstance(self.deadline, Unset):
            deadline = UNSET
        else:
            deadline = self.deadline

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "message_id": message_id,
                "payload": payload,
                "priority": priority,
                "retry_count": retry_count,
                "max_retries": max_retries,
                "headers": headers,
            }
        )
        if deadline is not UNSET:
            field_dict["deadline"] = deadline

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_message_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        message_id = _parse_message_id(d.pop("message_id"))

        payload = d.pop("payload")

        def _parse_priority(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        priority = _parse_priority(d.pop("priority"))

        def _parse_retry_count(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        retry_count = _parse_retry_count(d.pop("retry_count"))

        def _parse_max_retries(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        max_retries = _parse_max_retries(d.pop("max_retries"))

        def _parse_headers(data: object) -> None | SynapMetadata:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                headers_type_0 = SynapMetadata.from_dict(data)

                return headers_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SynapMetadata, data)

        headers = _parse_headers(d.pop("headers"))

        def _parse_deadline(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        deadline = _parse_deadline(d.pop("deadline", UNSET))

        _model = cls(
            message_id=message_id,
            payload=payload,
            priority=priority,
            retry_count=retry_count,
            max_retries=max_retries,
            headers=headers,
            deadline=deadline,
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
