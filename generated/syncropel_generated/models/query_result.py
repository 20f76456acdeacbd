# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.query_plan import QueryPlan
    from ..models.query_row import QueryRow


T = TypeVar("T", bound="QueryResult")


@_attrs_define
class QueryResult:
    """A page of the records that match."""

    object_: Literal["list"]
    """ Always `list`. """
    data: list[QueryRow]
    """ The rows, in the order asked for. """
    capped: bool
    """ Whether more rows match than this page and those before it hold. """
    matched_total: int
    """ How many records match in all, of those that the caller may see. """
    next_cursor: None | str | Unset = UNSET
    """ What to pass as `cursor` for the next page; null when this is the last one. """
    plan: QueryPlan | Unset = UNSET
    """ How a query was run. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        capped = self.capped

        matched_total = self.matched_total

        next_cursor: None | str | Unset
        if isinstance(self.next_cursor, Unset):
            next_cursor = UNSET
        else:
            next_cursor = self.next_cursor

        plan: dict[str, Any] | Unset = UNSET
        if not isinstance(self.plan, Unset):
            plan = self.plan.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "data": data,
                "capped": capped,
                "matched_total": matched_total,
            }
        )
        if next_cursor is not UNSET:
            field_dict["next_cursor"] = next_cursor
        if plan is not UNSET:
            field_dict["plan"] = plan

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.query_plan import QueryPlan  # noqa: PLC0415
        from ..models.query_row import QueryRow  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["list"], d.pop("object"))
        if object_ != "list":
            raise ValueError(f"object must match const 'list', got '{object_}'")

        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = QueryRow.from_dict(data_item_data)

            data.append(data_item)

        capped = d.pop("capped")

        matched_total = d.pop("matched_total")

        def _parse_next_cursor(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        next_cursor = _parse_next_cursor(d.pop("next_cursor", UNSET))

        _plan = d.pop("plan", UNSET)
        plan: QueryPlan | Unset
        if isinstance(_plan, Unset):
            plan = UNSET
        else:
            plan = QueryPlan.from_dict(_plan)

        _model = cls(
            object_=object_,
            data=data,
            capped=capped,
            matched_total=matched_total,
            next_cursor=next_cursor,
            plan=plan,
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
