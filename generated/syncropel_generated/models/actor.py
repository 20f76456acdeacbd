# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.responder_kind import ResponderKind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.responder_config import ResponderConfig


T = TypeVar("T", bound="Actor")


@_attrs_define
class Actor:
    """A registered responder."""

    object_: Literal["actor"]
    """ Always `actor`. """
    did: str
    """ Its DID; its replies are written in this name. """
    kind: ResponderKind
    """ What a responder is. """
    available: bool
    """ Whether it takes calls now. """
    source: str
    """ Who registered it, `api`, `config` or `builtin`. """
    model: str | Unset = UNSET
    """ The model that is asked. """
    display_name: str | Unset = UNSET
    """ Its name for people. """
    capabilities: list[str] | Unset = UNSET
    """ What it can do. """
    domains: list[str] | Unset = UNSET
    """ The domains it serves; none for all. """
    cost_estimate_usd: float | Unset = UNSET
    """ What a call is expected to cost, in US dollars. """
    typical_response_delay_s: float | Unset = UNSET
    """ How long it typically takes, in seconds. """
    config: ResponderConfig | Unset = UNSET
    """ How a responder is reached, as its kind needs it. Never a secret, only the names of environment variables.
    """
    registered_at: int | Unset = UNSET
    """ When it was registered, in seconds since 1970 UTC. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        did = self.did

        kind = self.kind.value

        available = self.available

        source = self.source

        model = self.model

        display_name = self.display_name

        capabilities: list[str] | Unset = UNSET
        if not isinstance(self.capabilities, Unset):
            capabilities = self.capabilities

        domains: list[str] | Unset = UNSET
        if not isinstance(self.domains, Unset):
            domains = self.domains

        cost_estimate_usd = self.cost_estimate_usd

        typical_response_delay_s = self.typical_response_delay_s

        config: dict[str, Any] | Unset = UNSET
        if not isinstance(self.config, Unset):
            config = self.config.to_dict()

        registered_at = self.registered_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "did": did,
                "kind": kind,
                "available": available,
                "source": source,
            }
        )
        if model is not UNSET:
            field_dict["model"] = model
        if display_name is not UNSET:
            field_dict["display_name"] = display_name
        if capabilities is not UNSET:
            field_dict["capabilities"] = capabilities
        if domains is not UNSET:
            field_dict["domains"] = domains
        if cost_estimate_usd is not UNSET:
            field_dict["cost_estimate_usd"] = cost_estimate_usd
        if typical_response_delay_s is not UNSET:
            field_dict["typical_response_delay_s"] = typical_response_delay_s
        if config is not UNSET:
            field_dict["config"] = config
        if registered_at is not UNSET:
            field_dict["registered_at"] = registered_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.responder_config import ResponderConfig  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["actor"], d.pop("object"))
        if object_ != "actor":
            raise ValueError(f"object must match const 'actor', got '{object_}'")

        did = d.pop("did")

        kind = ResponderKind(d.pop("kind"))

        available = d.pop("available")

        source = d.pop("source")

        model = d.pop("model", UNSET)

        display_name = d.pop("display_name", UNSET)

        capabilities = cast(list[str], d.pop("capabilities", UNSET))

        domains = cast(list[str], d.pop("domains", UNSET))

        cost_estimate_usd = d.pop("cost_estimate_usd", UNSET)

        typical_response_delay_s = d.pop("typical_response_delay_s", UNSET)

        _config = d.pop("config", UNSET)
        config: ResponderConfig | Unset
        if isinstance(_config, Unset):
            config = UNSET
        else:
            config = ResponderConfig.from_dict(_config)

        registered_at = d.pop("registered_at", UNSET)

        _model = cls(
            object_=object_,
            did=did,
            kind=kind,
            available=available,
            source=source,
            model=model,
            display_name=display_name,
            capabilities=capabilities,
            domains=domains,
            cost_estimate_usd=cost_estimate_usd,
            typical_response_delay_s=typical_response_delay_s,
            config=config,
            registered_at=registered_at,
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
