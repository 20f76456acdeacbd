# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.responder_predicate import ResponderPredicate


T = TypeVar("T", bound="OrchestrationAudit")


@_attrs_define
class OrchestrationAudit:
    """One round, then an auditor judges the folded answer."""

    pattern: Literal["ensemble_with_audit"]
    """ Always `ensemble_with_audit`. """
    primary_responders: list[ResponderPredicate] | Unset = UNSET
    """ Who may answer. """
    auditor: ResponderPredicate | Unset = UNSET
    """ Who may answer. Every member that is given must hold; entries of a list are alternatives. """
    audit_expression: str | Unset = UNSET
    """ A CEL expression over `audit`; true approves. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pattern = self.pattern

        primary_responders: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.primary_responders, Unset):
            primary_responders = []
            for primary_responders_item_data in self.primary_responders:
                primary_responders_item = primary_responders_item_data.to_dict()
                primary_responders.append(primary_responders_item)

        auditor: dict[str, Any] | Unset = UNSET
        if not isinstance(self.auditor, Unset):
            auditor = self.auditor.to_dict()

        audit_expression = self.audit_expression

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
            }
        )
        if primary_responders is not UNSET:
            field_dict["primary_responders"] = primary_responders
        if auditor is not UNSET:
            field_dict["auditor"] = auditor
        if audit_expression is not UNSET:
            field_dict["audit_expression"] = audit_expression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.responder_predicate import ResponderPredicate  # noqa: PLC0415

        d = dict(src_dict)
        pattern = cast(Literal["ensemble_with_audit"], d.pop("pattern"))
        if pattern != "ensemble_with_audit":
            raise ValueError(f"pattern must match const 'ensemble_with_audit', got '{pattern}'")

        _primary_responders = d.pop("primary_responders", UNSET)
        primary_responders: list[ResponderPredicate] | Unset = UNSET
        if _primary_responders is not UNSET:
            primary_responders = []
            for primary_responders_item_data in _primary_responders:
                primary_responders_item = ResponderPredicate.from_dict(primary_responders_item_data)

                primary_responders.append(primary_responders_item)

        _auditor = d.pop("auditor", UNSET)
        auditor: ResponderPredicate | Unset
        if isinstance(_auditor, Unset):
            auditor = UNSET
        else:
            auditor = ResponderPredicate.from_dict(_auditor)

        audit_expression = d.pop("audit_expression", UNSET)

        _model = cls(
            pattern=pattern,
            primary_responders=primary_responders,
            auditor=auditor,
            audit_expression=audit_expression,
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
