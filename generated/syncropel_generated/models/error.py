# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.batch_fault import BatchFault


T = TypeVar("T", bound="Error")


@_attrs_define
class Error:
    """The one shape of every refusal."""

    object_: Literal["error"]
    """ Always `error`. """
    type_: str
    """ The family of the error: `invalid_request_error`, `authentication_error`, `permission_error`,
    `not_found_error`, `conflict_error`, `gone_error`, `rate_limit_error` or `api_error`.
     """
    code: str
    """ The stable name of the error, in UPPER_SNAKE. The table of errors lists them all. """
    message: str
    """ What was wrong and where, for people. """
    request_id: str
    """ The id of the request in the daemon's log. """
    hint: str | Unset = UNSET
    """ What to do about it. """
    error: str | Unset = UNSET
    """ The code once more, for older clients; only where they look for it. """
    refused: list[BatchFault] | Unset = UNSET
    """ The records that keep an atomic batch out; with `BATCH_REFUSED` only. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        type_ = self.type_

        code = self.code

        message = self.message

        request_id = self.request_id

        hint = self.hint

        error = self.error

        refused: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.refused, Unset):
            refused = []
            for refused_item_data in self.refused:
                refused_item = refused_item_data.to_dict()
                refused.append(refused_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "type": type_,
                "code": code,
                "message": message,
                "request_id": request_id,
            }
        )
        if hint is not UNSET:
            field_dict["hint"] = hint
        if error is not UNSET:
            field_dict["error"] = error
        if refused is not UNSET:
            field_dict["refused"] = refused

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.batch_fault import BatchFault  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["error"], d.pop("object"))
        if object_ != "error":
            raise ValueError(f"object must match const 'error', got '{object_}'")

        type_ = d.pop("type")

        code = d.pop("code")

        message = d.pop("message")

        request_id = d.pop("request_id")

        hint = d.pop("hint", UNSET)

        error = d.pop("error", UNSET)

        _refused = d.pop("refused", UNSET)
        refused: list[BatchFault] | Unset = UNSET
        if _refused is not UNSET:
            refused = []
            for refused_item_data in _refused:
                refused_item = BatchFault.from_dict(refused_item_data)

                refused.append(refused_item)

        _model = cls(
            object_=object_,
            type_=type_,
            code=code,
            message=message,
            request_id=request_id,
            hint=hint,
            error=error,
            refused=refused,
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
