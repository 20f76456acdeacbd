# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Emitting records: checked before any I/O, delivered with retries, reported instead of raised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from syncropel._sync.keep import SyncKeep
from syncropel.rules import compiled_json
from syncropel.rules.records import Draft, build_record
from syncropel.rules.reserved import intent_body, outcome_body
from syncropel.transport.clock import CLOCKS
from syncropel.transport.config import call_timeout
from syncropel.transport.delivery import Delivery
from syncropel.transport.later import secrets
from syncropel.transport.results import EmitResult


class SyncEmit(SyncKeep):
    """The part of the client that emits."""

    def emit(
        self,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str,
        refs: Sequence[dict[str, str]] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
        *,
        judged_by: str | None = None,
        validate: bool | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit one record.

        The record is checked and its content id computed before anything is sent. After that nothing raises:
        whatever the network or the server does is told in the result.

        Args:
            act: `INTEND`, `DO`, `KNOW`, `LEARN`, `GET`, `PUT`, `CALL` or `MAP`.
            kind: `scope.category.entity[.version]`; it overwrites `body["kind"]`.
            body: The content, a JSON object. It is copied, never changed.
            thread: Any non-empty text.
            refs: Canonical references (see `Ref`), appended to `body["_refs"]`.
            parents: Ids of records this one builds on.
            data_type: `SCALAR`, `FORMULA`, `DISTRIBUTION`, `REFERENCE`, `MORPHISM` or `VOID`.
            clock: The record's clock, from 0. Default: wall-clock milliseconds, strictly increasing in this
                process; if another record holds it already, a fresh one is taken and the record sent again.
            judged_by: Id of the judgement the record reflects; not part of the content id.
            validate: Check the body against the schema of its kind first; a kind without one is then a
                mistake. Default: the client's setting, which passes over kinds without a schema.
            timeout: Seconds for the whole call, retries included. Default: the client's setting.

        Returns:
            The outcome; `success` is True exactly when the server acknowledged the record.

        Raises:
            KindError: The kind breaks the grammar.
            ValidationError: The body breaks its schema, when that is checked.
            UsageError: Another argument is wrong (a `ValueError`; a `TypeError` too for a wrong type).
        """
        draft, automatic = self._drafted(
            act,
            kind,
            body,
            thread,
            refs,
            parents,
            data_type,
            clock,
            judged_by=judged_by,
            validate=validate,
        )
        return self._deliver(draft, timeout, automatic=automatic)

    def emit_draft(self, draft: Draft, *, timeout: float | None = None) -> EmitResult:
        """Send a record that `syncropel.rules.records.build_record` built, its actor and clock as they are.

        Args:
            draft: The checked record.
            timeout: Seconds for the whole call, retries included. Default: the client's setting.

        Returns:
            The outcome, as from `emit`.
        """
        return self._deliver(draft, timeout, automatic=False)

    def intend(
        self,
        goal: str,
        *,
        thread: str | None = None,
        parents: Sequence[str] | None = None,
        kind: str = "core.intent",
        body: dict[str, Any] | None = None,
        clock: int | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Open a thread with an INTEND record.

        Args:
            goal: What is to be reached; becomes `body["goal"]` unless the body has one.
            thread: The thread to open. Default: a new random one, told in the result's `thread`.
            parents: Ids of records this one builds on.
            kind: The record's kind.
            body: Further content.
            clock: As for `emit`.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: As for `emit`.
        """
        return self.emit(
            "INTEND",
            kind,
            intent_body(goal, body),
            new_thread() if thread is None else thread,
            parents=parents,
            clock=clock,
            timeout=timeout,
        )

    def fulfill(
        self,
        thread: str,
        summary: str,
        *,
        fulfills: str | Iterable[str] | None = None,
        kind: str = "core.outcome",
        body: dict[str, Any] | None = None,
        parents: Sequence[str] | None = None,
        clock: int | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Close a thread with a KNOW record.

        Args:
            thread: The thread to close.
            summary: What was reached; becomes `body["summary"]` unless the body has one.
            fulfills: Id of the intent that is fulfilled, or several of them.
            kind: The record's kind.
            body: Further content.
            parents: Ids of records this one builds on.
            clock: As for `emit`.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: As for `emit`; also for an empty thread.
        """
        content = outcome_body(summary, fulfills, body)
        return self.emit("KNOW", kind, content, thread, parents=parents, clock=clock, timeout=timeout)

    def validate(self, kind: str, body: dict[str, Any]) -> None:
        """Check a body against the schema of its kind: the contract's, or one that was registered.

        Raises:
            ValidationError: The body breaks the schema; the error lists every violation with its JSON path.
            KindError: The kind breaks the grammar.
            UsageError: The kind has no schema.
        """
        from syncropel import schemas

        schemas.validate(kind, body)

    def _drafted(
        self,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str,
        refs: Sequence[dict[str, str]] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
        *,
        judged_by: str | None = None,
        validate: bool | None = None,
    ) -> tuple[Draft, bool]:
        """Return the record of `emit`'s arguments, and whether its clock was made here."""
        compiled_json.load_when_it_pays()
        actor = self._settings.identity.actor_did
        automatic = clock is None
        if clock is None:
            clock = CLOCKS.next(actor, thread) if isinstance(thread, str) else 0
        draft = build_record(
            act=act,
            actor=actor,
            kind=kind,
            body=body,
            thread=thread,
            refs=refs,
            parents=parents,
            data_type=data_type,
            clock=clock,
            judged_by=judged_by,
        )
        if validate or (validate is None and self._settings.validate and has_schema(kind)):
            self.validate(kind, draft.wire["body"])
        return draft, automatic

    def _deliver(self, draft: Draft, timeout: float | None, *, automatic: bool) -> EmitResult:
        delivery = Delivery(draft, self._settings, call_timeout(timeout, self._settings), automatic=automatic)
        kept = self._behind(delivery.draft)
        if kept is not None:
            return kept
        while delivery.result is None:
            self._sender.pause(delivery.take(self._attempt(delivery)))
        return self._settled(delivery.draft, delivery.result)


def has_schema(kind: str) -> bool:
    """Say whether a kind has a schema, loading the schemas only now."""
    from syncropel import schemas

    return schemas.known(kind)


def new_thread() -> str:
    """Return a fresh thread id: `th_` and 32 random bytes in hex."""
    return f"th_{secrets.token_hex(32)}"
