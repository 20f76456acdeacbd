"""What a caller may write: in whose name, on which thread, in which namespace."""

from __future__ import annotations

from ...rules.infer.plan.steps import ENGINE_DID
from ...rules.scopes import CONFIG_WRITE
from ..refusals import Refusal
from .caller import ENGINE_THREADS, LOCAL, Caller

AUDIT_THREAD = "th_engine_access"
"""The thread of the audit trail: written by the engine, and by nobody else."""


def check_write(caller: Caller, actor: str, thread: str, namespace: str) -> None:
    """Refuse what a caller may not write. Whoever is inside the process is held to the first rule alone.

    Raises:
        Refusal: `DID_CLAIM_DENIED` for the engine's name, its audit trail, or a DID that is not the caller's
            to use; `SCOPE_FORBIDDEN` for the engine's threads, and for what is out of the caller's reach.
    """
    if actor == ENGINE_DID:
        raise Refusal("DID_CLAIM_DENIED", f"$.actor: {ENGINE_DID} is the engine; nobody else writes as it")
    if thread == AUDIT_THREAD:
        raise Refusal("DID_CLAIM_DENIED", f"$.thread: {AUDIT_THREAD} is written by the engine alone")
    if caller is not LOCAL:
        _check_claim(caller, actor)
        _check_reach(caller, thread, namespace)


def _check_claim(caller: Caller, actor: str) -> None:
    if caller.may_act_as(actor):
        return
    names = ", ".join(did for did in (caller.issuer or caller.did, *caller.actors) if did)
    raise Refusal(
        "DID_CLAIM_DENIED",
        f"$.actor: this token may not write as {actor[:200]!r}; it may as {names or 'nobody'}",
        hint=f"use an account that names the DID: spl service-account create NAME --actor '{actor[:200]}'",
    )


def _check_reach(caller: Caller, thread: str, namespace: str) -> None:
    if thread.startswith(ENGINE_THREADS):
        if not caller.may(CONFIG_WRITE):
            raise Refusal(
                "SCOPE_FORBIDDEN",
                f"$.thread: {thread[:80]} is the engine's; writing to it needs the scope {CONFIG_WRITE}",
            )
        return
    if not caller.visibility(write=True).sees(namespace, thread):
        raise Refusal(
            "SCOPE_FORBIDDEN",
            f"$.body.namespace: this token does not write in the namespace {namespace[:200]!r}",
            hint="name a namespace that it reaches, or use a token that reaches this one",
        )
