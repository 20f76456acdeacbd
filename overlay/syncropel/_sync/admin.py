# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The parts of administration as parts of the client, loaded when they are first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from syncropel._sync.core import SyncCore
from syncropel.transport.query import check_text

if TYPE_CHECKING:
    from syncropel._sync.access import SyncNamespaces, SyncServiceAccounts, SyncTokens
    from syncropel_generated.models.identity_keys import IdentityKeys
    from syncropel_generated.models.instance_identity import InstanceIdentity


class SyncAdmin(SyncCore):
    """The part of the client that asks and changes who may do what. Strict: what is refused raises."""

    @cached_property
    def service_accounts(self) -> SyncServiceAccounts:
        """Service accounts: `create`, `list`, `revoke`, `rotate_key`."""
        from syncropel._sync.access import SyncServiceAccounts

        return SyncServiceAccounts(self)

    @cached_property
    def tokens(self) -> SyncTokens:
        """Tokens: `create`, `list`, `revoke`, `rotate`."""
        from syncropel._sync.access import SyncTokens

        return SyncTokens(self)

    @cached_property
    def namespaces(self) -> SyncNamespaces:
        """Namespaces: `create`, `list`, `update`."""
        from syncropel._sync.access import SyncNamespaces

        return SyncNamespaces(self)

    def whoami(self, *, timeout: float | None = None) -> InstanceIdentity:
        """Ask who the server is, and who it takes this client for.

        Args:
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The instance's identity, with `is_authenticated`, `service_account_id`, `scopes` and `expires_at`
            of the client's token.

        Raises:
            AuthenticationError: The token is not valid, or there is none where one is needed.
            ApiError: The server refused for another reason.
            TransportError: No usable answer arrived.
        """
        from syncropel.transport import access

        return self._asked(access.whoami_call(), access.read_whoami, timeout)

    def identity_keys(self, did: str, *, timeout: float | None = None) -> IdentityKeys:
        """Return the keys by which an actor signed and signs, as the server knows them.

        Args:
            did: The actor's DID.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The `did` and its `keys`, each with `key`, `source`, `from_sequence` and `until_sequence`; empty
            when the server knows none.

        Raises:
            ApiError: The server refused.
            TransportError: No usable answer arrived.
            UsageError: The DID is empty.
        """
        from syncropel.transport import access

        call = access.identity_keys_call(check_text(did, "did"))
        return self._asked(call, access.read_identity_keys, timeout)

    def forget_identity_keys(self, did: str, *, timeout: float | None = None) -> IdentityKeys:
        """Let the server forget the keys it fetched for a `did:web`, so that it fetches them anew.

        Args:
            did: The actor's DID.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The keys that the server goes on knowing.

        Raises:
            ApiError: The server refused.
            TransportError: No usable answer arrived.
            UsageError: The DID is empty.
        """
        from syncropel.transport import access

        call = access.forget_identity_keys_call(check_text(did, "did"))
        return self._asked(call, access.read_identity_keys, timeout)

    def scope_presets(self, *, timeout: float | None = None) -> dict[str, list[str]]:
        """Return the names for scopes that go together, each with its scopes.

        Args:
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            ApiError: The server refused.
            TransportError: No usable answer arrived.
        """
        from syncropel.transport import access

        return self._asked(access.scope_presets_call(), access.read_scope_presets, timeout)
