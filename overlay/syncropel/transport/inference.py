"""The calls of the inference family: our arguments to what the generated `request(...)` builds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from syncropel.transport.operations import Call, given, unset

if TYPE_CHECKING:
    import httpx


def parse_actors(response: httpx.Response) -> Any:
    """Read an answer of `list_actors`."""
    from syncropel_generated.api.inference import list_actors

    return list_actors.parse(response)


def parse_actor(response: httpx.Response) -> Any:
    """Read an answer of `register_actor`."""
    from syncropel_generated.api.inference import register_actor

    return register_actor.parse(response)


def parse_trust(response: httpx.Response) -> Any:
    """Read an answer of `list_trust`."""
    from syncropel_generated.api.inference import list_trust

    return list_trust.parse(response)


def parse_decisions(response: httpx.Response) -> Any:
    """Read an answer of `list_decisions`."""
    from syncropel_generated.api.inference import list_decisions

    return list_decisions.parse(response)


def parse_decision(response: httpx.Response) -> Any:
    """Read an answer of `decide`."""
    from syncropel_generated.api.inference import decide

    return decide.parse(response)


def list_actors_call(kind: str | None) -> Call:
    """GET the responders."""
    from syncropel_generated.api.inference import list_actors

    return list_actors.request(**unset({"kind": kind}))


def register_actor_call(registration: Mapping[str, Any]) -> Call:
    """POST a responder."""
    from syncropel_generated.api.inference import register_actor

    return register_actor.request(body=given(registration))


def list_trust_call(**parameters: Any) -> Call:
    """GET what actors are trusted with."""
    from syncropel_generated.api.inference import list_trust

    return list_trust.request(**unset(parameters))


def list_decisions_call(**parameters: Any) -> Call:
    """GET what waits for a decision."""
    from syncropel_generated.api.inference import list_decisions

    return list_decisions.request(**unset(parameters))


def decide_call(request_id: str, **fields: Any) -> Call:
    """POST a decision."""
    from syncropel_generated.api.inference import decide

    return decide.request(request_id, body=given(fields))


def watch_inbound_call(did: str) -> Call:
    """GET the stream of calls that wait for one responder."""
    from syncropel_generated.api.inference import watch_inbound

    return watch_inbound.request(did)
