# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.thread_status import ThreadStatus

if TYPE_CHECKING:
    from ..models.actor_clocks import ActorClocks


T = TypeVar("T", bound="ThreadState")


@_attrs_define
class ThreadState:
    """The folded state of one thread."""

    object_: Literal["thread_state"]
    """ Always `thread_state`. """
    id: str
    """ The name of the thread. """
    status: ThreadStatus
    """ Where the thread stands, folded from its records. """
    record_count: int
    """ How many records it holds. """
    last_clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    last_sequence: int
    """ The place of the record in the order of ingest, from 1 and without gaps. """
    participants: list[str]
    """ The distinct actors, in the order of their first record. """
    actor_clocks: ActorClocks
    """ The highest clock of each actor on the thread. """
    opened_by: None | str
    """ The author of the first INTEND; null when there is none. """
    fulfilled_by: list[str]
    """ Ids of the KNOW records that fulfil the opening INTEND. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        status = self.status.value

        record_count = self.record_count

        last_clock = self.last_clock

        last_sequence = self.last_sequence

        participants = self.participants

        actor_clocks = self.actor_clocks.to_dict()

        opened_by: None | str
        opened_by = self.opened_by

        fulfilled_by = self.fulfilled_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "status": status,
                "record_count": record_count,
                "last_clock": last_clock,
                "last_sequence": last_sequence,
                "participants": participants,
                "actor_clocks": actor_clocks,
                "opened_by": opened_by,
                "fulfilled_by": fulfilled_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.actor_clocks import ActorClocks  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["thread_state"], d.pop("object"))
        if object_ != "thread_state":
            raise ValueError(f"object must match const 'thread_state', got '{object_}'")

        id = d.pop("id")

        status = ThreadStatus(d.pop("status"))

        record_count = d.pop("record_count")

        last_clock = d.pop("last_clock")

        last_sequence = d.pop("last_sequence")

        participants = cast(list[str], d.pop("participants"))

        actor_clocks = ActorClocks.from_dict(d.pop("actor_clocks"))

        def _parse_opened_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        opened_by = _parse_opened_by(d.pop("opened_by"))

        fulfilled_by = cast(list[str], d.pop("fulfilled_by"))

        _model = cls(
            object_=object_,
            id=id,
            status=status,
            record_count=record_count,
            last_clock=last_clock,
            last_sequence=last_sequence,
            participants=participants,
            actor_clocks=actor_clocks,
            opened_by=opened_by,
            fulfilled_by=fulfilled_by,
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
