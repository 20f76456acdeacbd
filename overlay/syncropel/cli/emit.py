"""`spl emit`: one record."""

from __future__ import annotations

from typing import Annotated

import typer

from ..transport.results import EmitResult
from . import exits
from .app import app
from .parse import json_object, reference
from .session import Session
from .verbs import verb

Ref = Annotated[
    list[str] | None, typer.Option("--ref", metavar="KIND:ID", help="A canonical reference; repeatable.")
]
Parent = Annotated[
    list[str] | None, typer.Option("--parent", metavar="ID", help="A parent record; repeatable.")
]
Body = Annotated[
    str, typer.Option("--body", metavar="JSON", help="The content: JSON, @FILE, or - for stdin.")
]
DataType = Annotated[
    str, typer.Option("--data-type", help="SCALAR, FORMULA, DISTRIBUTION, REFERENCE, MORPHISM or VOID.")
]


@verb(
    app,
    "emit",
    examples=[
        'spl emit PUT music.catalog.track --thread music.library --body \'{"title": "Glow"}\'',
        "spl emit KNOW ops.deploy.completed --thread ops.deploys --body @deploy.json --validate",
        "spl emit PUT music.catalog.track -t music.library --ref @music.track:isrc:USJI19810404",
    ],
)
def emit(
    session: Session,
    act: Annotated[str, typer.Argument(help="INTEND, DO, KNOW, LEARN, GET, PUT, CALL or MAP.")],
    kind: Annotated[str, typer.Argument(help="scope.category.entity[.version]")],
    thread: Annotated[str, typer.Option("--thread", "-t", help="Any non-empty text.")],
    body: Body = "{}",
    ref: Ref = None,
    parent: Parent = None,
    clock: Annotated[int | None, typer.Option("--clock", help="Default: milliseconds since 1970.")] = None,
    data_type: DataType = "SCALAR",
    judged_by: Annotated[
        str | None, typer.Option("--judged-by", metavar="ID", help="Id of the judgement.")
    ] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Check the body against its kind's schema first.")
    ] = False,
) -> int:
    """Emit one record and print its id.

    The kind and the body are checked before anything is sent. Exit code 1 when the daemon refuses the
    record, 3 when the daemon cannot be reached. With SYNCROPEL_OUTBOX a record that cannot be delivered now
    is kept and delivered later (see spl outbox), with exit code 0.
    """
    content = json_object(body, "--body")
    with session.client(outbox=None) as client:
        result = client.emit(
            act=act.upper(),
            kind=kind,
            body=content,
            thread=thread,
            refs=[reference(text) for text in ref or []],
            parents=parent or [],
            data_type=data_type.upper(),
            clock=clock,
            judged_by=judged_by,
            validate=validate or None,
        )
    return report(session, result)


def report(session: Session, result: EmitResult) -> int:
    """Print what became of an emit and return the exit code for it."""
    if session.json:
        session.document(dict(result))
    elif result.record_id is not None:
        session.say(result.record_id)
    if not result.success or result.record_id is None:
        session.note(exits.line_of_emit(result))
    return exits.of_emit(result)
