"""`spl validate`: a body against the schema of its kind, without a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError, ValidationError
from . import exits
from .app import app
from .parse import json_argument
from .session import Session
from .verbs import verb

Schemas = Annotated[
    Path | None,
    typer.Option(
        "--schemas", help="Folder of schemas of your own, in files named KIND.json.", metavar="FOLDER"
    ),
]


@verb(
    app,
    "validate",
    examples=[
        'spl validate core.alias \'{"old_kind": "music.song"}\'',
        "spl validate code.history.commit @body.json --schemas examples/schemas",
    ],
)
def validate(
    session: Session,
    kind: Annotated[str, typer.Argument(help="The kind whose schema applies.")],
    body: Annotated[str, typer.Argument(help="The body: JSON, @FILE, or - for stdin.")],
    schemas: Schemas = None,
) -> int:
    """Check a body against the schema of its kind. Exit code 1 when it breaks it, with every violation."""
    from .. import schemas as registry

    if schemas is not None:
        registry.register_folder(schemas)
    content = json_argument(body, "the body")
    if kind not in registry.kinds():
        raise UsageError(
            f"no schema is known for the kind {kind!r}; --schemas FOLDER takes yours, from a file {kind}.json"
        )
    try:
        registry.validate(kind, content)
    except ValidationError as error:
        _report(session, error)
        return exits.FAILED
    if session.json:
        session.document({"kind": kind, "valid": True, "violations": []})
    else:
        session.say(f"ok: the body fits the schema of {kind}")
    return exits.OK


def _report(session: Session, error: ValidationError) -> None:
    found = [{"path": v.path, "message": v.message, "rule": v.rule} for v in error.violations]
    if session.json:
        session.document({"kind": error.kind, "valid": False, "violations": found})
        return
    from .tables import counted, rows_table

    session.note(f"the body breaks the schema of {error.kind} in {counted(len(found), 'place')}")
    session.show(rows_table(found, ["path", "rule", "message"]))
