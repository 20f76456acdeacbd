"""The calls of the inference family: our arguments to what the generated `request(...)` builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncropel.transport.operations import Call, given, unset
from syncropel_generated.api.inference import (
    decide,
    list_actors,
    list_decisions,
    list_trust,
    register_actor,
    watch_inbound,
)

parse_actors = list_actors.parse
parse_actor = register_actor.parse
parse_trust = list_trust.parse
parse_decisions = list_decisions.parse
parse_decision = decide.parse


def list_actors_call(kind: str | None) -> Call:
    """GET the responders."""
    return list_actors.request(**unset({"kind": kind}))


def register_actor_call(registration: Mapping[str, Any]) -> Call:
    """POST a responder."""
    return register_actor.request(body=given(registration))


def list_trust_call(**parameters: Any) -> Call:
    """GET what actors are trusted with."""
    return list_trust.request(**unset(parameters))


def list_decisions_call(**parameters: Any) -> Call:
    """GET what waits for a decision."""
    return list_decisions.request(**unset(parameters))


def decide_call(request_id: str, **fields: Any) -> Call:
    """POST a decision."""
    return decide.request(request_id, body=given(fields))


def watch_inbound_call(did: str) -> Call:
    """GET the stream of calls that wait for one responder."""
    return watch_inbound.request(did)
