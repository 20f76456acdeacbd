# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.match_level import MatchLevel
from ..models.responder_predicate_kind import ResponderPredicateKind
from ..types import UNSET, Unset

T = TypeVar("T", bound="ResponderPredicate")


@_attrs_define
class ResponderPredicate:
    """Who may answer. Every member that is given must hold; entries of a list are alternatives."""

    kind: ResponderPredicateKind | Unset = UNSET
    """ The kind of responder. """
    model: str | Unset = UNSET
    """ The model; `~sonnet` stands for any model of that family. """
    did: str | Unset = UNSET
    """ The DID of the responder. """
    domain: str | Unset = UNSET
    """ The domain of its trust. """
    capability: str | Unset = UNSET
    """ What it must be able to do. """
    trust_gte: float | Unset = UNSET
    """ Its trust is at least this. """
    trust_lt: float | Unset = UNSET
    """ Its trust is below this. """
    budget_usd: float | Unset = UNSET
    """ The most it may cost. """
    latency_secs: float | Unset = UNSET
    """ The longest it may take. """
    match_level_gte: MatchLevel | Unset = UNSET
    """ How exactly earlier work matches, from exact (L0) to the same intent (L3). """
    age_days_lt: float | Unset = UNSET
    """ It is younger than this. """
    available: bool | Unset = UNSET
    """ Whether it must be available now. """
    expression: str | Unset = UNSET
    """ A CEL expression over `candidate`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind.value

        model = self.model

        did = self.did

        domain = self.domain

        capability = self.capability

        trust_gte = self.trust_gte

        trust_lt = self.trust_lt

        budget_usd = self.budget_usd

        latency_secs = self.latency_secs

        match_level_gte: str | Unset = UNSET
        if not isinstance(self.match_level_gte, Unset):
            match_level_gte = self.match_level_gte.value

        age_days_lt = self.age_days_lt

        available = self.available

        expression = self.expression

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if kind is not UNSET:
            field_dict["kind"] = kind
        if model is not UNSET:
            field_dict["model"] = model
        if did is not UNSET:
            field_dict["did"] = did
        if domain is not UNSET:
            field_dict["domain"] = domain
        if capability is not UNSET:
            field_dict["capability"] = capability
        if trust_gte is not UNSET:
            field_dict["trust_gte"] = trust_gte
        if trust_lt is not UNSET:
            field_dict["trust_lt"] = trust_lt
        if budget_usd is not UNSET:
            field_dict["budget_usd"] = budget_usd
        if latency_secs is not UNSET:
            field_dict["latency_secs"] = latency_secs
        if match_level_gte is not UNSET:
            field_dict["match_level_gte"] = match_level_gte
        if age_days_lt is not UNSET:
            field_dict["age_days_lt"] = age_days_lt
        if available is not UNSET:
            field_dict["available"] = available
        if expression is not UNSET:
            field_dict["expression"] = expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _kind = d.pop("kind", UNSET)
        kind: ResponderPredicateKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = ResponderPredicateKind(_kind)

        model = d.pop("model", UNSET)

        did = d.pop("did", UNSET)

        domain = d.pop("domain", UNSET)

        capability = d.pop("capability", UNSET)

        trust_gte = d.pop("trust_gte", UNSET)

        trust_lt = d.pop("trust_lt", UNSET)

        budget_usd = d.pop("budget_usd", UNSET)

        latency_secs = d.pop("latency_secs", UNSET)

        _match_level_gte = d.pop("match_level_gte", UNSET)
        match_level_gte: MatchLevel | Unset
        if isinstance(_match_level_gte, Unset):
            match_level_gte = UNSET
        else:
            match_level_gte = MatchLevel(_match_level_gte)

        age_days_lt = d.pop("age_days_lt", UNSET)

        available = d.pop("available", UNSET)

        expression = d.pop("expression", UNSET)

        _model = cls(
            kind=kind,
            model=model,
            did=did,
            domain=domain,
            capability=capability,
            trust_gte=trust_gte,
            trust_lt=trust_lt,
            budget_usd=budget_usd,
            latency_secs=latency_secs,
            match_level_gte=match_level_gte,
            age_days_lt=age_days_lt,
            available=available,
            expression=expression,
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
