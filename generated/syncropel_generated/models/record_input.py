# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.act import Act
from ..models.data_type import DataType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.record_body import RecordBody
    from ..models.record_signature import RecordSignature


T = TypeVar("T", bound="RecordInput")


@_attrs_define
class RecordInput:
    """A record as it is emitted. All members but `judged_by` and `sig` enter its id."""

    act: Act
    """ What kind of deed the record tells of. """
    actor: str
    """ The DID of the actor. At most 1024 bytes. """
    body: RecordBody
    """ The body of a record. Opaque to the store; `kind` says which schema it follows. """
    clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    thread: str
    """ The thread the record belongs to. Any non-empty text of at most 1024 bytes. """
    data_type: DataType | Unset = UNSET
    """ How the body is to be understood. """
    parents: list[str] | Unset = UNSET
    """ Ids of the records this one builds on. Their order does not matter. """
    judged_by: None | str | Unset = UNSET
    """ Id of the judgement that the record reflects, at most 1024 bytes. Not part of its id. """
    sig: None | RecordSignature | Unset = UNSET
    """ The signature, beside the envelope; null or absent for a record that is not signed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.record_signature import RecordSignature  # noqa: PLC0415

        act = self.act.value

        actor = self.actor

        body = self.body.to_dict()

        clock = self.clock

        thread = self.thread

        data_type: str | Unset = UNSET
        if not isinstance(self.data_type, Unset):
            data_type = self.data_type.value

        parents: list[str] | Unset = UNSET
        if not isinstance(self.parents, Unset):
            parents = self.parents

        judged_by: None | str | Unset
        if isinstance(self.judged_by, Unset):
            judged_by = UNSET
        else:
            judged_by = self.judged_by

        sig: dict[str, Any] | None | Unset
        if isinstance(self.sig, Unset):
            sig = UNSET
        elif isinstance(self.sig, RecordSignature):
            sig = self.sig.to_dict()
        else:
            sig = self.sig

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "act": act,
                "actor": actor,
                "body": body,
                "clock": clock,
                "thread": thread,
            }
        )
        if data_type is not UNSET:
            field_dict["data_type"] = data_type
        if parents is not UNSET:
            field_dict["parents"] = parents
        if judged_by is not UNSET:
            field_dict["judged_by"] = judged_by
        if sig is not UNSET:
            field_dict["sig"] = sig

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.record_body import RecordBody  # noqa: PLC0415
        from ..models.record_signature import RecordSignature  # noqa: PLC0415

        d = dict(src_dict)
        act = Act(d.pop("act"))

        actor = d.pop("actor")

        body = RecordBody.from_dict(d.pop("body"))

        clock = d.pop("clock")

        thread = d.pop("thread")

        _data_type = d.pop("data_type", UNSET)
        data_type: DataType | Unset
        if isinstance(_data_type, Unset):
            data_type = UNSET
        else:
            data_type = DataType(_data_type)

        parents = cast(list[str], d.pop("parents", UNSET))

        def _parse_judged_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        judged_by = _parse_judged_by(d.pop("judged_by", UNSET))

        def _parse_sig(data: object) -> None | RecordSignature | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sig_type_0 = RecordSignature.from_dict(data)

                return sig_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RecordSignature | Unset, data)

        sig = _parse_sig(d.pop("sig", UNSET))

        _model = cls(
            act=act,
            actor=actor,
            body=body,
            clock=clock,
            thread=thread,
            data_type=data_type,
            parents=parents,
            judged_by=judged_by,
            sig=sig,
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
