# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.capabilities_auth import CapabilitiesAuth
    from ..models.capabilities_daemon import CapabilitiesDaemon
    from ..models.capabilities_record import CapabilitiesRecord
    from ..models.capability_details import CapabilityDetails
    from ..models.capability_flags import CapabilityFlags
    from ..models.capability_limits import CapabilityLimits


T = TypeVar("T", bound="Capabilities")


@_attrs_define
class Capabilities:
    """The capability manifest."""

    object_: Literal["capabilities_manifest"]
    """ Always `capabilities_manifest`. """
    manifest_version: str
    """ The version of this manifest's form. """
    daemon: CapabilitiesDaemon
    """ Which daemon this is. """
    auth: CapabilitiesAuth
    """ How callers are told apart. """
    record: CapabilitiesRecord
    """ How records are identified. """
    capabilities: CapabilityFlags
    """ What the daemon supports. A flag that is missing means no. """
    did_methods: list[str] | Unset = UNSET
    """ The DID methods that actors may use. """
    mcp_tools: list[str] | Unset = UNSET
    """ The tools offered to language models. """
    transports: CapabilityDetails | Unset = UNSET
    """ Details of one capability, as they grow. """
    semantic_search: CapabilityDetails | Unset = UNSET
    """ Details of one capability, as they grow. """
    store_backends: list[str] | Unset = UNSET
    """ The kinds of store that the daemon can run on. """
    limits: CapabilityLimits | Unset = UNSET
    """ The limits that a client has to know beforehand, such as `batch_records` and `batch_bytes`. """
    conventions: CapabilityDetails | Unset = UNSET
    """ Details of one capability, as they grow. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        object_ = self.object_

        manifest_version = self.manifest_version

        daemon = self.daemon.to_dict()

        auth = self.auth.to_dict()

        record = self.record.to_dict()

        capabilities = self.capabilities.to_dict()

        did_methods: list[str] | Unset = UNSET
        if not isinstance(self.did_methods, Unset):
            did_methods = self.did_methods

        mcp_tools: list[str] | Unset = UNSET
        if not isinstance(self.mcp_tools, Unset):
            mcp_tools = self.mcp_tools

        transports: dict[str, Any] | Unset = UNSET
        if not isinstance(self.transports, Unset):
            transports = self.transports.to_dict()

        semantic_search: dict[str, Any] | Unset = UNSET
        if not isinstance(self.semantic_search, Unset):
            semantic_search = self.semantic_search.to_dict()

        store_backends: list[str] | Unset = UNSET
        if not isinstance(self.store_backends, Unset):
            store_backends = self.store_backends

        limits: dict[str, Any] | Unset = UNSET
        if not isinstance(self.limits, Unset):
            limits = self.limits.to_dict()

        conventions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.conventions, Unset):
            conventions = self.conventions.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "object": object_,
                "manifest_version": manifest_version,
                "daemon": daemon,
                "auth": auth,
                "record": record,
                "capabilities": capabilities,
            }
        )
        if did_methods is not UNSET:
            field_dict["did_methods"] = did_methods
        if mcp_tools is not UNSET:
            field_dict["mcp_tools"] = mcp_tools
        if transports is not UNSET:
            field_dict["transports"] = transports
        if semantic_search is not UNSET:
            field_dict["semantic_search"] = semantic_search
        if store_backends is not UNSET:
            field_dict["store_backends"] = store_backends
        if limits is not UNSET:
            field_dict["limits"] = limits
        if conventions is not UNSET:
            field_dict["conventions"] = conventions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capabilities_auth import CapabilitiesAuth  # noqa: PLC0415
        from ..models.capabilities_daemon import CapabilitiesDaemon  # noqa: PLC0415
        from ..models.capabilities_record import CapabilitiesRecord  # noqa: PLC0415
        from ..models.capability_details import CapabilityDetails  # noqa: PLC0415
        from ..models.capability_flags import CapabilityFlags  # noqa: PLC0415
        from ..models.capability_limits import CapabilityLimits  # noqa: PLC0415

        d = dict(src_dict)
        object_ = cast(Literal["capabilities_manifest"], d.pop("object"))
        if object_ != "capabilities_manifest":
            raise ValueError(f"object must match const 'capabilities_manifest', got '{object_}'")

        manifest_version = d.pop("manifest_version")

        daemon = CapabilitiesDaemon.from_dict(d.pop("daemon"))

        auth = CapabilitiesAuth.from_dict(d.pop("auth"))

        record = CapabilitiesRecord.from_dict(d.pop("record"))

        capabilities = CapabilityFlags.from_dict(d.pop("capabilities"))

        did_methods = cast(list[str], d.pop("did_methods", UNSET))

        mcp_tools = cast(list[str], d.pop("mcp_tools", UNSET))

        _transports = d.pop("transports", UNSET)
        transports: CapabilityDetails | Unset
        if isinstance(_transports, Unset):
            transports = UNSET
        else:
            transports = CapabilityDetails.from_dict(_transports)

        _semantic_search = d.pop("semantic_search", UNSET)
        semantic_search: CapabilityDetails | Unset
        if isinstance(_semantic_search, Unset):
            semantic_search = UNSET
        else:
            semantic_search = CapabilityDetails.from_dict(_semantic_search)

        store_backends = cast(list[str], d.pop("store_backends", UNSET))

        _limits = d.pop("limits", UNSET)
        limits: CapabilityLimits | Unset
        if isinstance(_limits, Unset):
            limits = UNSET
        else:
            limits = CapabilityLimits.from_dict(_limits)

        _conventions = d.pop("conventions", UNSET)
        conventions: CapabilityDetails | Unset
        if isinstance(_conventions, Unset):
            conventions = UNSET
        else:
            conventions = CapabilityDetails.from_dict(_conventions)

        _model = cls(
            object_=object_,
            manifest_version=manifest_version,
            daemon=daemon,
            auth=auth,
            record=record,
            capabilities=capabilities,
            did_methods=did_methods,
            mcp_tools=mcp_tools,
            transports=transports,
            semantic_search=semantic_search,
            store_backends=store_backends,
            limits=limits,
            conventions=conventions,
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
