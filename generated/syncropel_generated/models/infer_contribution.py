# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.match_level import MatchLevel
from ..types import UNSET, Unset

T = TypeVar("T", bound="InferContribution")


@_attrs_define
class InferContribution:
    """One response that entered the answer."""

    responder_did: str
    """ Who responded. """
    response_record_id: str
    """ The id of the response. """
    weight: float | Unset = UNSET
    """ How much it counted. """
    match_level: MatchLevel | None | Unset = UNSET
    """ How exactly it matched; null when nothing was matched. """
    trust_at_dispatch: float | Unset = UNSET
    """ The trust of the responder when it was called. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        responder_did = self.responder_did

        response_record_id = self.response_record_id

        weight = self.weight

        match_level: None | str | Unset
        if isinstance(self.match_level, Unset):
            match_level = UNSET
        elif isinstance(self.match_level, MatchLevel):
            match_level = self.match_level.value
        else:
            match_level = self.match_level

        trust_at_dispatch = self.trust_at_dispatch

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "responder_did": responder_did,
                "response_record_id": response_record_id,
            }
        )
        if weight is not UNSET:
            field_dict["weight"] = weight
        if match_level is not UNSET:
            field_dict["match_level"] = match_level
        if trust_at_dispatch is not UNSET:
            field_dict["trust_at_dispatch"] = trust_at_dispatch

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        responder_did = d.pop("responder_did")

        response_record_id = d.pop("response_record_id")

        weight = d.pop("weight", UNSET)

        def _parse_match_level(data: object) -> MatchLevel | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                match_level_type_0 = MatchLevel(data)

                return match_level_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MatchLevel | None | Unset, data)

        match_level = _parse_match_level(d.pop("match_level", UNSET))

        trust_at_dispatch = d.pop("trust_at_dispatch", UNSET)

        _model = cls(
            responder_did=responder_did,
            response_record_id=response_record_id,
            weight=weight,
            match_level=match_level,
            trust_at_dispatch=trust_at_dispatch,
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
