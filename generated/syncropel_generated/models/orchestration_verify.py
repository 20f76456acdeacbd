# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.responder_predicate import ResponderPredicate


T = TypeVar("T", bound="OrchestrationVerify")


@_attrs_define
class OrchestrationVerify:
    """Two answer; a third decides when they differ."""

    pattern: Literal["verify"]
    """ Always `verify`. """
    primary: list[ResponderPredicate] | Unset = UNSET
    """ Who may answer. """
    verifier: ResponderPredicate | Unset = UNSET
    """ Who may answer. Every member that is given must hold; entries of a list are alternatives. """
    tiebreaker: ResponderPredicate | Unset = UNSET
    """ Who may answer. Every member that is given must hold; entries of a list are alternatives. """
    agreement_threshold: float | str | Unset = UNSET
    """ How alike the two answers must be, a number or a CEL expression. 0.85 when absent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pattern = self.pattern

        primary: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.primary, Unset):
            primary = []
            for primary_item_data in self.primary:
                primary_item = primary_item_data.to_dict()
                primary.append(primary_item)

        verifier: dict[str, Any] | Unset = UNSET
        if not isinstance(self.verifier, Unset):
            verifier = self.verifier.to_dict()

        tiebreaker: dict[str, Any] | Unset = UNSET
        if not isinstance(self.tiebreaker, Unset):
            tiebreaker = self.tiebreaker.to_dict()

        agreement_threshold: float | str | Unset
        if isinstance(self.agreement_threshold, Unset):
            agreement_threshold = UNSET
        else:
            agreement_threshold = self.agreement_threshold

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
            }
        )
        if primary is not UNSET:
            field_dict["primary"] = primary
        if verifier is not UNSET:
            field_dict["verifier"] = verifier
        if tiebreaker is not UNSET:
            field_dict["tiebreaker"] = tiebreaker
        if agreement_threshold is not UNSET:
            field_dict["agreement_threshold"] = agreement_threshold

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.responder_predicate import ResponderPredicate  # noqa: PLC0415

        d = dict(src_dict)
        pattern = cast(Literal["verify"], d.pop("pattern"))
        if pattern != "verify":
            raise ValueError(f"pattern must match const 'verify', got '{pattern}'")

        _primary = d.pop("primary", UNSET)
        primary: list[ResponderPredicate] | Unset = UNSET
        if _primary is not UNSET:
            primary = []
            for primary_item_data in _primary:
                primary_item = ResponderPredicate.from_dict(primary_item_data)

                primary.append(primary_item)

        _verifier = d.pop("verifier", UNSET)
        verifier: ResponderPredicate | Unset
        if isinstance(_verifier, Unset):
            verifier = UNSET
        else:
            verifier = ResponderPredicate.from_dict(_verifier)

        _tiebreaker = d.pop("tiebreaker", UNSET)
        tiebreaker: ResponderPredicate | Unset
        if isinstance(_tiebreaker, Unset):
            tiebreaker = UNSET
        else:
            tiebreaker = ResponderPredicate.from_dict(_tiebreaker)

        def _parse_agreement_threshold(data: object) -> float | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(float | str | Unset, data)

        agreement_threshold = _parse_agreement_threshold(d.pop("agreement_threshold", UNSET))

        _model = cls(
            pattern=pattern,
            primary=primary,
            verifier=verifier,
            tiebreaker=tiebreaker,
            agreement_threshold=agreement_threshold,
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
