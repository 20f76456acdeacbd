# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AggregateSpec")


@_attrs_define
class AggregateSpec:
    """One function, and for all but `$count` the field it is computed over."""

    count: bool | Unset = UNSET
    """ The number of records. """
    sum_: str | Unset = UNSET
    """ The sum of this field. """
    avg: str | Unset = UNSET
    """ The mean of this field. """
    min_: str | Unset = UNSET
    """ The smallest value of this field. """
    max_: str | Unset = UNSET
    """ The largest value of this field. """

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        sum_ = self.sum_

        avg = self.avg

        min_ = self.min_

        max_ = self.max_

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if count is not UNSET:
            field_dict["$count"] = count
        if sum_ is not UNSET:
            field_dict["$sum"] = sum_
        if avg is not UNSET:
            field_dict["$avg"] = avg
        if min_ is not UNSET:
            field_dict["$min"] = min_
        if max_ is not UNSET:
            field_dict["$max"] = max_

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("$count", UNSET)

        sum_ = d.pop("$sum", UNSET)

        avg = d.pop("$avg", UNSET)

        min_ = d.pop("$min", UNSET)

        max_ = d.pop("$max", UNSET)

        _model = cls(
            count=count,
            sum_=sum_,
            avg=avg,
            min_=min_,
            max_=max_,
        )

        return _model
