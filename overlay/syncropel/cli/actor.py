"""`spl actor add|list`: who can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .parse import json_object
from .session import Session
from .verbs import group, verb

actors = group(app, "actor", "Responders: who can be asked, and how they are reached.")

Config = Annotated[
    str | None,
    typer.Option("--config", metavar="JSON", help="How it is reached: JSON, @FILE, or - for stdin."),
]
Texts = list[str] | None
_EXAMPLE = '{"url": "http://localhost:8001"}'


@verb(
    actors,
    "add",
    examples=[
        "spl actor add did:sync:user:alice --kind actor --domain research",
        'spl actor add did:sync:system:weather --kind system --config \'{"url": "http://localhost:8001"}\'',
        "spl actor add did:sync:llm:small --kind llm --model small-1 --config @small.json",
    ],
)
def add(
    session: Session,
    responder: Annotated[str, typer.Argument(metavar="RESPONDER", help="Its DID.")],
    kind: Annotated[str, typer.Option("--kind", help="actor, llm, pattern or system.")],
    model: Annotated[str | None, typer.Option("--model", help="The model that is asked.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name for people.")] = None,
    capability: Annotated[Texts, typer.Option("--capability", help="What it can do; repeatable.")] = None,
    domain: Annotated[Texts, typer.Option("--domain", help="A domain it serves; repeatable.")] = None,
    cost: Annotated[
        float | None, typer.Option("--cost", min=0, metavar="USD", help="What a call may cost.")
    ] = None,
    delay: Annotated[
        float | None, typer.Option("--delay", min=0, metavar="SECONDS", help="How long it typically takes.")
    ] = None,
    config: Config = None,
) -> None:
    """Register a responder. The same DID again replaces what was there."""
    settings = None if config is None else json_object(config, "--config", example=_EXAMPLE)
    with session.client() as client:
        made = client.register_actor(
            responder,
            kind,
            model=model,
            display_name=name,
            capabilities=capability,
            domains=domain,
            cost_estimate_usd=cost,
            typical_response_delay_s=delay,
            config=settings,
        )
    if session.json:
        session.document(made.to_dict())
    else:
        session.say(f"{made.did} is registered")


@verb(actors, "list", examples=["spl actor list", "spl actor list --kind llm --json"])
def list_actors(
    session: Session,
    kind: Annotated[str | None, typer.Option("--kind", help="actor, llm, pattern or system.")] = None,
) -> None:
    """List who can be asked."""
    with session.client() as client:
        rows = [each.to_dict() for each in session.read(client.actors(kind))]
    if session.json:
        session.document({"object": "list", "data": rows})
        return
    if not rows:
        session.note("nobody is registered: spl actor add")
        return
    from .tables import rows_table

    shown = [
        {
            "did": row["did"],
            "kind": row["kind"],
            "model": row.get("model") or "-",
            "domains": ", ".join(row.get("domains", [])) or "all",
            "source": row.get("source", ""),
        }
        for row in rows
    ]
    session.show(rows_table(shown, ["did", "kind", "model", "domains", "source"]))
