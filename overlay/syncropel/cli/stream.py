"""`spl stream create|list|stats|publish|read|delete`: streams, and the events in them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from ..errors import SynapError, UsageError
from . import exits, looping
from .app import app
from .grants import when
from .payload import AsText, File, Header, data, headers, seconds
from .session import Session
from .stream_rows import events_table, row_of
from .verbs import group, verb

stream = group(app, "stream", "Streams: events in their order, kept for a while and read from any place.")

Stream = Annotated[str, typer.Argument(metavar="STREAM", help="The stream.")]
Partition = Annotated[
    int | None, typer.Option("--partition", min=0, metavar="N", help="Only of this one. Default: of all.")
]
Subscriber = Annotated[str, typer.Option("--subscriber", metavar="NAME", help="Who reads.")]
SUBSCRIBER = "spl"
_SHOWN_AS_DAYS = 48


@verb(
    stream,
    "create",
    examples=[
        "spl stream create signups",
        "spl stream create clicks --partitions 4 --retention 7d --exist-ok",
    ],
)
def create(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    partitions: Annotated[
        int | None, typer.Option("--partitions", min=1, metavar="N", help="How many partitions. Default: 1.")
    ] = None,
    retention: Annotated[
        str | None,
        typer.Option(
            "--retention", metavar="TIME", help="How long events are kept: 12h, 7d; 0 for ever. Default: 24h."
        ),
    ] = None,
    max_events: Annotated[
        int | None,
        typer.Option("--max-events", min=1, metavar="N", help="How many are kept. Default: any number."),
    ] = None,
    exist_ok: Annotated[bool, typer.Option("--exist-ok", help="One that exists is left as it is.")] = False,
) -> None:
    """Create a stream."""
    kept = seconds(retention, "--retention")
    hours = None if kept is None else kept / 3600
    if hours is not None and hours == int(hours):
        hours = int(hours)
    with session.store() as client:
        new = client.stream.create(name, partitions, hours, max_events, exist_ok=exist_ok)
    if session.json:
        session.document({"stream": name, "created": new})


@verb(stream, "list", examples=["spl stream list", "spl stream list --json"])
def list_streams(session: Session) -> None:
    """List the streams, and what each holds."""
    rows = looping.run(_figures(session))
    if session.json:
        session.document({"object": "list", "data": rows})
        return
    if not rows:
        session.note("there are no streams: spl stream create NAME makes one")
        return
    from .tables import rows_table

    columns = ["events", "first", "last", "partitions"]
    session.show(rows_table([_cells(row) for row in rows], ["stream", *columns, "kept"], columns))


async def _figures(session: Session) -> list[dict[str, Any]]:
    async with session.async_store() as client:

        async def one(name: str) -> dict[str, Any] | None:
            try:
                return {"stream": name, **await client.stream.stats(name)}
            except SynapError as error:
                # One that was deleted since it was listed.
                if error.code == "ROOM_NOT_FOUND":
                    return None
                raise

        # Together they are one request.
        found = await asyncio.gather(*(one(name) for name in sorted(await client.stream.list())))
    return [row for row in found if row is not None]


def _cells(row: dict[str, Any]) -> dict[str, str]:
    held = row["message_count"]
    hours = row.get("retention_hours")
    days = hours and hours >= _SHOWN_AS_DAYS and hours % 24 == 0
    kept = (f"{hours / 24:g} d" if days else f"{hours:g} h") if hours else "for ever"
    return {
        "stream": row["stream"],
        "events": f"{held:,}",
        "first": str(row["min_offset"]) if held else "-",
        "last": str(row["max_offset"]) if held else "-",
        "partitions": str(row.get("partitions", 1)),
        "kept": f"{kept}, {row['max_events']:,} at most" if row.get("max_events") else kept,
    }


@verb(stream, "stats", examples=["spl stream stats signups"])
def stats(session: Session, name: Stream) -> None:
    """Print what a stream holds, what it did, and its settings."""
    with session.store() as client:
        row = dict(client.stream.stats(name))
    if session.json:
        session.document(row)
        return
    from .tables import fields_table

    made = row.get("created_at")
    row["created_at"] = when(made / 1000) + " UTC" if made else None
    session.show(fields_table({key: "-" if value is None else value for key, value in row.items()}))


@verb(
    stream,
    "publish",
    examples=[
        "spl stream publish signups user.signup '{\"user\": 7}'",
        "spl stream publish signups user.signup '{\"user\": 7}' --key 7",
        "spl stream publish logs line --text '[warning] disk is full'",
        "spl stream publish reports daily --file report.json",
    ],
)
def publish(
    session: Session,
    name: Stream,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="What happened.")],
    value: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="JSON, or a text; - for stdin.", show_default=False),
    ] = None,
    file: File = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="TEXT", help="Events of one key are in one partition, in their order."),
    ] = None,
    text: AsText = False,
    header: Header = None,
) -> None:
    """Append an event to a stream and print its offset. It is on disk when this ends."""
    given, texts = data(session, value, file, "DATA", as_text=text), headers(header)
    with session.store() as client:
        offset = client.stream.publish(name, event, given, key, metadata=texts)
    if session.json:
        session.document({"stream": name, "offset": offset})
    else:
        session.say(str(offset))


@verb(
    stream,
    "read",
    examples=["spl stream read signups", "spl stream read signups --from 1000 --limit 100 --json"],
)
def read(
    session: Session,
    name: Stream,
    since: Annotated[
        int | None,
        typer.Option(
            "--from", min=0, metavar="OFFSET", help="Begin here. Default: the earliest that is kept."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Events at most.")] = 20,
    partition: Partition = None,
    subscriber: Subscriber = SUBSCRIBER,
) -> None:
    """Print events of a stream. Reading removes nothing."""
    with session.store() as client:
        figures = client.stream.stats(name)
        if partition is not None and partition >= figures.get("partitions", partition + 1):
            raise UsageError(f"--partition: {name} has {figures.partitions}, numbered from 0")
        start = int(figures.min_offset) if since is None else since
        events = client.stream.consume(name, subscriber, start, limit, partition)
    following = events[-1].offset + 1 if events else start
    if session.json:
        rows = [row_of(event) for event in events]
        session.document({"object": "list", "data": rows, "next_offset": following})
        return
    if not events:
        session.note(f"there is nothing from offset {start} on")
        return
    session.show(events_table(events))
    if len(events) == limit:
        session.note(f"there may be more: --from {following}")


@verb(stream, "delete", examples=["spl stream delete signups"])
def delete(session: Session, name: Stream) -> int:
    """Delete a stream with all of its events."""
    with session.store() as client:
        client.stream.delete(name)
    if session.json:
        session.document({"stream": name, "deleted": True})
    return exits.OK
