"""`spl ref`: canonical references, without a daemon."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from ..errors import UsageError
from ..rules.refs import Ref, format_ref
from .app import app
from .parse import texts
from .session import Session
from .verbs import verb


@verb(
    app,
    "ref",
    examples=[
        "spl ref music_track isrc=USJI19810404",
        "spl ref code_file repo=acme/myproject path=src/main.rs",
        "spl ref list",
    ],
)
def ref(
    session: Session,
    name: Annotated[
        str, typer.Argument(help="A constructor, such as music_track; `list` shows all of them.")
    ],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE...", help="What identifies the thing.")
    ] = None,
) -> None:
    """Make a canonical reference, in the form that `spl emit --ref` takes."""
    if name == "list":
        _list(session)
        return
    constructor = constructors().get(name.replace("-", "_").replace(".", "_").lstrip("@"))
    if constructor is None:
        raise UsageError(
            f"there is no reference {name!r}; `spl ref list` shows the {len(constructors())} there are"
        )
    given = texts(values or [], "spl ref")
    allowed = list(inspect.signature(constructor).parameters)
    for key in given:
        if key not in allowed:
            raise UsageError(f"{name} has no key {key!r}; it takes {', '.join(allowed)}")
    made = dict(_make(name, constructor, given))
    if session.json:
        session.document(made)
    else:
        session.say(format_ref(made))


def constructors() -> dict[str, Callable[..., Any]]:
    """Return the constructors of `Ref` by name."""
    return {
        name: getattr(Ref, name)
        for name, member in vars(Ref).items()
        if isinstance(member, staticmethod) and not name.startswith("_")
    }


def _make(name: str, constructor: Callable[..., Any], given: dict[str, str]) -> Any:
    try:
        return constructor(**given)
    except (
        TypeError
    ) as error:  # a required key is missing: Python's own message names our function, not the verb
        raise UsageError(
            f"{name} takes {', '.join(inspect.signature(constructor).parameters)}: {error}"
        ) from error


def _list(session: Session) -> None:
    rows = [
        {
            "name": name,
            "kind": "@" + name.replace("_", ".", 1),
            "keys": list(inspect.signature(made).parameters),
        }
        for name, made in constructors().items()
    ]
    if session.json:
        session.document(rows)
        return
    from .tables import rows_table

    shown = [{**row, "keys": ", ".join(row["keys"])} for row in rows]
    session.show(rows_table(shown, ["name", "kind", "keys"]))
