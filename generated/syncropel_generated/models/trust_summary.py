# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TrustSummary")


@_attrs_define
class TrustSummary:
    """The trust of those who contributed."""

    mean: float | Unset = UNSET
    """ The mean. """
    min_: float | Unset = UNSET
    """ The lowest. """
    max_: float | Unset = UNSET
    """ The highest. """
    n_contributors: int | Unset = UNSET
    """ How many contributed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mean = self.mean

        min_ = self.min_

        max_ = self.max_

        n_contributors = self.n_contributors

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if mean is not UNSET:
            field_dict["mean"] = mean
        if min_ is not UNSET:
            field_dict["min"] = min_
        if max_ is not UNSET:
            field_dict["max"] = max_
        if n_contributors is not UNSET:
            field_dict["n_contributors"] = n_contributors

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mean = d.pop("mean", UNSET)

        min_ = d.pop("min", UNSET)

        max_ = d.pop("max", UNSET)

        n_contributors = d.pop("n_contributors", UNSET)

        _model = cls(
            mean=mean,
            min_=min_,
            max_=max_,
            n_contributors=n_contributors,
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
