"""`spl export jsonl`: records as they are stored, one a line, each held against its own id."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ..errors import ConfigurationError, SyncropelError
from ..rules.canonical import canonical_bytes
from ..rules.hashing import record_id
from . import exits
from .app import app
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from .. import SyncClient
    from ..rules.row import Record

exporters = group(app, "export", "Take records out of a daemon.")
STDOUT = "-"
BUFFER_BYTES = 1024 * 1024


@verb(
    exporters,
    "jsonl",
    examples=[
        "spl export jsonl records.jsonl",
        "spl export jsonl --thread music.library | gzip > library.gz",
    ],
)
def export_jsonl(
    session: Session,
    file: Annotated[str, typer.Argument(help="The file to write; - is stdout.")] = STDOUT,
    thread: Annotated[str | None, typer.Option("--thread", help="Only this thread.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Only what this actor emitted.")] = None,
    since: Annotated[int, typer.Option("--since", min=0, help="Only clocks from this one on.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> int:
    """Write the records that the token may read as JSON lines, in the order in which they were stored.

    Every id is computed again; a record whose content does not give its id ends the export with exit code 1.
    A file gets its name when it is complete. `spl import jsonl` reads it.
    """
    from .progress import Bar

    to_stdout = file == STDOUT
    if to_stdout and session.json:
        raise ConfigurationError("--json tells about an export on stdout: name a file for the records")
    with session.client() as client:
        total = None if thread or actor or since else _total(client)
        with _output(file, force) as output, Bar(session.complaints, "exporting", total) as bar:
            count = 0
            for record in client.iter_records(thread, actor=actor, since=since):
                output.write(line_of(record))
                count += 1
                bar.advance()
    if session.json:
        session.document({"ok": True, "file": file, "records": count})
    elif not to_stdout:
        session.say(f"{file}: {count:,} records, their ids verified")
    return exits.OK


def line_of(record: Record) -> bytes:
    """Return a record as a line, its members as the daemon sent them.

    Raises:
        SyncropelError: Its content does not give its id.
    """
    row = dict(record)
    found = record_id(row)
    if found != row.get("id"):
        raise SyncropelError(
            f"record {row.get('id')} (sequence {row.get('sequence')}) has content with the id {found}: the "
            "store is damaged, or something between changed it; `spl doctor --store URL` looks at the store"
        )
    return canonical_bytes(row) + b"\n"


def _total(client: SyncClient) -> int | None:
    found = client.health().get("records")
    return found if isinstance(found, int) else None


@contextlib.contextmanager
def _output(file: str, force: bool) -> Iterator[BinaryIO]:
    """Yield where to write; a file gets its name when the block ends well."""
    if file == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(file)
    if target.is_dir():
        raise ConfigurationError(f"{file} is a folder; name a file in it")
    special = target.exists() and not target.is_file()  # a device or a pipe: nothing may take its place
    if target.exists() and not special and not force:
        raise ConfigurationError(f"{file} is there already: --force replaces it")
    draft = target.with_name(f"{target.name}.{os.getpid()}.draft")
    try:
        if special:
            with target.open("wb", buffering=BUFFER_BYTES) as output:
                yield output
            return
        with draft.open("xb", buffering=BUFFER_BYTES) as output:
            yield output
            output.flush()
            os.fsync(output.fileno())
        draft.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
