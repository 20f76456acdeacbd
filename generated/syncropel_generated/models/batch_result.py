# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.batch_receipt import BatchReceipt
    from ..models.batch_refusal import BatchRefusal


T = TypeVar("T", bound="BatchResult")


@_attrs_define
class BatchResult:
    """What became of the records of a batch."""

    object_: Literal["batch"]
    """ Always `batch`. """
    data: list[BatchReceipt | BatchRefusal]
    """ A receipt or a refusal for each record, in the order in which they were sent. """
    created: int
    """ How many records are new. """
    known: int
    """ How many were stored before. """
    refused: int
    """ How many are refused. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.batch_receipt import BatchReceipt  # noqa: PLC0415

        object_ = self.object_

        data = []
        for data_item_data in self.data:
            data_item: dict[str, Any]
            if isinstance(data_item_data, BatchReceipt):
                data_item = data_item_data.to_dict()
            else:
                data_item = data_item_data.to_dict()

            data.append(data_item)

        created = self.created

        known = self.known

        refused = self.refused

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "data": data,
                "created": created,
                "known": known,
                "refused": refused,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.batch_receipt import BatchReceipt  # noqa: PLC0415
        from ..models.batch_refusal import BatchRefusal  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["batch"], d.pop("object"))
        if object_ != "batch":
            raise ValueError(f"object must match const 'batch', got '{object_}'")

        data = []
        _data = d.pop("data")
        for data_item_data in _data:

            def _parse_data_item(data: object) -> BatchReceipt | BatchRefusal:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    data_item_type_0 = BatchReceipt.from_dict(data)

                    return data_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                data_item_type_1 = BatchRefusal.from_dict(data)

                return data_item_type_1

            data_item = _parse_data_item(data_item_data)

            data.append(data_item)

        created = d.pop("created")

        known = d.pop("known")

        refused = d.pop("refused")

        _model = cls(
            object_=object_,
            data=data,
            created=created,
            known=known,
            refused=refused,
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
