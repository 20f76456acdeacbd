"""`spl compact`: a SQLite store without the room that nothing uses."""

from __future__ import annotations

from . import exits
from .app import app
from .serve import Store
from .session import Session
from .verbs import verb

INSTEAD = "psql '{url}' -c 'VACUUM (FULL, ANALYZE)'"


@verb(app, "compact", examples=["spl compact --store sqlite:///records.db"])
def compact(session: Session, store: Store = None) -> int:
    """Write the file of a SQLite store anew without unused room, and empty its log.

    No daemon may serve the store meanwhile, and there has to be room for a second file. The new file is
    examined before it takes the place of the old one.

    PostgreSQL does the same by itself, or with VACUUM.
    """
    from ..daemon.offline import unused_store_file
    from ..kernel.store.backup import compact as write_anew

    path = unused_store_file(store, INSTEAD)
    found, before, after = write_anew(path)
    if session.json:
        session.document(
            {"ok": True, "store": str(path), "records": found.records, "before": before, "after": after}
        )
    else:
        session.say(f"{path}: {before:,} bytes before, {after:,} after, {found.records:,} records")
    return exits.OK
