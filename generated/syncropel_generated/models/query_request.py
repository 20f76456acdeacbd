# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.aggregate_specs import AggregateSpecs
    from ..models.query_filter import QueryFilter
    from ..models.query_sort import QuerySort


T = TypeVar("T", bound="QueryRequest")


@_attrs_define
class QueryRequest:
    """A rich query. With `group_by` or `aggregates` it asks for an aggregation."""

    thread: str | Unset = UNSET
    """ Only records of this thread. """
    filter_: QueryFilter | Unset = UNSET
    """ Conditions that must all hold. See the operation for its language. """
    sort: QuerySort | Unset = UNSET
    """ One field and its direction. """
    limit: int | Unset = 100
    """ The most rows to return, lowered to 1000. In an aggregation the most groups. """
    offset: int | Unset = 0
    """ How many rows to skip. `cursor` is cheaper on long lists. """
    cursor: None | str | Unset = UNSET
    """ The `next_cursor` of the page before. Opaque. """
    select: list[str] | Unset = UNSET
    """ The only fields to return of each row. Absent, rows are whole. """
    group_by: list[str] | Unset = UNSET
    """ The fields whose values make a group. A path that crosses an array counts each element. """
    aggregates: AggregateSpecs | Unset = UNSET
    """ The aggregates to compute, under the names that the answer will use. """
    explain: bool | Unset = False
    """ Whether the answer tells how the query was run. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        thread = self.thread

        filter_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.filter_, Unset):
            filter_ = self.filter_.to_dict()

        sort: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sort, Unset):
            sort = self.sort.to_dict()

        limit = self.limit

        offset = self.offset

        cursor: None | str | Unset
        if isinstance(self.cursor, Unset):
            cursor = UNSET
        else:
            cursor = self.cursor

        select: list[str] | Unset = UNSET
        if not isinstance(self.select, Unset):
            select = self.select

        group_by: list[str] | Unset = UNSET
        if not isinstance(self.group_by, Unset):
            group_by = self.group_by

        aggregates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.aggregates, Unset):
            aggregates = self.aggregates.to_dict()

        explain = self.explain

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if thread is not UNSET:
            field_dict["thread"] = thread
        if filter_ is not UNSET:
            field_dict["filter"] = filter_
        if sort is not UNSET:
            field_dict["sort"] = sort
        if limit is not UNSET:
            field_dict["limit"] = limit
        if offset is not UNSET:
            field_dict["offset"] = offset
        if cursor is not UNSET:
            field_dict["cursor"] = cursor
        if select is not UNSET:
            field_dict["select"] = select
        if group_by is not UNSET:
            field_dict["group_by"] = group_by
        if aggregates is not UNSET:
            field_dict["aggregates"] = aggregates
        if explain is not UNSET:
            field_dict["explain"] = explain

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.aggregate_specs import AggregateSpecs  # noqa: PLC0415
        from ..models.query_filter import QueryFilter  # noqa: PLC0415
        from ..models.query_sort import QuerySort  # noqa: PLC0415

        d = dict(src_dict)
        thread = d.pop("thread", UNSET)

        _filter_ = d.pop("filter", UNSET)
        filter_: QueryFilter | Unset
        if isinstance(_filter_, Unset):
            filter_ = UNSET
        else:
            filter_ = QueryFilter.from_dict(_filter_)

        _sort = d.pop("sort", UNSET)
        sort: QuerySort | Unset
        if isinstance(_sort, Unset):
            sort = UNSET
        else:
            sort = QuerySort.from_dict(_sort)

        limit = d.pop("limit", UNSET)

        offset = d.pop("offset", UNSET)

        def _parse_cursor(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cursor = _parse_cursor(d.pop("cursor", UNSET))

        select = cast(list[str], d.pop("select", UNSET))

        group_by = cast(list[str], d.pop("group_by", UNSET))

        _aggregates = d.pop("aggregates", UNSET)
        aggregates: AggregateSpecs | Unset
        if isinstance(_aggregates, Unset):
            aggregates = UNSET
        else:
            aggregates = AggregateSpecs.from_dict(_aggregates)

        explain = d.pop("explain", UNSET)

        _model = cls(
            thread=thread,
            filter_=filter_,
            sort=sort,
            limit=limit,
            offset=offset,
            cursor=cursor,
            select=select,
            group_by=group_by,
            aggregates=aggregates,
            explain=explain,
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
