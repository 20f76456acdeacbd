"""`spl backup`: a consistent copy of a SQLite store, also while a daemon serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import exits
from .app import app
from .serve import Store
from .session import Session
from .verbs import verb

INSTEAD = "pg_dump --format=custom --schema={schema} --file=FILE '{url}'"

Force = Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")]


@verb(
    app,
    "backup",
    examples=["spl backup records.backup", "spl backup copies/monday.db --store sqlite:///r.db"],
)
def backup(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to make.", show_default=False)],
    store: Store = None,
    force: Force = False,
) -> int:
    """Write a consistent copy of a SQLite store to FILE, also while a daemon serves the store.

    The copy holds what was committed when it began, is examined, and is on disk before it gets its name. It
    has the records, the accounts and the keyed hashes of tokens; the key of the tokens, in the file beside
    the store that ends in .token-key, is not in it: keep a copy of that elsewhere, or make new tokens later.

    For a PostgreSQL store, use pg_dump.
    """
    from ..daemon.offline import store_file
    from ..daemon.token_key import key_path
    from ..kernel.store.backup import copy
    from .progress import Bar

    source = store_file(store, INSTEAD)
    with Bar(session.complaints, "copying", 1) as bar:
        found = copy(source, file.absolute(), bar.at, replace=force)
    key = key_path(source)
    if session.json:
        session.document(
            {"ok": True, "store": str(source), "file": str(file), **found._asdict(), "token_key": str(key)}
        )
    else:
        session.say(f"{file}: {found.records:,} records, {found.size:,} bytes, examined")
        if found.accounts:
            session.say(f"not in it: the key of the tokens, {key}; keep a copy of it in another place")
    return exits.OK
