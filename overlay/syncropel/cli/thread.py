"""`spl thread list|show|watch`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..rules.infer.vocabulary import QUERY_KIND
from . import exits, looping
from .app import app
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from ..rules.records import Record

threads = group(app, "thread", "Threads: which there are, what is on one, what comes next.")

Thread = Annotated[str, typer.Argument(help="The thread.")]
Since = Annotated[int | None, typer.Option("--since", metavar="CLOCK", help="Clocks from here on.")]


@verb(threads, "list", examples=["spl thread list", "spl thread list --all --json"])
def list_threads(
    session: Session,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Threads at most.")] = 100,
    everything: Annotated[bool, typer.Option("--all", help="Every thread, however many.")] = False,
) -> None:
    """List threads, the oldest first."""
    with session.client() as client:
        if everything:
            found, more = list(client.iter_threads()), None
        else:
            page = session.read(client.threads(limit))
            found, more = list(page), page.next_cursor
    rows = [summary.to_dict() for summary in found]
    if session.json:
        session.document({"object": "list", "data": rows, "next_cursor": more})
        return
    if not rows:
        session.note("no threads yet: emit a record and its thread is there")
        return
    from .tables import rows_table

    columns = ["thread", "status", "records", "last_clock"]
    shown = [{**row, "thread": row["id"], "records": row.get("record_count", "")} for row in rows]
    columns = [name for name in columns if any(name in row for row in shown)]
    session.show(rows_table(shown, columns, ["records", "last_clock"]))
    if more:
        session.note(f"{len(rows)} shown; --all shows every one")


@verb(
    threads,
    "show",
    examples=["spl thread show music.library", "spl thread show ops.deploys --limit 500 --json"],
)
def show(
    session: Session,
    thread: Thread,
    since: Since = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Records at most.")] = 100,
) -> None:
    """Show a thread: its state, its records in the order they were stored, and the tree of every query.

    Exit code 1 when nobody wrote to it.
    """
    with session.client() as client:
        state = client.thread_state(thread)
        if state is None:
            raise session.failure(client.last_error)
        page = session.read(client.query_thread(thread, limit=limit, since=since))
    facts, rows = state.to_dict(), [record.to_row() for record in page]
    if session.json:
        session.document({"state": facts, "records": rows, "next_cursor": page.next_cursor})
        return
    from .tables import counted, records_table, short_actor

    people = facts["participants"]
    named = ", ".join(short_actor(actor) for actor in people[:4]) + (", …" if len(people) > 4 else "")
    session.say(
        f"{thread}: {facts['status']}, {counted(facts['record_count'], 'record')} "
        f"by {counted(len(people), 'actor')} ({named})"
    )
    session.show(records_table(rows))
    if any(row["body"].get("kind") == QUERY_KIND for row in rows):
        from .query_tree import query_trees

        for tree in query_trees(rows):
            session.say("")
            session.show(tree)
    if page.next_cursor:
        session.note(f"{len(rows):,} of {facts['record_count']:,} shown; --limit N shows more")


@verb(
    threads,
    "watch",
    examples=["spl thread watch ops.deploys", "spl thread watch ops.deploys --since 0 --json"],
)
def watch(
    session: Session,
    thread: Thread,
    since: Since = None,
    count: Annotated[
        int | None, typer.Option("--count", min=1, metavar="N", help="End after N records.")
    ] = None,
) -> int:
    """Print records of a thread as they are stored, until Ctrl-C.

    A lost connection is taken up where it broke off.

    With --since the records stored already come first. With --json each record is a line of JSON.
    """
    return looping.run(_watch(session, thread, since, count))


async def _watch(session: Session, thread: str, since: int | None, count: int | None) -> int:
    done = asyncio.Event()
    failure: list[BaseException] = []
    seen = 0

    def arrived(record: Record) -> None:
        nonlocal seen
        if done.is_set():
            return
        seen += 1
        try:
            _print(session, record)
        except OSError as error:
            # The subscription would log it and go on; a closed pipe ends the watch.
            failure.append(error)
            done.set()
        if seen == count:
            done.set()

    def lost(event: Any) -> None:
        wait = f"; trying again in {event.next_retry_s:.1f} s" if event.next_retry_s is not None else ""
        session.note(f"connection lost ({event.reason}): {event.message}{wait}")

    async with session.async_client() as client:
        session.read(await client.health())
        subscription = client.subscribe(thread, arrived, since_clock=since, on_error=lost)
        ended = asyncio.ensure_future(subscription.wait_closed())
        stopped = asyncio.ensure_future(done.wait())
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        await subscription.close()
        ended.cancel()
        stopped.cancel()
    if failure:
        raise failure[0]
    if not done.is_set():
        raise session.failure(subscription.error)
    return exits.OK


def _print(session: Session, record: Record) -> None:
    row = record.to_row()
    if session.json:
        session.json_line(row)
        return
    from .tables import record_line

    session.show(record_line(row))
