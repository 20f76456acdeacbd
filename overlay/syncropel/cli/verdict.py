"""`spl verdict`: judging a piece of work, which is what trust is made of."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .emit import report
from .record import whole_id
from .session import Session
from .verbs import verb


@verb(
    app,
    "verdict",
    examples=[
        "spl verdict 59e9a2949a accept --domain research --did did:sync:user:alice",
        "spl verdict 59e9a2949a reject --reason 'figures of last year'",
    ],
)
def verdict(
    session: Session,
    record: Annotated[str, typer.Argument(metavar="ID", help="What is judged: its id, or its beginning.")],
    judgement: Annotated[str, typer.Argument(metavar="VERDICT", help="accept or reject.")],
    domain: Annotated[str, typer.Option("--domain", help="The field of the work.")] = "general",
    reason: Annotated[str | None, typer.Option("--reason", help="Why.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="DID", help="Who is judged. Default: its author.")
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", "-t", help="Where it is written. Default: the record's thread.")
    ] = None,
) -> int:
    """Judge a record in the name of your DID, and print the verdict's id.

    Trust in an actor comes from the verdicts of others: nobody's verdict on themselves counts. Of an
    inference, judge the response (`spl thread show` has its id).
    """
    with session.client() as client:
        found = client.record(whole_id(session, client, record.lower()))
        if found is None:
            raise session.failure(client.last_error)
        if (subject or found.actor) == client.identity.actor_did:
            session.note(f"{client.identity.actor_did} judges itself here, and that never counts: give --did")
        result = client.verdict(
            found, judgement.lower(), domain=domain, subject=subject, reason=reason, thread=thread
        )
    return report(session, result)
