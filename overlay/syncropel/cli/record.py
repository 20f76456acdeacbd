"""`spl record`: one record, whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NotFoundError, UsageError
from .app import app
from .session import Session, json_text
from .verbs import verb

if TYPE_CHECKING:
    from .. import SyncClient


@verb(app, "record", examples=["spl record 59e9a2949a14cf6b4ffb0b070ab17639e4402b259735787c6b85f24c0444a6fd"])
def record(
    session: Session, record_id: Annotated[str, typer.Argument(metavar="ID", help="The record's id.")]
) -> None:
    """Show one record with all its fields. Exit code 1 when there is none.

    The beginning of an id, as the tables show it, is enough when no other record's id begins so.
    """
    with session.client() as client:
        found = client.record(whole_id(session, client, record_id.lower()))
        if found is None:
            raise session.failure(client.last_error)
    row = found.to_row()
    if session.json:
        session.document(row)
        return
    from rich.highlighter import JSONHighlighter

    from .tables import fields_table

    session.show(fields_table(row))
    session.console.print(JSONHighlighter()(json_text(row["body"], indent=2)), soft_wrap=True)


def whole_id(session: Session, client: SyncClient, beginning: str) -> str:
    """Return the one id that begins so.

    Raises:
        UsageError: It is no part of an id, or several records' ids begin so.
        NotFoundError: No record's id begins so.
    """
    if not re.fullmatch("[0-9a-f]{1,64}", beginning):
        raise UsageError(
            f"{beginning[:80]!r} is no record id: those are 64 hex digits, or the first few of them"
        )
    if len(beginning) == 64:
        return beginning
    found = session.read(
        client.rich_query({"id": {"$like": f"{beginning}%"}}, limit=2, select=["id"])
    ).records
    if not found:
        raise NotFoundError(404, f"no record's id begins with {beginning}", code="RECORD_NOT_FOUND")
    if len(found) > 1:
        raise UsageError(f"several records' ids begin with {beginning}: give more of it")
    return found[0].id
