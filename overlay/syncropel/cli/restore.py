"""`spl restore`: a copy in the place of a SQLite store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import ConfigurationError
from . import exits
from .app import app
from .serve import Store
from .session import Session
from .verbs import verb

INSTEAD = "pg_restore --dbname='{url}' FILE"

Force = Annotated[bool, typer.Option("--force", help="Give up the store that is there.")]


@verb(app, "restore", examples=["spl restore records.backup --store sqlite:///records.db"])
def restore(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy.", show_default=False)],
    store: Store = None,
    force: Force = False,
) -> int:
    """Put a copy that `spl backup` made in the place of a SQLite store.

    The copy is examined first and takes its place in one step; it stays where it is. A store that a daemon
    serves is refused, and one that is there is too, unless --force gives it up.

    For a PostgreSQL store, use pg_restore.
    """
    from ..daemon.offline import unused_store_file
    from ..daemon.token_key import key_path
    from ..kernel.store.backup import restore as put
    from .progress import Bar

    target = unused_store_file(store, INSTEAD)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the folder {target.parent} cannot be made: {error.strerror}") from error
    with Bar(session.complaints, "copying", 1) as bar:
        found = put(file.absolute(), target, bar.at, replace=force)
    key = key_path(target)
    if session.json:
        kept = {**found._asdict(), "token_key": str(key), "token_key_there": key.exists()}
        session.document({"ok": True, "file": str(file), "store": str(target), **kept})
        return exits.OK
    session.say(f"{target}: {found.records:,} records, {found.size:,} bytes, examined")
    if found.accounts:
        there = "has to be" if key.exists() else "is not there: put"
        tail = "the one of the copied store" if key.exists() else "the one of the copied store there"
        session.say(f"for its tokens to be known, {key} {there} {tail}")
    return exits.OK
