"""Who calls, and what they may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ...rules.scopes import (
    ADMIN,
    CONFIG_READ,
    DEFAULT_NAMESPACE,
    READ,
    WRITE,
    covers,
    grains,
    grants,
)
from .visibility import EVERYTHING, Visibility

ENGINE_THREADS = "th_engine_"
"""How the names of the engine's own threads begin."""
_EVERYWHERE = (READ, WRITE)


@dataclass(frozen=True)
class Caller:
    """Whoever a request comes from.

    Attributes:
        account_id: The service account; None for a caller inside this process or on an open daemon.
        did: The DID to name the caller by; None where nobody is known.
        name: The account's display name.
        token_id: The token's id; None when another proof was given.
        scopes: What the token may do.
        namespace: The account's namespace; `default` reaches every other.
        actors: DIDs the caller may act as besides its own, each exact or ending in `*`.
        expires_at: When the proof ends, unix seconds; None for never.
        issuer: The DID that signed the proof, when it is no token of this daemon: the only one it acts as.
    """

    account_id: str | None = None
    did: str | None = None
    name: str = ""
    token_id: str | None = field(default=None, repr=False)
    scopes: frozenset[str] = frozenset()
    namespace: str = DEFAULT_NAMESPACE
    actors: tuple[str, ...] = ()
    expires_at: int | None = None
    issuer: str | None = None

    def may(self, scope: str) -> bool:
        """Tell whether the caller may use routes that need a scope."""
        return grants(self.scopes, scope)

    def may_act_as(self, did: str) -> bool:
        """Tell whether the caller may write records in the name of a DID."""
        if did == self.did:
            return True
        return self.issuer is None and matches(self.actors, did)

    def covers(self, namespace: str) -> bool:
        """Tell whether a namespace is the caller's own or below it."""
        return covers(self.namespace, namespace)

    @property
    def everywhere(self) -> bool:
        """Whether the caller's account reaches every namespace, grains aside."""
        return self.namespace == DEFAULT_NAMESPACE

    def visibility(self, write: bool = False) -> Visibility:
        """Return what of the store the caller reaches, for reading or for writing."""
        return self._writable if write else self._readable

    @cached_property
    def _readable(self) -> Visibility:
        return self._reach(False)

    @cached_property
    def _writable(self) -> Visibility:
        return self._reach(True)

    def _reach(self, write: bool) -> Visibility:
        if self is LOCAL:
            return EVERYTHING
        hidden = () if self.may(CONFIG_READ) else (ENGINE_THREADS,)
        fine = [grain for grain in grains(self.scopes) if grain.write == write]
        threads = tuple(grain.target for grain in fine if grain.what == "thread")
        spaces = [grain.target for grain in fine if grain.what == "namespace"]
        if _EVERYWHERE[write] in self.scopes or ADMIN in self.scopes:
            spaces.append(self.namespace)
        if DEFAULT_NAMESPACE in spaces:
            return Visibility(None, (), hidden)
        return Visibility(tuple(sorted(set(spaces))), threads, hidden)


def matches(patterns: Iterable[str], did: str) -> bool:
    """Tell whether a DID is one of the patterns, each a DID or the beginning of DIDs before a final `*`."""
    return any(
        did.startswith(pattern[:-1]) if pattern.endswith("*") else did == pattern for pattern in patterns
    )


LOCAL = Caller(scopes=frozenset({ADMIN}), actors=("*",))
"""The caller of a daemon without authentication, and of the process itself: may do everything."""

NOBODY = Caller()
"""The caller of an open route who shows no token: may do nothing else."""
