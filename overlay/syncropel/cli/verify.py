"""`spl thread verify`: whether a thread is what its authors wrote, with or without a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from ..rules.strict_json import parse_json
from . import exits
from .session import Session
from .thread import threads
from .verbs import verb

if TYPE_CHECKING:
    from ..keys.threads import ThreadVerification

File = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", show_default=False,
        help="Records as lines of JSON, as `spl query --all` prints them; no daemon is asked.",
    ),
]  # fmt: skip


@verb(
    threads,
    "verify",
    examples=[
        "spl thread verify music.library",
        "spl thread verify music.library --require-signatures --json",
        "spl query --thread music.library --all > records.jsonl; spl thread verify --file records.jsonl",
    ],
)
def verify(
    session: Session,
    thread: Annotated[str | None, typer.Argument(metavar="[THREAD]", help="The thread.")] = None,
    file: File = None,
    require_signatures: Annotated[
        bool, typer.Option("--require-signatures", help="An unsigned record is a failure too.")
    ] = False,
) -> int:
    """Compute every record's id and signature again, and say which records were altered.

    A daemon is not believed: a record whose content, thread or author was changed has another id, and a
    signature shows who wrote it. Exit code 1 when something is wrong.
    """
    if (thread is None) == (file is None):
        raise UsageError("what is verified? give a thread, or --file with records that you have")
    found = _of_thread(session, str(thread)) if file is None else _of_file(file)
    good = found.ok and not (require_signatures and found.unsigned)
    if file is not None and any(each.signature == "unknown_key" for each in found.invalid):
        session.note("keys are handed over on the thread identity:DID: add its records to the file")
    if require_signatures and found.unsigned:
        session.note(f"{found.unsigned:,} unsigned, and --require-signatures was given")
    if session.json:
        session.document({**found.to_dict(), "ok": good})
    else:
        _tell(session, str(thread or file), found)
    return exits.OK if good else exits.FAILED


def _of_thread(session: Session, thread: str) -> ThreadVerification:
    with session.client() as client:
        if client.thread_state(thread) is None:
            raise session.failure(client.last_error)
        return client.verify_thread(thread)


def _of_file(file: Path) -> ThreadVerification:
    from ..keys.threads import verify_rows

    rows = read_rows(file)
    if not rows:
        raise UsageError(f"--file: {str(file)!r} holds no records")
    return verify_rows(rows)


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Return the records of a file: a line of JSON each, or what `spl thread show --json` prints.

    Raises:
        UsageError: The file cannot be read, or a line of it is no record; the message has its number.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"--file: cannot read {str(file)!r}: {error.strerror or error}") from error
    whole = _parsed(data)
    if isinstance(whole, dict) and isinstance(whole.get("records"), list):
        rows: list[Any] = whole["records"]
        return [_row(row, f"records[{number}]") for number, row in enumerate(rows)]
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    return [_row(_parsed(line), f"line {number}") for number, line in lines]


def _parsed(data: bytes) -> Any:
    try:
        return parse_json(data)
    except UsageError:
        return None


def _row(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise UsageError(f"--file: {place} is no record as JSON, such as `spl query --all` prints")
    return value


def _tell(session: Session, what: str, found: ThreadVerification) -> None:
    from .harmless import printable
    from .tables import counted

    wrong = len(found.invalid)
    judged = f"{wrong:,} {'is' if wrong == 1 else 'are'} not as written" if wrong else "nothing was altered"
    signed = f"{found.signed:,} signed, {found.unsigned:,} unsigned"
    session.say(f"{what}: {counted(found.records, 'record')}, {signed}; {judged}")
    for each in found.invalid:
        session.say(f"{str(each.record_id)[:10]}  {printable(each.reason)}")
