# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="BatchRefusal")


@_attrs_define
class BatchRefusal:
    """One record of a batch that is refused; the members are those of `Error`."""

    object_: Literal["error"]
    """ Always `error`. """
    status: int
    """ The status that the record would have been answered with by itself. """
    index: int
    """ The place of the record in the batch, from 0. """
    type_: str
    """ The family of the error. """
    code: str
    """ The stable name of the error. """
    message: str
    """ What was wrong and where, for people. Paths begin at the record. """
    hint: str | Unset = UNSET
    """ What to do about it. """
    error: str | Unset = UNSET
    """ The code once more, for older clients; only where they look for it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        status = self.status

        index = self.index

        type_ = self.type_

        code = self.code

        message = self.message

        hint = self.hint

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "status": status,
                "index": index,
                "type": type_,
                "code": code,
                "message": message,
            }
        )
        if hint is not UNSET:
            field_dict["hint"] = hint
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["error"], d.pop("object"))
        if object_ != "error":
            raise ValueError(f"object must match const 'error', got '{object_}'")

        status = d.pop("status")

        index = d.pop("index")

        type_ = d.pop("type")

        code = d.pop("code")

        message = d.pop("message")

        hint = d.pop("hint", UNSET)

        error = d.pop("error", UNSET)

        _model = cls(
            object_=object_,
            status=status,
            index=index,
            type_=type_,
            code=code,
            message=message,
            hint=hint,
            error=error,
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
