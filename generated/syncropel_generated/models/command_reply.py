# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CommandReply")


@_attrs_define
class CommandReply:
    """What became of a command."""

    success: bool
    """ Whether it was carried out. """
    request_id: str
    """ The one of the request. """
    payload: Any
    """ Its answer; null when it was refused. """
    error: None | str
    """ What was wrong, for people; null when nothing was. """
    code: int | Unset = UNSET
    """ The status that a route of its own would have had; when it was refused. """
    error_code: str | Unset = UNSET
    """ The stable name of the error; when it was refused. """
    hint: str | Unset = UNSET
    """ What to do about it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        request_id = self.request_id

        payload = self.payload

        error: None | str
        error = self.error

        code = self.code

        error_code = self.error_code

        hint = self.hint

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "request_id": request_id,
                "payload": payload,
                "error": error,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code
        if error_code is not UNSET:
            field_dict["error_code"] = error_code
        if hint is not UNSET:
            field_dict["hint"] = hint

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        success = d.pop("success")

        request_id = d.pop("request_id")

        payload = d.pop("payload")

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error = _parse_error(d.pop("error"))

        code = d.pop("code", UNSET)

        error_code = d.pop("error_code", UNSET)

        hint = d.pop("hint", UNSET)

        _model = cls(
            success=success,
            request_id=request_id,
            payload=payload,
            error=error,
            code=code,
            error_code=error_code,
            hint=hint,
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
