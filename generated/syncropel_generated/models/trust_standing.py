# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TrustStanding")


@_attrs_define
class TrustStanding:
    """What one actor is trusted with in one domain."""

    object_: Literal["trust"]
    """ Always `trust`. """
    actor: str
    """ The DID of the actor. """
    domain: str
    """ The domain. """
    score: float
    """ The score, from 0 (nothing is known) to 1. """
    effective_trust: float
    """ The score once more, under the name that older clients read. """
    samples: int
    """ How many verdicts of others it rests on. """
    successes: int | Unset = UNSET
    """ How many of them accepted. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        actor = self.actor

        domain = self.domain

        score = self.score

        effective_trust = self.effective_trust

        samples = self.samples

        successes = self.successes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "actor": actor,
                "domain": domain,
                "score": score,
                "effective_trust": effective_trust,
                "samples": samples,
            }
        )
        if successes is not UNSET:
            field_dict["successes"] = successes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["trust"], d.pop("object"))
        if object_ != "trust":
            raise ValueError(f"object must match const 'trust', got '{object_}'")

        actor = d.pop("actor")

        domain = d.pop("domain")

        score = d.pop("score")

        effective_trust = d.pop("effective_trust")

        samples = d.pop("samples")

        successes = d.pop("successes", UNSET)

        _model = cls(
            object_=object_,
            actor=actor,
            domain=domain,
            score=score,
            effective_trust=effective_trust,
            samples=samples,
            successes=successes,
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
