# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.adaptive_dial import AdaptiveDial


T = TypeVar("T", bound="OrchestrationRetry")


@_attrs_define
class OrchestrationRetry:
    """Again with another dial, while the confidence is low."""

    pattern: Literal["retry_on_low_confidence"]
    """ Always `retry_on_low_confidence`. """
    threshold_expression: str | Unset = UNSET
    """ A CEL expression; true asks again. """
    max_attempts: int | Unset = UNSET
    """ The most rounds. """
    retry_dial: AdaptiveDial | float | Unset = UNSET
    """ Between replaying what is known (0) and creating (1), fixed or decided by conditions. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.adaptive_dial import AdaptiveDial  # noqa: PLC0415

        pattern = self.pattern

        threshold_expression = self.threshold_expression

        max_attempts = self.max_attempts

        retry_dial: dict[str, Any] | float | Unset
        if isinstance(self.retry_dial, Unset):
            retry_dial = UNSET
        elif isinstance(self.retry_dial, AdaptiveDial):
            retry_dial = self.retry_dial.to_dict()
        else:
            retry_dial = self.retry_dial

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pattern": pattern,
            }
        )
        if threshold_expression is not UNSET:
            field_dict["threshold_expression"] = threshold_expression
        if max_attempts is not UNSET:
            field_dict["max_attempts"] = max_attempts
        if retry_dial is not UNSET:
            field_dict["retry_dial"] = retry_dial

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.adaptive_dial import AdaptiveDial  # noqa: PLC0415

        d = dict(src_dict)
        pattern = cast(Literal["retry_on_low_confidence"], d.pop("pattern"))
        if pattern != "retry_on_low_confidence":
            raise ValueError(f"pattern must match const 'retry_on_low_confidence', got '{pattern}'")

        threshold_expression = d.pop("threshold_expression", UNSET)

        max_attempts = d.pop("max_attempts", UNSET)

        def _parse_retry_dial(data: object) -> AdaptiveDial | float | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_dial_type_1 = AdaptiveDial.from_dict(data)

                return componentsschemas_dial_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AdaptiveDial | float | Unset, data)

        retry_dial = _parse_retry_dial(d.pop("retry_dial", UNSET))

        _model = cls(
            pattern=pattern,
            threshold_expression=threshold_expression,
            max_attempts=max_attempts,
            retry_dial=retry_dial,
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
