"""The shorthand for responders on the command line, as the predicates of a query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import UsageError
from .parse import json_object

FORMS = (
    "llm:MODEL[:DID], pattern:CAPABILITY, actor:DID, system:DOMAIN, capability:DOMAIN:KIND, cel:EXPRESSION, "
    "a kind alone (any, llm, system, ...), or a predicate in JSON"
)
_KINDS = ("actor", "llm", "pattern", "system", "any")
_MADE: dict[str, Callable[[str], dict[str, Any]]] = {
    "llm": lambda rest: _model(rest),
    "pattern": lambda rest: {"kind": "pattern", "capability": rest},
    "actor": lambda rest: {"kind": "actor", "did": rest},
    "system": lambda rest: {"kind": "system", "domain": rest},
    "capability": lambda rest: _capability(rest),
    "cel": lambda rest: {"expression": rest},
}


def predicate(text: str) -> dict[str, Any]:
    """Read one responder.

    Raises:
        UsageError: It has none of the forms.
    """
    if text.startswith("{"):
        return json_object(text, "--responder")
    name, colon, rest = text.partition(":")
    if not colon and name in _KINDS:
        return {"kind": name}
    if not rest or name not in _MADE:
        raise UsageError(f"--responder: {text!r} is no responder; write {FORMS}")
    return _MADE[name](rest)


def _model(rest: str) -> dict[str, Any]:
    model, did = rest, ""
    # A model's name may hold a colon itself (`llama3:8b`); a DID begins with `did:`.
    if ":did:" in rest:
        model, _, did = rest.partition(":did:")
        did = f"did:{did}"
    return {"kind": "llm", "model": model, **({"did": did} if did else {})}


def _capability(rest: str) -> dict[str, Any]:
    domain, colon, kind = rest.rpartition(":")
    if not (colon and domain and kind in _KINDS):
        raise UsageError(f"--responder: write capability:DOMAIN:KIND, not {'capability:' + rest!r}")
    return {"domain": domain, "kind": kind}
