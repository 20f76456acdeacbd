"""`spl record`: one record, whole."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .session import Session, json_text
from .verbs import verb


@verb(app, "record", examples=["spl record 59e9a2949a14cf6b4ffb0b070ab17639e4402b259735787c6b85f24c0444a6fd"])
def record(
    session: Session, record_id: Annotated[str, typer.Argument(metavar="ID", help="The record's id.")]
) -> None:
    """Show one record with all its fields. Exit code 1 when there is none."""
    with session.client() as client:
        found = client.record(record_id)
        if found is None:
            raise session.failure(client.last_error)
    row = found.to_row()
    if session.json:
        session.document(row)
        return
    from rich.highlighter import JSONHighlighter

    from .tables import fields_table

    session.show(fields_table(row), JSONHighlighter()(json_text(row["body"], indent=2)))
