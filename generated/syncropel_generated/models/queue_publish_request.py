# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.queue_publish_request_encoding_type_0 import QueuePublishRequestEncodingType0
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.synap_metadata import SynapMetadata


T = TypeVar("T", bound="QueuePublishRequest")


@_attrs_define
class QueuePublishRequest:
    """A message."""

    payload: list[int] | str
    """ Bytes as a list of integers, or with `encoding` a text. """
    encoding: None | QueuePublishRequestEncodingType0 | Unset = UNSET
    """ What a text is: bytes in base64, or itself. """
    priority: int | None | Unset = UNSET
    """ 0 to 9, 9 first; more is taken for 9. """
    max_retries: int | None | Unset = UNSET
    """ How often it is handed out again. """
    headers: None | SynapMetadata | Unset = UNSET
    """ What travels with it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        payload: list[int] | str
        if isinstance(self.payload, list):
            payload = self.payload

        else:
            payload = self.payload

        encoding: None | str | Unset
        if isinstance(self.encoding, Unset):
            encoding = UNSET
        elif isinstance(self.encoding, QueuePublishRequestEncodingType0):
            encoding = self.encoding.value
        else:
            encoding = self.encoding

        priority: int | None | Unset
        if isinstance(self.priority, Unset):
            priority = UNSET
        else:
            priority = self.priority

        max_retries: int | None | Unset
        if isinstance(self.max_retries, Unset):
            max_retries = UNSET
        else:
            max_retries = self.max_retries

        headers: dict[str, Any] | None | Unset
        if isinstance(self.headers, Unset):
            headers = UNSET
        elif isinstance(self.headers, SynapMetadata):
            headers = self.headers.to_dict()
        else:
            headers = self.headers

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "payload": payload,
            }
        )
        if encoding is not UNSET:
            field_dict["encoding"] = encoding
        if priority is not UNSET:
            field_dict["priority"] = priority
        if max_retries is not UNSET:
            field_dict["max_retries"] = max_retries
        if headers is not UNSET:
            field_dict["headers"] = headers

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.synap_metadata import SynapMetadata  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_payload(data: object) -> list[int] | str:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                payload_type_0 = cast(list[int], data)

                return payload_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int] | str, data)

        payload = _parse_payload(d.pop("payload"))

        def _parse_encoding(data: object) -> None | QueuePublishRequestEncodingType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                encoding_type_0 = QueuePublishRequestEncodingType0(data)

                return encoding_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | QueuePublishRequestEncodingType0 | Unset, data)

        encoding = _parse_encoding(d.pop("encoding", UNSET))

        def _parse_priority(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        priority = _parse_priority(d.pop("priority", UNSET))

        def _parse_max_retries(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_retries = _parse_max_retries(d.pop("max_retries", UNSET))

        def _parse_headers(data: object) -> None | SynapMetadata | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                headers_type_0 = SynapMetadata.from_dict(data)

                return headers_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SynapMetadata | Unset, data)

        headers = _parse_headers(d.pop("headers", UNSET))

        _model = cls(
            payload=payload,
            encoding=encoding,
            priority=priority,
            max_retries=max_retries,
            headers=headers,
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
