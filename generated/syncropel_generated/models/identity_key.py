# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.identity_key_source import IdentityKeySource

T = TypeVar("T", bound="IdentityKey")


@_attrs_define
class IdentityKey:
    """A key by which an actor signs, and the part of the order of ingest in which it does."""

    key: str
    """ The public key, as in a record's `sig`. """
    source: IdentityKeySource
    """ How the daemon came to know a key, from the DID itself, a DID document, or a rotation. """
    from_sequence: int
    """ The first sequence at which it signs; 0 for ever since. """
    until_sequence: int | None
    """ The last sequence at which it signs; null while it still does. """
    record_id: None | str
    """ The id of the record that named the key; null when none did. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        source = self.source.value

        from_sequence = self.from_sequence

        until_sequence: int | None
        until_sequence = self.until_sequence

        record_id: None | str
        record_id = self.record_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "source": source,
                "from_sequence": from_sequence,
                "until_sequence": until_sequence,
                "record_id": record_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key = d.pop("key")

        source = IdentityKeySource(d.pop("source"))

        from_sequence = d.pop("from_sequence")

        def _parse_until_sequence(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        until_sequence = _parse_until_sequence(d.pop("until_sequence"))

        def _parse_record_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        record_id = _parse_record_id(d.pop("record_id"))

        _model = cls(
            key=key,
            source=source,
            from_sequence=from_sequence,
            until_sequence=until_sequence,
            record_id=record_id,
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
