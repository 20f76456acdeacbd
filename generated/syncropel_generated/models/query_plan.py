# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="QueryPlan")


@_attrs_define
class QueryPlan:
    """How a query was run."""

    indexed_fields: list[str]
    """ Fields of the filter that an index answers. """
    unindexed_fields: list[str]
    """ Fields of the filter that are read from each candidate row. """
    sql: str | Unset = UNSET
    """ The statement that the store ran, with placeholders for the values. """
    bind_count: int | Unset = UNSET
    """ The number of values bound to the statement. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        indexed_fields = self.indexed_fields

        unindexed_fields = self.unindexed_fields

        sql = self.sql

        bind_count = self.bind_count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "indexed_fields": indexed_fields,
                "unindexed_fields": unindexed_fields,
            }
        )
        if sql is not UNSET:
            field_dict["sql"] = sql
        if bind_count is not UNSET:
            field_dict["bind_count"] = bind_count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        indexed_fields = cast(list[str], d.pop("indexed_fields"))

        unindexed_fields = cast(list[str], d.pop("unindexed_fields"))

        sql = d.pop("sql", UNSET)

        bind_count = d.pop("bind_count", UNSET)

        _model = cls(
            indexed_fields=indexed_fields,
            unindexed_fields=unindexed_fields,
            sql=sql,
            bind_count=bind_count,
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
