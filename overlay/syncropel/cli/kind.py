"""`spl kind check`: the grammar of kinds, without a daemon."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import KindError
from ..rules.kinds import parse_kind
from . import exits
from .app import app
from .session import Session
from .verbs import group, verb

kinds = group(app, "kind", "The grammar of kinds: scope.category.entity[.version].")


@verb(
    kinds,
    "check",
    examples=["spl kind check music.catalog.track", "spl kind check core.alias music.track --json"],
)
def check(session: Session, kind: Annotated[list[str], typer.Argument(help="Kinds to check.")]) -> int:
    """Check kinds against the grammar. Exit code 1 when one of them breaks it."""
    judged = [_judge(text) for text in kind]
    if session.json:
        session.document(judged)
    else:
        for verdict in judged:
            session.say(
                f"ok       {verdict['kind']}" if verdict["valid"] else f"refused  {verdict['message']}"
            )
    return exits.OK if all(verdict["valid"] for verdict in judged) else exits.FAILED


def _judge(text: str) -> dict[str, Any]:
    try:
        return {"kind": text, "valid": True, **parse_kind(text)._asdict()}
    except KindError as error:
        return {"kind": text, "valid": False, "message": str(error)}
