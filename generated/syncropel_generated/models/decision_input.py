# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

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
    clock: int | None | Unset = UNSET
    """ The clock of the DO record. Whoever signs it must choose it; else the daemon does. """
    sig: None | RecordSignature | Unset = UNSET
    """ The signature, beside the envelope; null or absent for a record that is not signed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.record_signature import RecordSignature  # noqa: PLC0415

        decision = self.decision

        reason = self.reason

        provided_value = self.provided_value

        becomes_policy = self.becomes_policy

        actor = self.actor

        clock: int | None | Unset
        if isinstance(self.clock, Unset):
            clock = UNSET
        else:
            clock = self.clock

        sig: dict[str, Any] | None | Unset
        if isinstance(self.sig, Unset):
            sig = UNSET
        elif isinstance(self.sig, RecordSignature):
            sig = self.sig.to_dict()
        else:
            sig = self.sig

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

        def _parse_clock(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        clock = _parse_clock(d.pop("clock", UNSET))

        def _parse_sig(data: object) -> None | RecordSignature | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sig_type_0 = RecordSignature.from_dict(data)

                return sig_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RecordSignature | Unset, data)

        sig = _parse_sig(d.pop("sig", UNSET))

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
