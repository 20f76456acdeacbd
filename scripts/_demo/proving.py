"""The last section of the demo: every record is verified again, with nobody left to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncropel import Identity
from syncropel.cli.tables import counted
from syncropel.errors import SyncropelError
from syncropel.keys.threads import verify_rows

if TYPE_CHECKING:
    from _demo.story import Stage

Rows = list[dict[str, Any]]


def signer(folder: Path) -> Identity:
    """Return the demo's identity: its key is made at the first run and kept beside the store."""
    path = folder / "demo-identity.pem"
    return Identity.key(path) if path.exists() else Identity.generate(path)


def keep(rows: Rows, file: Path) -> None:
    """Write records to a file, a line of JSON each."""
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def prove(stage: Stage, rows: Rows, file: Path, shown: str) -> dict[str, Any]:
    """Verify the records of a thread, then a copy in which one was altered.

    Raises:
        SyncropelError: A record is not what was signed, or the altered one was not noticed.
    """
    stage.heading("Without a daemon: the records prove themselves")
    stage.code(f"spl thread verify --file {shown}")
    found = verify_rows(rows)
    if not found.ok or found.signed != len(rows):
        raise SyncropelError(
            f"the thread in {file} does not verify: {found.invalid[:1] or 'unsigned records'}"
        )
    stage.line(f"{counted(found.records, 'record')}, all of them as they were signed")
    altered = _altered(rows)
    (wrong,) = verify_rows(altered).invalid
    stage.line("the same with one letter added to one record:")
    stage.line(f"  {str(wrong.record_id)[:12]}: {wrong.reason}", "yellow")
    return {"records": found.records, "signed": found.signed, "invalid": 0, "altered": wrong.record_id}


def _altered(rows: Rows) -> Rows:
    """Return the records with one changed: the subject of the middle one."""
    middle = len(rows) // 2
    row = rows[middle]
    body = {**row["body"], "subject": row["body"]["subject"] + "!"}
    return [*rows[:middle], {**row, "body": body}, *rows[middle + 1 :]]
