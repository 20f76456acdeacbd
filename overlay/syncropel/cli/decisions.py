"""`spl decisions list|decide`: what waits for a decision."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .app import app
from .inbox import value_of
from .record import whole_id
from .session import Session
from .verbs import group, verb

decisions = group(app, "decisions", "Decisions: what waits for one, and taking it.")


@verb(decisions, "list", examples=["spl decisions list", "spl decisions list --json"])
def list_decisions(
    session: Session,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows at most.")] = 100,
) -> None:
    """List what waits for a decision, the oldest first."""
    with session.client() as client:
        page = session.read(client.decisions(limit))
    rows: list[dict[str, Any]] = [each.to_dict() for each in page]
    if session.json:
        session.document({"object": "list", "data": rows, "next_cursor": page.next_cursor})
        return
    if not rows:
        session.note("nothing waits for a decision")
        return
    from .tables import rows_table, short_actor

    shown = [
        {
            "id": row["id"][:10],
            "asked by": short_actor(row["actor"]),
            "what": row["summary"],
            "options": ", ".join(_option(each) for each in row.get("options", [])) or "approve, reject",
        }
        for row in rows
    ]
    session.show(rows_table(shown, ["id", "asked by", "what", "options"]))


@verb(
    decisions,
    "decide",
    examples=[
        "spl decisions decide 59e9a2949a approve --reason 'looks right'",
        "spl decisions decide 59e9a2949a provide --value 42",
    ],
)
def decide(
    session: Session,
    request: Annotated[str, typer.Argument(metavar="ID", help="What waits: its id, or its beginning.")],
    decision: Annotated[
        str, typer.Argument(help="The id of an option, or approve, reject, provide, acknowledge.")
    ],
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="JSON", help="For provide: a text, or JSON.")
    ] = None,
) -> None:
    """Decide in the name of your DID. Exit code 1 when it was decided before."""
    provided = None if value is None else value_of(value)
    with session.client() as client:
        made = client.decide(
            whole_id(session, client, request.lower()), decision, reason=reason, provided_value=provided
        )
    if session.json:
        session.document(made.to_dict())
    else:
        session.say(made.id)


def _option(value: Any) -> str:
    return str(value.get("id", value)) if isinstance(value, dict) else str(value)
