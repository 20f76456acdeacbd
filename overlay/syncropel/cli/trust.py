"""`spl trust`: what actors are trusted with."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .session import Session
from .verbs import verb


@verb(app, "trust", examples=["spl trust", "spl trust did:sync:llm:sonnet --domain research --json"])
def trust(
    session: Session,
    actor: Annotated[str | None, typer.Argument(metavar="[ACTOR]", help="Only this DID.")] = None,
    domain: Annotated[str | None, typer.Option("--domain", help="Only this domain.")] = None,
    judged_by: Annotated[
        str | None, typer.Option("--judged-by", metavar="DID", help="Only the verdicts of this DID.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows at most.")] = 100,
) -> None:
    """Show what actors are trusted with: the verdicts of others, the newer the weightier."""
    with session.client() as client:
        page = session.read(client.trust(actor, domain, judged_by=judged_by, limit=limit))
    rows = [each.to_dict() for each in page]
    if session.json:
        session.document({"object": "list", "data": rows, "next_cursor": page.next_cursor})
        return
    if not rows:
        session.note("nobody was judged yet: verdicts of others make trust")
        return
    from .tables import rows_table

    shown = [{**row, "score": f"{row['score']:.4f}"} for row in rows]
    session.show(rows_table(shown, ["actor", "domain", "score", "samples"], ["score", "samples"]))
