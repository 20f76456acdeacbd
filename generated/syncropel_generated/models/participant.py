# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.participant_role import ParticipantRole

T = TypeVar("T", bound="Participant")


@_attrs_define
class Participant:
    """One actor of a thread."""

    actor: str
    """ The DID of the actor. """
    record_count: int
    """ How many records of the thread are by this actor. """
    last_clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    roles: list[ParticipantRole]
    """ What the actor is on this thread beyond an author. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        actor = self.actor

        record_count = self.record_count

        last_clock = self.last_clock

        roles = []
        for roles_item_data in self.roles:
            roles_item = roles_item_data.value
            roles.append(roles_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor": actor,
                "record_count": record_count,
                "last_clock": last_clock,
                "roles": roles,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        actor = d.pop("actor")

        record_count = d.pop("record_count")

        last_clock = d.pop("last_clock")

        roles = []
        _roles = d.pop("roles")
        for roles_item_data in _roles:
            roles_item = ParticipantRole(roles_item_data)

            roles.append(roles_item)

        _model = cls(
            actor=actor,
            record_count=record_count,
            last_clock=last_clock,
            roles=roles,
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
