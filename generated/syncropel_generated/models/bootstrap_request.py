# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.bootstrap_token import BootstrapToken


T = TypeVar("T", bound="BootstrapRequest")


@_attrs_define
class BootstrapRequest:
    """The first service account of a namespace, whose id and token the caller has made."""

    service_account_id: str
    """ The id, `sa_` and 16 lowercase letters and digits. """
    display_name: str
    """ The name for people. """
    with_token: BootstrapToken
    """ The token of the first account. Who asks has made it, so that its secret never travels. """
    scopes: list[str] | Unset = UNSET
    """ What its tokens may allow; `admin` when absent. """
    actors: list[str] | Unset = UNSET
    """ The actors it may act as besides itself; all (`*`) when absent. """
    namespace: str | Unset = UNSET
    """ The namespace that it is the first account of; `default` when absent. """

    def to_dict(self) -> dict[str, Any]:
        service_account_id = self.service_account_id

        display_name = self.display_name

        with_token = self.with_token.to_dict()

        scopes: list[str] | Unset = UNSET
        if not isinstance(self.scopes, Unset):
            scopes = self.scopes

        actors: list[str] | Unset = UNSET
        if not isinstance(self.actors, Unset):
            actors = self.actors

        namespace = self.namespace

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "service_account_id": service_account_id,
                "display_name": display_name,
                "with_token": with_token,
            }
        )
        if scopes is not UNSET:
            field_dict["scopes"] = scopes
        if actors is not UNSET:
            field_dict["actors"] = actors
        if namespace is not UNSET:
            field_dict["namespace"] = namespace

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.bootstrap_token import BootstrapToken  # noqa: PLC0415

        d = dict(src_dict)
        service_account_id = d.pop("service_account_id")

        display_name = d.pop("display_name")

        with_token = BootstrapToken.from_dict(d.pop("with_token"))

        scopes = cast(list[str], d.pop("scopes", UNSET))

        actors = cast(list[str], d.pop("actors", UNSET))

        namespace = d.pop("namespace", UNSET)

        _model = cls(
            service_account_id=service_account_id,
            display_name=display_name,
            with_token=with_token,
            scopes=scopes,
            actors=actors,
            namespace=namespace,
        )

        return _model
