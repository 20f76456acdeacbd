# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.act import Act
from ..models.data_type import DataType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.record_body import RecordBody
    from ..models.record_signature import RecordSignature


T = TypeVar("T", bound="Record")


@_attrs_define
class Record:
    """A record as it is stored."""

    object_: Literal["record"]
    """ Always `record`. """
    id: str
    """ SHA-256 of the canonical JSON of the seven hashed members, in lowercase hexadecimal. """
    act: Act
    """ What kind of deed the record tells of. """
    actor: str
    """ The DID of the actor. """
    body: RecordBody
    """ The body of a record. Opaque to the store; `kind` says which schema it follows. """
    clock: int
    """ A logical clock, counted per actor and thread. Any 64-bit integer from 0. """
    data_type: DataType
    """ How the body is to be understood. """
    parents: list[str]
    """ Ids of the records this one builds on, ascending. """
    thread: str
    """ The thread the record belongs to. """
    judged_by: None | str | Unset = UNSET
    """ Id of the judgement that the record reflects; absent when there is none. """
    sequence: int | Unset = UNSET
    """ The place of the record in the order of ingest, from 1 and without gaps. """
    namespace: str | Unset = UNSET
    """ The namespace that the body names, `default` when it names none. Not part of the id. """
    created_at: int | Unset = UNSET
    """ When the daemon stored the record, in seconds since 1970. Not part of the id. """
    sig: RecordSignature | Unset = UNSET
    """ The signature of a record, beside the envelope and not part of its id. It is Ed25519 over the bytes
    `syncropel/record/v1`, a zero byte, and the 32 bytes of the record's id.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        id = self.id

        act = self.act.value

        actor = self.actor

        body = self.body.to_dict()

        clock = self.clock

        data_type = self.data_type.value

        parents = self.parents

        thread = self.thread

        judged_by: None | str | Unset
        if isinstance(self.judged_by, Unset):
            judged_by = UNSET
        else:
            judged_by = self.judged_by

        sequence = self.sequence

        namespace = self.namespace

        created_at = self.created_at

        sig: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sig, Unset):
            sig = self.sig.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "id": id,
                "act": act,
                "actor": actor,
                "body": body,
                "clock": clock,
                "data_type": data_type,
                "parents": parents,
                "thread": thread,
            }
        )
        if judged_by is not UNSET:
            field_dict["judged_by"] = judged_by
        if sequence is not UNSET:
            field_dict["sequence"] = sequence
        if namespace is not UNSET:
            field_dict["namespace"] = namespace
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if sig is not UNSET:
            field_dict["sig"] = sig

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.record_body import RecordBody  # noqa: PLC0415
        from ..models.record_signature import RecordSignature  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["record"], d.pop("object"))
        if object_ != "record":
            raise ValueError(f"object must match const 'record', got '{object_}'")

        id = d.pop("id")

        act = Act(d.pop("act"))

        actor = d.pop("actor")

        body = RecordBody.from_dict(d.pop("body"))

        clock = d.pop("clock")

        data_type = DataType(d.pop("data_type"))

        parents = cast(list[str], d.pop("parents"))

        thread = d.pop("thread")

        def _parse_judged_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        judged_by = _parse_judged_by(d.pop("judged_by", UNSET))

        sequence = d.pop("sequence", UNSET)

        namespace = d.pop("namespace", UNSET)

        created_at = d.pop("created_at", UNSET)

        _sig = d.pop("sig", UNSET)
        sig: RecordSignature | Unset
        if isinstance(_sig, Unset):
            sig = UNSET
        else:
            sig = RecordSignature.from_dict(_sig)

        _model = cls(
            object_=object_,
            id=id,
            act=act,
            actor=actor,
            body=body,
            clock=clock,
            data_type=data_type,
            parents=parents,
            thread=thread,
            judged_by=judged_by,
            sequence=sequence,
            namespace=namespace,
            created_at=created_at,
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
