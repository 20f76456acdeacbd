"""Who emits: the DID that a client writes into the `actor` field of its records."""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import UsageError, UsageTypeError


class Identity:
    """An actor. Frozen, hashable, equal by its DID.

    Records are attributed to the DID, not signed by it: whoever may write to a daemon may claim any DID that
    the daemon lets them.

    Attributes:
        actor_did: The DID, such as `did:example:my-app`.
    """

    __slots__ = ("actor_did",)
    actor_did: str

    def __init__(self, actor_did: str) -> None:
        if not isinstance(actor_did, str):
            raise UsageTypeError(f"an identity is a DID in a string, not {type(actor_did).__name__}")
        if not actor_did:
            raise UsageError("an identity is a non-empty DID, such as 'did:example:my-app'")
        object.__setattr__(self, "actor_did", str.__str__(actor_did))

    @staticmethod
    def static(did: str) -> Identity:
        """Return the identity of a DID that is used as it stands.

        Raises:
            UsageError: The DID is empty or not a string.
        """
        return Identity(did)

    @staticmethod
    def key(source: object) -> NoReturn:
        """Planned: an identity that signs with a key from a file or bytes.

        Raises:
            NotImplementedError: Always, for now.
        """
        raise NotImplementedError("Identity.key is planned; use Identity.static(did) until then")

    @staticmethod
    def federated(*args: object, **kwargs: object) -> NoReturn:
        """Planned: an identity that another instance vouches for.

        Raises:
            NotImplementedError: Always, for now.
        """
        raise NotImplementedError("Identity.federated is planned; use Identity.static(did) until then")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Identity is frozen; make another one instead of setting {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an Identity is frozen; {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return self.actor_did == other.actor_did if isinstance(other, Identity) else NotImplemented

    def __hash__(self) -> int:
        return hash((Identity, self.actor_did))

    def __repr__(self) -> str:
        return f"Identity(actor_did={self.actor_did!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Identity, (self.actor_did,)


ANONYMOUS = Identity("did:sync:user:anonymous")
"""The identity of a client that was built without one."""
