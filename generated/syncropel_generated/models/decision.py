# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Decision")


@_attrs_define
class Decision:
    """A decision that was stored."""

    object_: Literal["decision"]
    """ Always `decision`. """
    id: str
    """ The id of the DO record that carries the decision. """
    request_id: str
    """ The id of the record that awaited it. """
    decision: str
    """ The decision. """
    policy: Any
    """ The policy that it becomes; null for none. Any JSON value. """
    opened_thread: None | str
    """ The thread that it opened; null for none. No decision opens one by itself. """
    fulfills: str | Unset = UNSET
    """ The id of the record that it fulfils. """
    cancels: str | Unset = UNSET
    """ The id of the record that it cancels. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        request_id = self.request_id

        decision = self.decision

        policy = self.policy

        opened_thread: None | str
        opened_thread = self.opened_thread

        fulfills = self.fulfills

        cancels = self.cancels

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "request_id": request_id,
                "decision": decision,
                "policy": policy,
                "opened_thread": opened_thread,
            }
        )
        if fulfills is not UNSET:
            field_dict["fulfills"] = fulfills
        if cancels is not UNSET:
            field_dict["cancels"] = cancels

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["decision"], d.pop("object"))
        if object_ != "decision":
            raise ValueError(f"object must match const 'decision', got '{object_}'")

        id = d.pop("id")

        request_id = d.pop("request_id")

        decision = d.pop("decision")

        policy = d.pop("policy")

        def _parse_opened_thread(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        opened_thread = _parse_opened_thread(d.pop("opened_thread"))

        fulfills = d.pop("fulfills", UNSET)

        cancels = d.pop("cancels", UNSET)

        _model = cls(
            object_=object_,
            id=id,
            request_id=request_id,
            decision=decision,
            policy=policy,
            opened_thread=opened_thread,
            fulfills=fulfills,
            cancels=cancels,
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
