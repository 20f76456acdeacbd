# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="DecisionRequest")


@_attrs_define
class DecisionRequest:
    """A record that awaits a decision."""

    object_: Literal["decision_request"]
    """ Always `decision_request`. """
    id: str
    """ The id of the record; the decision names it. """
    thread: str
    """ Its thread. """
    actor: str
    """ Who asks. """
    status: str
    """ Always `pending`. """
    summary: str
    """ What is asked, in one line. """
    created_at: int
    """ When it was stored, in seconds since 1970 UTC. """
    sequence: int
    """ The place of the record in the order of ingest, from 1 and without gaps. """
    options: list[Any] | Unset = UNSET
    """ The choices that the record lists. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        thread = self.thread

        actor = self.actor

        status = self.status

        summary = self.summary

        created_at = self.created_at

        sequence = self.sequence

        options: list[Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "thread": thread,
                "actor": actor,
                "status": status,
                "summary": summary,
                "created_at": created_at,
                "sequence": sequence,
            }
        )
        if options is not UNSET:
            field_dict["options"] = options

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["decision_request"], d.pop("object"))
        if object_ != "decision_request":
            raise ValueError(f"object must match const 'decision_request', got '{object_}'")

        id = d.pop("id")

        thread = d.pop("thread")

        actor = d.pop("actor")

        status = d.pop("status")

        summary = d.pop("summary")

        created_at = d.pop("created_at")

        sequence = d.pop("sequence")

        options = cast(list[Any], d.pop("options", UNSET))

        _model = cls(
            object_=object_,
            id=id,
            thread=thread,
            actor=actor,
            status=status,
            summary=summary,
            created_at=created_at,
            sequence=sequence,
            options=options,
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
