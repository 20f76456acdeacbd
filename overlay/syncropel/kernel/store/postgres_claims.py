"""Claims to open queries, and the key of the tokens: what daemons of one database share beside records.

Each statement is a transaction of its own, outside the order in which records are written.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import Cursor

if TYPE_CHECKING:
    from typing import Protocol

    from psycopg import Connection

    T = TypeVar("T")

    class Direct(Protocol):
        """Runs work on a connection in autocommit mode, as `PostgresStore.direct` does."""

        def __call__(self, work: Callable[[Connection[Any]], T], /) -> T:
            """Return what the work returns."""
            ...


TABLES = (
    # The daemons that carry queries on, and until when unless they say so again: by the database's clock,
    # because those of the daemons may differ. A name is used once, and never again after its row is gone.
    """CREATE TABLE carriers (
        owner TEXT COLLATE "C" PRIMARY KEY,
        until TIMESTAMPTZ NOT NULL
    )""",
    # Who carries a query on. A claim holds as long as its owner is among the carriers.
    """CREATE TABLE claims (
        query TEXT COLLATE "C" PRIMARY KEY,
        owner TEXT COLLATE "C" NOT NULL
    )""",
    # `token_key`: the key of the tokens, where no file was named for it. `token_key_mark`: which key it is.
    """CREATE TABLE secrets (
        name TEXT COLLATE "C" PRIMARY KEY,
        value TEXT NOT NULL
    )""",
)

_LEASE = "clock_timestamp() + %(lease)s * interval '1 second'"
_BEGIN = f"INSERT INTO carriers (owner, until) VALUES (%(owner)s, {_LEASE})"  # noqa: S608 - text of this module
_RENEW = f"UPDATE carriers SET until = {_LEASE} WHERE owner = %(owner)s RETURNING owner"  # noqa: S608 - likewise
# Whoever renews at this moment is passed over, and has renewed when this looks again.
_EXPEL = """
DELETE FROM carriers WHERE owner IN
    (SELECT owner FROM carriers WHERE until < clock_timestamp() FOR UPDATE SKIP LOCKED)
"""
# What another daemon is about to claim, or a writer is about to end, is skipped and not waited for. Whose
# claim it was is compared where it is written: what was free when this began may be somebody's by then. And
# whoever claims must be a carrier, and cannot be expelled meanwhile.
_TAKE = """
WITH me AS (
    SELECT owner FROM carriers WHERE owner = %(owner)s AND until > clock_timestamp() FOR KEY SHARE
), free AS (
    SELECT q.id, c.owner AS former FROM queries q LEFT JOIN claims c ON c.query = q.id
    WHERE q.finished IS NULL AND NOT EXISTS (SELECT 1 FROM carriers o WHERE o.owner = c.owner)
        AND (%(among)s::text[] IS NULL OR q.id = ANY (%(among)s))
    ORDER BY q.sequence LIMIT %(limit)s
    FOR UPDATE OF q SKIP LOCKED
)
INSERT INTO claims AS c (query, owner) SELECT free.id, me.owner FROM free, me
ON CONFLICT (query) DO UPDATE SET owner = excluded.owner
WHERE EXISTS (SELECT 1 FROM free WHERE free.id = c.query AND free.former = c.owner)
RETURNING query
"""
_RELEASE = "DELETE FROM claims WHERE owner = %(owner)s AND query = ANY (%(held)s)"
# What a daemon left behind that died between the end of a query and the end of its claim.
_SWEEP = """
DELETE FROM claims c USING queries q WHERE q.id = c.query AND q.finished IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM carriers o WHERE o.owner = c.owner)
"""
_END = ("DELETE FROM carriers WHERE owner = %(owner)s", "DELETE FROM claims WHERE owner = %(owner)s")


class PostgresClaims:
    """The claims of one daemon.

    Args:
        direct: Runs statements on a connection in autocommit mode.
        owner: What to call the daemon.
        lease_seconds: How long its claims last unless they are renewed.
    """

    def __init__(self, direct: Direct, owner: str, lease_seconds: float) -> None:
        self._direct = direct
        self._name = owner
        self._owner = ""
        self.lease_seconds = lease_seconds

    def renew(self) -> bool:
        """Let all claims begin anew; False when there are none any more, and a new life has begun."""
        if self._owner and self._run(_RENEW):
            return True
        self._owner = f"{self._name}:{secrets.token_hex(8)}"
        self._run(_BEGIN)
        return False

    def take(self, among: Sequence[str] | None = None, limit: int = 100) -> list[str]:
        """Claim open queries that nobody holds, and return their ids."""
        if among is None:
            self._run(_EXPEL)
        wanted = None if among is None else list(among)
        return [row[0] for row in self._run(_TAKE, among=wanted, limit=limit)]

    def release(self, held: Collection[str]) -> None:
        """Give claims up, and clear away those of queries that have ended."""
        if held:
            self._run(_RELEASE, held=list(held))
        self._run(_SWEEP)

    def end(self) -> None:
        """Give everything up."""
        for statement in _END:
            self._run(statement)

    def _run(self, statement: str, **params: Any) -> list[tuple[Any, ...]]:
        whole = {"owner": self._owner, "lease": self.lease_seconds, **params}

        def work(connection: Connection[Any]) -> list[tuple[Any, ...]]:
            with Cursor(connection) as cursor:
                cursor.execute(statement, whole)
                return cursor.fetchall() if cursor.description else []

        return self._direct(work)


def keep_secret(direct: Direct, name: str, value: str) -> str:
    """Keep a text under a name unless there is one; return the one that is kept, the same for everybody."""

    def work(connection: Connection[Any]) -> str:
        with Cursor(connection) as cursor:
            cursor.execute("INSERT INTO secrets VALUES (%s, %s) ON CONFLICT (name) DO NOTHING", (name, value))
            cursor.execute("SELECT value FROM secrets WHERE name = %s", (name,))
            return str(cursor.fetchall()[0][0])

    return direct(work)


def find_secret(direct: Direct, name: str) -> str | None:
    """Return the text that is kept under a name, or None when there is none."""

    def work(connection: Connection[Any]) -> str | None:
        with Cursor(connection) as cursor:
            cursor.execute("SELECT value FROM secrets WHERE name = %s", (name,))
            found = cursor.fetchone()
            return None if found is None else str(found[0])

    return direct(work)
