# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.synap_metadata import SynapMetadata


T = TypeVar("T", bound="DeadLetter")


@_attrs_define
class DeadLetter:
    """A message that was given up."""

    id: str
    """ Its id. """
    payload: Any
    """ Its bytes as a list of integers, or as base64 text. """
    priority: int
    """ Its priority. """
    retry_count: int
    """ How often it was tried again. """
    max_retries: int
    """ How often it could be. """
    headers: SynapMetadata
    """ Texts that travel with a message or an event. """
    reason: str
    """ Why it was given up: `rejected`, `max_retries exceeded` or `deadline exceeded`. """
    dead_at: int
    """ When, in Unix milliseconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        payload = self.payload

        priority = self.priority

        retry_count = self.retry_count

        max_retries = self.max_retries

        headers = self.headers.to_dict()

        reason = self.reason

        dead_at = self.dead_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "payload": payload,
                "priority": priority,
                "retry_count": retry_count,
                "max_retries": max_retries,
                "headers": headers,
                "reason": reason,
                "dead_at": dead_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        payload = d.pop("payload")

        priority = d.pop("priority")

        retry_count = d.pop("retry_count")

        max_retries = d.pop("max_retries")

        headers = SynapMetadata.from_dict(d.pop("headers"))

        reason = d.pop("reason")

        dead_at = d.pop("dead_at")

        _model = cls(
            id=id,
            payload=payload,
            priority=priority,
            retry_count=retry_count,
            max_retries=max_retries,
            headers=headers,
            reason=reason,
            dead_at=dead_at,
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
