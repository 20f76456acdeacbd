# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.record_signature import RecordSignature


T = TypeVar("T", bound="DecisionInput")


@_attrs_define
class DecisionInput:
    """A decision."""

    decision: str
    """ The id of an option, or `approve`, `reject`, `provide` (with `provided_value`) or `acknowledge`. """
    reason: str | Unset = UNSET
    """ Why. """
    provided_value: Any | Unset = UNSET
    """ The value that is provided. Any JSON value. """
    becomes_policy: Any | Unset = UNSET
    """ The policy that the decision becomes; null for none. Any JSON value. """
    actor: str | Unset = UNSET
    """ Who decides; the anonymous user when absent. """
    clock: int | Unset = UNSET
    """ The clock of the DO record. Whoever signs it must choose it; else the daemon does. """
    sig: RecordSignature | Unset = UNSET
    """ The signature of a record, beside the envelope and not part of its id. It is Ed25519 over the bytes
    `syncropel/record/v1`, a zero byte, and the 32 bytes of the record's id.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        decision = self.decision

        reason = self.reason

        provided_value = self.provided_value

        becomes_policy = self.becomes_policy

        actor = self.actor

        clock = self.clock

        sig: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sig, Unset):
            sig = self.sig.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decision": decision,
            }
        )
        if reason is not UNSET:
            field_dict["reason"] = reason
        if provided_value is not UNSET:
            field_dict["provided_value"] = provided_value
        if becomes_policy is not UNSET:
            field_dict["becomes_policy"] = becomes_policy
        if actor is not UNSET:
            field_dict["actor"] = actor
        if clock is not UNSET:
            field_dict["clock"] = clock
        if sig is not UNSET:
            field_dict["sig"] = sig

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.record_signature import RecordSignature  # noqa: PLC0415

        d = dict(src_dict)
        decision = d.pop("decision")

        reason = d.pop("reason", UNSET)

        provided_value = d.pop("provided_value", UNSET)

        becomes_policy = d.pop("becomes_policy", UNSET)

        actor = d.pop("actor", UNSET)

        clock = d.pop("clock", UNSET)

        _sig = d.pop("sig", UNSET)
        sig: RecordSignature | Unset
        if isinstance(_sig, Unset):
            sig = UNSET
        else:
            sig = RecordSignature.from_dict(_sig)

        _model = cls(
            decision=decision,
            reason=reason,
            provided_value=provided_value,
            becomes_policy=becomes_policy,
            actor=actor,
            clock=clock,
            sig=sig,
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
