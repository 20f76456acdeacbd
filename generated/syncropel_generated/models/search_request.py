# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SearchRequest")


@_attrs_define
class SearchRequest:
    """A search by meaning."""

    query: str
    """ The text to search for; not blank. """
    k: int | Unset = 10
    """ How many nearest records to look at, brought into 1 to 100. """
    thread: str | Unset = UNSET
    """ Only records of this thread. """
    actor: str | Unset = UNSET
    """ Only records by this actor. """
    kind: str | Unset = UNSET
    """ Only records whose `body.kind` is this. """
    after_clock: int | Unset = UNSET
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        query = self.query

        k = self.k

        thread = self.thread

        actor = self.actor

        kind = self.kind

        after_clock = self.after_clock

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "query": query,
            }
        )
        if k is not UNSET:
            field_dict["k"] = k
        if thread is not UNSET:
            field_dict["thread"] = thread
        if actor is not UNSET:
            field_dict["actor"] = actor
        if kind is not UNSET:
            field_dict["kind"] = kind
        if after_clock is not UNSET:
            field_dict["after_clock"] = after_clock

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        query = d.pop("query")

        k = d.pop("k", UNSET)

        thread = d.pop("thread", UNSET)

        actor = d.pop("actor", UNSET)

        kind = d.pop("kind", UNSET)

        after_clock = d.pop("after_clock", UNSET)

        _model = cls(
            query=query,
            k=k,
            thread=thread,
            actor=actor,
            kind=kind,
            after_clock=after_clock,
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
