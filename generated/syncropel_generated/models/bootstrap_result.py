# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="BootstrapResult")


@_attrs_define
class BootstrapResult:
    """The first service account of a namespace, and the records that tell of it."""

    object_: Literal["bootstrap_result"]
    """ Always `bootstrap_result`. """
    service_account_id: str
    """ The id of the service account. """
    sa_record_id: str
    """ The id of the record that tells of the account. """
    namespace: str
    """ The namespace that it is the first account of. """
    token_id: str
    """ The id of its token. """
    token_record_id: str
    """ The id of the record that tells of the token. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        service_account_id = self.service_account_id

        sa_record_id = self.sa_record_id

        namespace = self.namespace

        token_id = self.token_id

        token_record_id = self.token_record_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "service_account_id": service_account_id,
                "sa_record_id": sa_record_id,
                "namespace": namespace,
                "token_id": token_id,
                "token_record_id": token_record_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        object_ = cast(Literal["bootstrap_result"], d.pop("object"))
        if object_ != "bootstrap_result":
            raise ValueError(f"object must match const 'bootstrap_result', got '{object_}'")

        service_account_id = d.pop("service_account_id")

        sa_record_id = d.pop("sa_record_id")

        namespace = d.pop("namespace")

        token_id = d.pop("token_id")

        token_record_id = d.pop("token_record_id")

        _model = cls(
            object_=object_,
            service_account_id=service_account_id,
            sa_record_id=sa_record_id,
            namespace=namespace,
            token_id=token_id,
            token_record_id=token_record_id,
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
