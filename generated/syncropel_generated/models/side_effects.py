# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.side_effects_obligation_resolution import SideEffectsObligationResolution
from ..types import UNSET, Unset

T = TypeVar("T", bound="SideEffects")


@_attrs_define
class SideEffects:
    """What the inference may do and cost."""

    reversible: bool | Unset = True
    """ Whether everything it does can be undone. Where it is false, calls at a dial of 2/3 or more wait for a
    person's approval.
     """
    idempotent: bool | Unset = True
    """ Whether doing it twice is like doing it once. Where it is false, a call that was under way when the
    daemon ended is not made again.
     """
    max_cost_usd: float | Unset = UNSET
    """ The most it may cost; the namespace's cap when absent. """
    max_latency_secs: float | Unset = 300.0
    """ The longest it may take. """
    obligation_resolution: SideEffectsObligationResolution | Unset = (
        SideEffectsObligationResolution.LAST_WRITER_WINS
    )
    """ What holds when answers contradict each other about obligations. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reversible = self.reversible

        idempotent = self.idempotent

        max_cost_usd = self.max_cost_usd

        max_latency_secs = self.max_latency_secs

        obligation_resolution: str | Unset = UNSET
        if not isinstance(self.obligation_resolution, Unset):
            obligation_resolution = self.obligation_resolution.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if reversible is not UNSET:
            field_dict["reversible"] = reversible
        if idempotent is not UNSET:
            field_dict["idempotent"] = idempotent
        if max_cost_usd is not UNSET:
            field_dict["max_cost_usd"] = max_cost_usd
        if max_latency_secs is not UNSET:
            field_dict["max_latency_secs"] = max_latency_secs
        if obligation_resolution is not UNSET:
            field_dict["obligation_resolution"] = obligation_resolution

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reversible = d.pop("reversible", UNSET)

        idempotent = d.pop("idempotent", UNSET)

        max_cost_usd = d.pop("max_cost_usd", UNSET)

        max_latency_secs = d.pop("max_latency_secs", UNSET)

        _obligation_resolution = d.pop("obligation_resolution", UNSET)
        obligation_resolution: SideEffectsObligationResolution | Unset
        if isinstance(_obligation_resolution, Unset):
            obligation_resolution = UNSET
        else:
            obligation_resolution = SideEffectsObligationResolution(_obligation_resolution)

        _model = cls(
            reversible=reversible,
            idempotent=idempotent,
            max_cost_usd=max_cost_usd,
            max_latency_secs=max_latency_secs,
            obligation_resolution=obligation_resolution,
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
