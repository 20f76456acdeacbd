"""`spl outbox list|show|retry|drop|flush|path`: what could not be delivered yet, and what was refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigurationError, UsageError
from . import exits, outbox_view
from .app import app
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from ..transport.outbox import Outbox
    from ..transport.outbox_rows import DeadLetter, Waiting

outbox = group(
    app, "outbox", "The outbox: records that could not be delivered yet, and those that were refused."
)

File = Annotated[
    Path | None,
    typer.Option(
        "--outbox", metavar="FILE", show_default=False,
        help="The outbox. Default: SYNCROPEL_OUTBOX, else the user's own.",
    ),
]  # fmt: skip
Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of records, or how they begin.")
]


@verb(outbox, "path", examples=["spl outbox path"])
def path(session: Session, file: File = None) -> None:
    """Print where the outbox is."""
    where = _place(file)
    if session.json:
        session.document({"path": str(where), "exists": where.exists()})
    else:
        session.say(str(where))


@verb(outbox, "list", examples=["spl outbox list", "spl outbox list --dead --json"])
def list_records(
    session: Session,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that the server refused.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many of each.")] = 100,
    file: File = None,
) -> None:
    """List the records in the outbox, those that wait first, the oldest first of each."""
    box = _existing(file)
    if box is None:
        outbox_view.nothing(session, _place(file))
        return
    limit = min(limit, sys.maxsize)
    with box:
        totals = box.totals()
        waiting = [] if dead else box.list_waiting(limit)
        outbox_view.listed(session, totals, waiting, box.list_dead(limit))


@verb(outbox, "show", examples=["spl outbox show 3f9a"])
def show(
    session: Session,
    record: Annotated[str, typer.Argument(metavar="ID", help="A record's id, or how it begins.")],
    file: File = None,
) -> None:
    """Show one record of the outbox: where it goes, why it waits or was refused, and what it holds."""
    with _opened(file) as box:
        outbox_view.shown(session, _one(box, record))


@verb(
    outbox,
    "retry",
    examples=["spl outbox retry 3f9a", "spl outbox retry --all", "spl outbox retry 3f9a --new-clock"],
)
def retry(
    session: Session,
    records: Ids = None,
    everything: Annotated[bool, typer.Option("--all", help="Every record that was refused.")] = False,
    new_clock: Annotated[
        bool,
        typer.Option("--new-clock", help="Under a fresh clock: another record, with another id."),
    ] = False,
    file: File = None,
) -> None:
    """Let refused records wait for delivery again, behind those that wait already.

    A record whose clock is taken is refused every time; --new-clock makes it another record, with the present
    time as its clock. Whatever refers to the old id will not find it.
    """
    with _opened(file) as box:
        chosen = outbox_view.dead_ones(_chosen(box, records, everything))
        replaced = outbox_view.with_new_clocks(session, chosen) if new_clock else {}
        count = box.revive([letter.waiting.number for letter in chosen], replaced)
    new_ids = {letter.waiting.entry.id: replaced[letter.waiting.number].id for letter in chosen if replaced}
    outbox_view.done(session, "retried", count, new_ids)


@verb(outbox, "drop", examples=["spl outbox drop 3f9a", "spl outbox drop --dead"])
def drop(
    session: Session,
    records: Ids = None,
    dead: Annotated[bool, typer.Option("--dead", help="Every record that was refused.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every record, those that wait too.")] = False,
    file: File = None,
) -> None:
    """Remove records from the outbox for good: they are delivered by nobody any more."""
    with _opened(file) as box:
        if everything and not records and not dead:
            count = box.drop()
        else:
            chosen = _chosen(box, records, dead)
            count = box.drop(chosen)
    outbox_view.done(session, "dropped", count, {})


@verb(outbox, "flush", examples=["spl outbox flush", "spl outbox flush --did did:example:app --timeout 60"])
def flush(
    session: Session,
    everybody: Annotated[
        bool, typer.Option("--all", help="Other identities' records too, with this run's token.")
    ] = False,
    moved_from: Annotated[
        str | None,
        typer.Option(
            "--moved-from",
            metavar="URL",
            show_default=False,
            help="The daemon's former URL: what was kept for it goes to the present one.",
        ),
    ] = None,
    file: File = None,
) -> int:
    """Deliver now what waits for the daemon, and say what came of it.

    These are the records of one identity: --did, or who else this run speaks for. Exit code 3 when the daemon
    cannot be reached, 1 when it refused some for good or something else waits still.
    """
    from ..transport.endpoint import endpoint_from

    box = _existing(file)
    if box is None:
        outbox_view.nothing(session, _place(file))
        return exits.OK
    with box, session.client(outbox=box) as client:
        if moved_from is not None:
            box.move(endpoint_from(moved_from, {}), client.endpoint)
        result = client.flush(everybody=everybody)
        others = box.totals().waiting - (result.waiting or 0)
    return outbox_view.flushed(session, result, others)


def _place(file: Path | None) -> Path:
    from ..transport.outbox import default_path
    from ..transport.outbox_choice import environment_path

    if file is not None:
        return file.expanduser().absolute()
    return environment_path() or default_path()


def _existing(file: Path | None) -> Outbox | None:
    from ..transport.outbox import Outbox

    where = _place(file)
    return Outbox(where) if where.exists() else None


def _opened(file: Path | None) -> Outbox:
    box = _existing(file)
    if box is None:
        raise ConfigurationError(f"there is no outbox {str(_place(file))!r}: nothing waits")
    return box


def _one(box: Outbox, record: str) -> Waiting | DeadLetter:
    found = box.find(record)
    if not found:
        raise UsageError(f"no record in the outbox has an id that begins with {record!r}: spl outbox list")
    if len(found) > 1:
        raise UsageError(f"{len(found)} records in the outbox begin with {record!r}; give more of the id")
    return found[0]


def _chosen(box: Outbox, records: list[str] | None, all_dead: bool) -> list[Waiting | DeadLetter]:
    if bool(records) == all_dead:
        raise UsageError("which records? give their ids, or say all of them by an option: see --help")
    if records:
        return [_one(box, record) for record in records]
    return list(box.list_dead(None))
