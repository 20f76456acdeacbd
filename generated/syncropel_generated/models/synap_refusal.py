# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SynapRefusal")


@_attrs_define
class SynapRefusal:
    """How the routes of the four families refuse, beside `default`."""

    error: str
    """ What was wrong and where, for people. """
    code: int
    """ The HTTP status, once more. """
    error_code: str
    """ The stable name of the error, in UPPER_SNAKE. The table of errors lists them all. """
    request_id: str
    """ The id of the request in the daemon's log. """
    hint: str | Unset = UNSET
    """ What to do about it. """
    success: bool | Unset = UNSET
    """ Always false; on the command route only. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        error = self.error

        code = self.code

        error_code = self.error_code

        request_id = self.request_id

        hint = self.hint

        success = self.success

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "error": error,
                "code": code,
                "error_code": error_code,
                "request_id": request_id,
            }
        )
        if hint is not UNSET:
            field_dict["hint"] = hint
        if success is not UNSET:
            field_dict["success"] = success

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        error = d.pop("error")

        code = d.pop("code")

        error_code = d.pop("error_code")

        request_id = d.pop("request_id")

        hint = d.pop("hint", UNSET)

        success = d.pop("success", UNSET)

        _model = cls(
            error=error,
            code=code,
            error_code=error_code,
            request_id=request_id,
            hint=hint,
            success=success,
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
