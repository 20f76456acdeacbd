"""`spl import jsonl`: records as they were exported, one a line, each held against its own id."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ..errors import SyncropelError, UsageError
from ..rules.limits import MAX_BODY_BYTES
from . import exits
from .import_git import importers
from .importing import Summary, send_all
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..rules.records import Draft

MAX_LINE_BYTES = 2 * MAX_BODY_BYTES
"""The largest record, and what an export says about it besides."""

_BLOCK = 1024 * 1024
_KEPT_REASONS = 5
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines:
    """Reads records from lines.

    Args:
        stream: Where the lines are.
        name: What it is called in messages.
        skip_bad: Pass over a line that is no record, instead of ending there.

    Attributes:
        read: Lines read so far, blank ones not counted.
        bad: Lines that are no records.
        reasons: The first few of what is wrong with them, each with its place.
    """

    def __init__(self, stream: BinaryIO, name: str, *, skip_bad: bool = False) -> None:
        self.read = 0
        self.bad = 0
        self.reasons: list[str] = []
        self._stream = stream
        self._name = name
        self._skip_bad = skip_bad

    def drafts(self) -> Iterator[Draft]:
        """Yield the record of each line, its id computed again and held against the one that is given.

        Raises:
            UsageError: A line is no record; the message says where.
        """
        from ..rules.records import read_record

        for number, line in self._lines():
            try:
                if len(line) > MAX_LINE_BYTES:
                    raise UsageError(f"is longer than {MAX_LINE_BYTES} bytes, and no record is")
                draft = read_record(line)
            except UsageError as error:
                self._note(f"{self._name}:{number}: {error}", error)
            else:
                yield draft

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        while line := self._stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            rest = line
            while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                rest = self._stream.readline(MAX_LINE_BYTES + 1)  # of a line that is too long already
            if line.strip():
                self.read += 1
                yield number, line

    def _note(self, reason: str, error: UsageError) -> None:
        self.bad += 1
        if len(self.reasons) < _KEPT_REASONS:
            self.reasons.append(reason)
        if not self._skip_bad:
            raise UsageError(f"{reason} (--skip-bad passes over such lines)") from error


@verb(
    importers,
    "jsonl",
    examples=[
        "spl import jsonl records.jsonl",
        "spl export jsonl --thread music.library | spl import jsonl - --endpoint http://other:9100",
        "spl import jsonl records.jsonl --dry-run",
    ],
)
def import_jsonl(
    session: Session,
    file: Annotated[str, typer.Argument(help="A file of records, one JSON object a line; - is stdin.")],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Pass over lines that are no records, and tell how many.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every line; send nothing.")] = False,
) -> int:
    """Import records that `spl export jsonl` wrote, with their actors, clocks and signatures.

    Every id is computed again, and a line whose content does not give its id ends the import there. Records
    that the daemon holds already are known to it, so an import that was stopped goes on when it is run again.

    What the token may not write is refused, record by record: actors are kept, and a token names its own.
    """
    with ExitStack() as open_files:
        stream, total = _opened(file, open_files)
        lines = Lines(stream, "stdin" if file == "-" else file, skip_bad=skip_bad)
        summary = Summary()
        try:
            if dry_run:
                for _ in lines.drafts():
                    summary.known += 1
            else:
                _send(session, lines, total, summary, f"importing {Path(file).name}")
        except (KeyboardInterrupt, SyncropelError):
            if not dry_run and summary.sent:
                session.note(f"{_counts(summary)} before it ended; run it again to go on")
            raise
    return _report(session, file, lines, summary, dry_run)


def _opened(file: str, open_files: ExitStack) -> tuple[BinaryIO, int | None]:
    """Open the file, and count its lines where that can be done beforehand.

    Raises:
        UsageError: It cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer, None
    try:
        stream = open_files.enter_context(Path(file).expanduser().open("rb"))
        if not stream.seekable():
            return stream, None
        total = sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
        stream.seek(0)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    return stream, total


def _send(session: Session, lines: Lines, total: int | None, summary: Summary, title: str) -> None:
    from .progress import Bar

    with session.client() as client, Bar(session.complaints, title, total) as bar:
        send_all(client, lines.drafts(), bar.advance, summary)


def _report(session: Session, file: str, lines: Lines, summary: Summary, dry_run: bool) -> int:
    if dry_run:
        told = {"file": file, "lines": lines.read, "good": summary.known, "bad": lines.bad}
        text = f"{summary.known:,} records, every id as computed here"
    else:
        told = {"file": file, "lines": lines.read, "bad": lines.bad, **summary.to_json()}
        text = f"{summary.sent:,} records in {summary.seconds:.1f} s{summary.rate}: {_counts(summary)}"
    if session.json:
        session.document({**told, "reasons": lines.reasons})
    else:
        session.say(text)
    if lines.bad:
        session.note(f"{lines.bad:,} lines are no records and were passed over, such as {lines.reasons[0]}")
    if summary.refused:
        session.note(f"{summary.refused:,} refused, such as {summary.refusals[0]}")
    return exits.FAILED if summary.refused else exits.OK


def _counts(summary: Summary) -> str:
    return f"{summary.new:,} new, {summary.known:,} stored already"
