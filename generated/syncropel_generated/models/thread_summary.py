# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.thread_status import ThreadStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="ThreadSummary")


@_attrs_define
class ThreadSummary:
    """One thread in a list."""

    object_: Literal["thread"]
    """ Always `thread`. """
    id: str
    """ The name of the thread. """
    record_count: int
    """ How many records it holds. """
    last_clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    last_sequence: int | Unset = UNSET
    """ The place of the record in the order of ingest, from 1 and without gaps. """
    status: ThreadStatus | Unset = UNSET
    """ Where the thread stands, folded from its records. """
    namespace: None | str | Unset = UNSET
    """ The namespace of its records, when they name one. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        record_count = self.record_count

        last_clock = self.last_clock

        last_sequence = self.last_sequence

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        namespace: None | str | Unset
        if isinstance(self.namespace, Unset):
            namespace = UNSET
        else:
            namespace = self.namespace

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "record_count": record_count,
                "last_clock": last_clock,
            }
        )
        if last_sequence is not UNSET:
            field_dict["last_sequence"] = last_sequence
        if status is not UNSET:
            field_dict["status"] = status
        if namespace is not UNSET:
            field_dict["namespace"] = namespace

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["thread"], d.pop("object"))
        if object_ != "thread":
            raise ValueError(f"object must match const 'thread', got '{object_}'")

        id = d.pop("id")

        record_count = d.pop("record_count")

        last_clock = d.pop("last_clock")

        last_sequence = d.pop("last_sequence", UNSET)

        _status = d.pop("status", UNSET)
        status: ThreadStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = ThreadStatus(_status)

        def _parse_namespace(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        namespace = _parse_namespace(d.pop("namespace", UNSET))

        _model = cls(
            object_=object_,
            id=id,
            record_count=record_count,
            last_clock=last_clock,
            last_sequence=last_sequence,
            status=status,
            namespace=namespace,
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
