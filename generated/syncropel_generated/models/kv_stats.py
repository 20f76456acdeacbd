# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.kv_operations import KvOperations


T = TypeVar("T", bound="KvStats")


@_attrs_define
class KvStats:
    """Keys, bytes and operations."""

    total_keys: int
    """ Keys, exactly. """
    total_memory_bytes: int
    """ Bytes of all keys and values. """
    operations: KvOperations
    """ Operations of this daemon since it started. """
    hit_rate: float
    """ Hits per read, 0.0 to 1.0; 0.0 without reads. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total_keys = self.total_keys

        total_memory_bytes = self.total_memory_bytes

        operations = self.operations.to_dict()

        hit_rate = self.hit_rate

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "total_keys": total_keys,
                "total_memory_bytes": total_memory_bytes,
                "operations": operations,
                "hit_rate": hit_rate,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.kv_operations import KvOperations  # noqa: PLC0415

        d = dict(src_dict)
        total_keys = d.pop("total_keys")

        total_memory_bytes = d.pop("total_memory_bytes")

        operations = KvOperations.from_dict(d.pop("operations"))

        hit_rate = d.pop("hit_rate")

        _model = cls(
            total_keys=total_keys,
            total_memory_bytes=total_memory_bytes,
            operations=operations,
            hit_rate=hit_rate,
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
