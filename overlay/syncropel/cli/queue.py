"""`spl queue create|list|stats|publish|purge|delete`: the queues themselves, and what goes into them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..errors import SynapError
from . import exits, looping
from .app import app
from .payload import File, Header, content, headers, seconds
from .queue_rows import figures, queues_table
from .session import Session
from .verbs import group, verb

queue = group(app, "queue", "Queues: a message is handed out until somebody acknowledges it.")

TOGETHER = 1000
"""Messages that are on their way at the same time."""

Queue = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue.")]


@verb(
    queue,
    "create",
    examples=[
        "spl queue create jobs",
        "spl queue create mails --max-depth 10000 --ack-deadline 2min --max-retries 5",
    ],
)
def create(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    max_depth: Annotated[
        int | None,
        typer.Option("--max-depth", min=1, metavar="N", help="Messages that may wait. Default: 100,000."),
    ] = None,
    ack_deadline: Annotated[
        str | None,
        typer.Option("--ack-deadline", metavar="TIME", help="How long a delivery may take. Default: 30s."),
    ] = None,
    max_retries: Annotated[
        int | None,
        typer.Option(
            "--max-retries", min=0, metavar="N", help="How often it is handed out again. Default: 3."
        ),
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(
            "--priority", min=0, max=9, metavar="0-9", help="Of messages that have none. Default: 5."
        ),
    ] = None,
    prefetch: Annotated[
        int | None,
        typer.Option(
            "--prefetch", min=0, metavar="N", help="Messages one consumer may hold. Default: any number."
        ),
    ] = None,
) -> None:
    """Create a queue. One that exists stays as it is, with its settings and messages."""
    deadline = seconds(ack_deadline, "--ack-deadline")
    with session.store() as client:
        client.queue.create(name, max_depth, deadline, max_retries, priority, prefetch)
        made = dict(client.queue.stats(name)) if session.json else {}
    if session.json:
        session.document({"queue": name, **made})


@verb(queue, "list", examples=["spl queue list", "spl queue list --json"])
def list_queues(session: Session) -> None:
    """List the queues with what waits in each, what is in flight, and what was given up."""
    rows = looping.run(figures(session))
    if session.json:
        session.document({"object": "list", "data": rows})
    elif rows:
        session.show(queues_table(rows, session.console.width))
    else:
        session.note("there are no queues: spl queue create NAME makes one")


@verb(queue, "stats", examples=["spl queue stats jobs"])
def stats(session: Session, name: Queue) -> None:
    """Print what a queue holds, what it did, and its settings."""
    with session.store() as client:
        row = dict(client.queue.stats(name))
    if session.json:
        session.document({"queue": name, **row})
        return
    from .tables import fields_table

    session.show(fields_table({name: f"{each:,}" for name, each in row.items()}))


@verb(
    queue,
    "publish",
    examples=[
        "spl queue publish jobs 'Hello'",
        "spl queue publish jobs --file photo.jpg --priority 9",
        "pg_dump | spl queue publish backups -",
        "spl queue publish jobs '{\"id\": 7}' --header trace=4bf9 --json",
        "spl queue publish pages --lines --file urls.txt",
    ],
)
def publish(
    session: Session,
    name: Queue,
    message: Annotated[
        str | None,
        typer.Argument(metavar="MESSAGE", help="The message, as it is; - for stdin.", show_default=False),
    ] = None,
    file: File = None,
    priority: Annotated[
        int | None,
        typer.Option("--priority", "-p", min=0, max=9, metavar="0-9", help="9 first. Default: the queue's."),
    ] = None,
    max_retries: Annotated[
        int | None, typer.Option("--max-retries", min=0, metavar="N", help="Default: the queue's.")
    ] = None,
    header: Header = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line is a message; empty ones are left out.")
    ] = False,
) -> None:
    """Put a message into a queue and print its id. It is on disk when this ends."""
    given, texts = content(session, message, file, "MESSAGE"), headers(header)
    if lines:
        rows = [line for line in given.splitlines() if line]
        count = looping.run(_publish_all(session, name, rows, priority, max_retries, texts))
        if session.json:
            session.document({"queue": name, "published": count})
        else:
            session.say(f"{count:,} published")
        return
    with session.store() as client:
        message_id = client.queue.publish(name, given, priority, max_retries, texts)
    if session.json:
        session.document({"queue": name, "message_id": message_id})
    else:
        session.say(message_id)


async def _publish_all(session: Session, name: str, messages: Sequence[bytes], *how: Any) -> int:
    done = 0
    async with session.async_store() as client:
        for start in range(0, len(messages), TOGETHER):
            # Those that are on their way together leave in few requests, in their order.
            part = messages[start : start + TOGETHER]
            sent = (client.queue.publish(name, message, *how) for message in part)
            found = await asyncio.gather(*sent, return_exceptions=True)
            failed = [each for each in found if isinstance(each, BaseException)]
            done += len(found) - len(failed)
            if failed:
                session.note(f"{done:,} of {len(messages):,} published")
                raise failed[0]
    return done


@verb(queue, "purge", examples=["spl queue purge jobs", "spl queue purge jobs --dead"])
def purge(
    session: Session,
    name: Queue,
    dead: Annotated[bool, typer.Option("--dead", help="The dead letters instead.")] = False,
) -> None:
    """Drop the messages that wait, for good. Those in flight stay."""
    with session.store() as client:
        count = client.queue.purge(name, dead=dead)
    if session.json:
        session.document({"queue": name, "purged": count})
        return
    from .tables import counted

    session.say(f"{counted(count, 'dead letter' if dead else 'message')} dropped")


@verb(queue, "delete", examples=["spl queue delete jobs"])
def delete(session: Session, name: Queue) -> int:
    """Delete a queue with all of its messages. Exit code 1 when there is no such queue."""
    with session.store() as client:
        gone = client.queue.delete(name)
    if not gone:
        raise SynapError(f"Queue not found: {name}", status_code=404, code="QUEUE_NOT_FOUND")
    if session.json:
        session.document({"queue": name, "deleted": True})
    return exits.OK
