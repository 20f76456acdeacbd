"""`spl namespace create|list|update`: the parts of a store that accounts are kept to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import UsageError
from . import grants
from .app import app
from .parse import given
from .session import Session
from .verbs import group, verb

namespaces = group(app, "namespace", "Namespaces: the parts of a store that accounts are kept to.")

Name = Annotated[str, typer.Argument(metavar="NS", help="Such as team/project: at most four parts.")]
Signatures = Annotated[
    bool | None,
    typer.Option(
        "--require-signatures/--allow-unsigned", show_default=False,
        help="Whether every record there has to be signed.",
    ),
]  # fmt: skip


@verb(
    namespaces,
    "create",
    examples=["spl namespace create team", "spl namespace create team/a --require-signatures"],
)
def create(session: Session, name: Name, require_signatures: Signatures = None) -> None:
    """Make a namespace. What it is below of has to be there already: `team` before `team/a`.

    A record belongs to a namespace by the member `namespace` of its body.
    """
    with session.client() as client:
        made = client.namespaces.create(name, **given(require_signatures=require_signatures))
    _told(session, made.to_dict())


@verb(namespaces, "list", examples=["spl namespace list", "spl namespace list --json"])
def list_namespaces(session: Session) -> None:
    """List the namespaces that you can see."""
    with session.client() as client:
        rows = [each.to_dict() for each in client.namespaces.list()]
    if session.json:
        session.document({"object": "list", "data": rows})
        return
    if not rows:
        session.note("there are no namespaces but the default one: spl namespace create")
        return
    from .tables import rows_table

    session.show(rows_table([_shown(row) for row in rows], ["namespace", "state", "signatures", "made"]))


@verb(
    namespaces,
    "update",
    examples=["spl namespace update team/a --inactive", "spl namespace update team --require-signatures"],
)
def update(
    session: Session,
    name: Name,
    active: Annotated[
        bool | None,
        typer.Option(
            "--active/--inactive", show_default=False, help="Whether it and all below take records."
        ),
    ] = None,
    require_signatures: Signatures = None,
) -> None:
    """Change a namespace: close it or open it again, require signatures or not."""
    changes = given(active=active, require_signatures=require_signatures)
    if not changes:
        raise UsageError("what is to change? --active, --inactive, --require-signatures or --allow-unsigned")
    with session.client() as client:
        made = client.namespaces.update(name, **changes)
    _told(session, made.to_dict())


def _told(session: Session, row: dict[str, Any]) -> None:
    if session.json:
        session.document(row)
    else:
        shown = _shown(row)
        session.say(f"{shown['namespace']} is {shown['state']}, signatures {shown['signatures']}")


def _shown(row: dict[str, Any]) -> dict[str, str]:
    return {
        "namespace": str(row.get("id", "")),
        "state": "active" if row.get("active", True) else "inactive",
        "signatures": "required" if row.get("require_signatures") else "optional",
        "made": grants.when(row.get("created_at")),
    }
