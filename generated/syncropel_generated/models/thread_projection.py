# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.projection_format import ProjectionFormat
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.projected_message import ProjectedMessage


T = TypeVar("T", bound="ThreadProjection")


@_attrs_define
class ThreadProjection:
    """A rendered thread. `text` is there for `tui`, `messages` for `messages`."""

    object_: Literal["thread_projection"]
    """ Always `thread_projection`. """
    id: str
    """ The name of the thread. """
    format_: ProjectionFormat
    """ Lines of text, or one message per record. """
    text: str | Unset = UNSET
    """ The thread as lines of text. """
    messages: list[ProjectedMessage] | Unset = UNSET
    """ The thread as messages, in the order of ingest. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        format_ = self.format_.value

        text = self.text

        messages: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.messages, Unset):
            messages = []
            for messages_item_data in self.messages:
                messages_item = messages_item_data.to_dict()
                messages.append(messages_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "format": format_,
            }
        )
        if text is not UNSET:
            field_dict["text"] = text
        if messages is not UNSET:
            field_dict["messages"] = messages

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.projected_message import ProjectedMessage  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["thread_projection"], d.pop("object"))
        if object_ != "thread_projection":
            raise ValueError(f"object must match const 'thread_projection', got '{object_}'")

        id = d.pop("id")

        format_ = ProjectionFormat(d.pop("format"))

        text = d.pop("text", UNSET)

        _messages = d.pop("messages", UNSET)
        messages: list[ProjectedMessage] | Unset = UNSET
        if _messages is not UNSET:
            messages = []
            for messages_item_data in _messages:
                messages_item = ProjectedMessage.from_dict(messages_item_data)

                messages.append(messages_item)

        _model = cls(
            object_=object_,
            id=id,
            format_=format_,
            text=text,
            messages=messages,
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
