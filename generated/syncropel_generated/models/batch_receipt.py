# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="BatchReceipt")


@_attrs_define
class BatchReceipt:
    """One record of a batch that is stored."""

    object_: Literal["receipt"]
    """ Always `receipt`. """
    status: int
    """ 201 when the record is new, 200 when this very record was stored before. """
    id: str
    """ The id of the record. """
    clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    sequence: int
    """ The record's place in the order of ingest. """
    created_at: int
    """ When the record was stored, in whole Unix seconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        status = self.status

        id = self.id

        clock = self.clock

        sequence = self.sequence

        created_at = self.created_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "status": status,
                "id": id,
                "clock": clock,
                "sequence": sequence,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["receipt"], d.pop("object"))
        if object_ != "receipt":
            raise ValueError(f"object must match const 'receipt', got '{object_}'")

        status = d.pop("status")

        id = d.pop("id")

        clock = d.pop("clock")

        sequence = d.pop("sequence")

        created_at = d.pop("created_at")

        _model = cls(
            object_=object_,
            status=status,
            id=id,
            clock=clock,
            sequence=sequence,
            created_at=created_at,
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
