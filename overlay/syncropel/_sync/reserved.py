# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The helpers for the reserved kinds: each checks its arguments, builds the body and emits it as a PUT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncropel._sync.emit import SyncEmit
from syncropel.rules import reserved
from syncropel.transport.results import EmitResult


class SyncReserved(SyncEmit):
    """The part of the client that emits records with a meaning fixed by the protocol.

    Every helper returns the outcome as `emit` does, and raises `UsageError` (a `ValueError`) for an argument
    that breaks the shape of its body, before any I/O.
    """

    def emit_correction(
        self,
        *,
        corrects: list[str],
        revised_fields: Mapping[str, Any],
        reason: str,
        thread: str,
        correcting_actor: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit `core.correction`: records named by id are to be read with some fields revised.

        Args:
            corrects: A non-empty list of record ids.
            revised_fields: The fields and their new values, not empty.
            reason: Why.
            thread: Where the correction is emitted.
            correcting_actor: DID of who corrects. Default: the client's own.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            UsageError: An argument breaks the shape of the body.
        """
        body = reserved.correction_body(
            corrects=corrects,
            revised_fields=revised_fields,
            reason=reason,
            correcting_actor=correcting_actor,
            actor=self._own_did,
        )
        return self.emit("PUT", "core.correction", body, thread, timeout=timeout)

    def emit_erasure(
        self,
        *,
        erases: list[str],
        reason: str,
        thread: str,
        authorized_by: str | None = None,
        effective_at: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit `core.erasure`: records named by id are not to be used any more.

        Args:
            erases: A non-empty list of record ids.
            reason: Why.
            thread: Where the erasure is emitted.
            authorized_by: DID of who authorised it. Default: the client's own.
            effective_at: From when, ISO 8601. Default: now, in UTC.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            UsageError: An argument breaks the shape of the body.
        """
        body = reserved.erasure_body(
            erases=erases,
            reason=reason,
            authorized_by=authorized_by,
            actor=self._own_did,
            effective_at=effective_at,
        )
        return self.emit("PUT", "core.erasure", body, thread, timeout=timeout)

    def emit_alias(
        self,
        *,
        old_kind: str,
        new_kind: str,
        reason: str,
        thread: str,
        since: str | None = None,
        publisher_did: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit `core.alias`: what was published under one kind is now published under another.

        Args:
            old_kind: The former kind. Any dotted text, because old names may break today's grammar.
            new_kind: The kind in use now; the grammar holds for it.
            reason: Why.
            thread: Where the alias is emitted.
            since: From when, ISO 8601. Default: now, in UTC.
            publisher_did: DID of the publisher. Default: the client's own.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            KindError: `new_kind` breaks the grammar.
            UsageError: Another argument breaks the shape of the body.
        """
        body = reserved.alias_body(
            old_kind=old_kind,
            new_kind=new_kind,
            reason=reason,
            since=since,
            publisher_did=publisher_did,
            actor=self._own_did,
        )
        return self.emit("PUT", "core.alias", body, thread, timeout=timeout)

    def emit_scope_transfer(
        self,
        *,
        scope: str,
        from_publisher: str,
        to_publisher: str,
        reason: str,
        thread: str,
        effective_at: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit `core.scope_transfer`: a scope passes from one publisher to another.

        Args:
            scope: The scope, one identifier (`music` or `@music`).
            from_publisher: DID of who gives it up.
            to_publisher: DID of who takes it over.
            reason: Why.
            thread: Where the transfer is emitted.
            effective_at: From when, ISO 8601. Default: now, in UTC.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            KindError: The scope breaks the grammar.
            UsageError: Another argument breaks the shape of the body.
        """
        body = reserved.scope_transfer_body(
            scope=scope,
            from_publisher=from_publisher,
            to_publisher=to_publisher,
            reason=reason,
            effective_at=effective_at,
        )
        return self.emit("PUT", "core.scope_transfer", body, thread, timeout=timeout)

    def emit_scope_claim(
        self,
        *,
        scope: str,
        governance_policy: Mapping[str, Any],
        thread: str,
        claimant: str | None = None,
        effective_at: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit `core.scope_claim`: somebody claims a scope and says how it is governed.

        Args:
            scope: The scope, one identifier (`music` or `@music`).
            governance_policy: A non-empty object that names its `type`.
            thread: Where the claim is emitted.
            claimant: DID of who claims. Default: the client's own.
            effective_at: From when, ISO 8601. Default: now, in UTC.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            KindError: The scope breaks the grammar.
            UsageError: Another argument breaks the shape of the body.
        """
        body = reserved.scope_claim_body(
            scope=scope,
            governance_policy=governance_policy,
            claimant=claimant,
            actor=self._own_did,
            effective_at=effective_at,
        )
        return self.emit("PUT", "core.scope_claim", body, thread, timeout=timeout)

    @property
    def _own_did(self) -> str:
        return self._settings.identity.actor_did
