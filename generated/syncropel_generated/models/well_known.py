# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.capabilities import Capabilities
    from ..models.federation_manifest import FederationManifest


T = TypeVar("T", bound="WellKnown")


@_attrs_define
class WellKnown:
    """The manifests of an instance."""

    capabilities_manifest: Capabilities
    """ The capability manifest. """
    federation_manifest: FederationManifest | Unset = UNSET
    """ How the instance federates; absent when it does not. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        capabilities_manifest = self.capabilities_manifest.to_dict()

        federation_manifest: dict[str, Any] | Unset = UNSET
        if not isinstance(self.federation_manifest, Unset):
            federation_manifest = self.federation_manifest.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "capabilities_manifest": capabilities_manifest,
            }
        )
        if federation_manifest is not UNSET:
            field_dict["federation_manifest"] = federation_manifest

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capabilities import Capabilities  # noqa: PLC0415
        from ..models.federation_manifest import FederationManifest  # noqa: PLC0415

        d = dict(src_dict)
        capabilities_manifest = Capabilities.from_dict(d.pop("capabilities_manifest"))

        _federation_manifest = d.pop("federation_manifest", UNSET)
        federation_manifest: FederationManifest | Unset
        if isinstance(_federation_manifest, Unset):
            federation_manifest = UNSET
        else:
            federation_manifest = FederationManifest.from_dict(_federation_manifest)

        _model = cls(
            capabilities_manifest=capabilities_manifest,
            federation_manifest=federation_manifest,
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
