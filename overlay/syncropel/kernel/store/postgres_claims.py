"""Claims to open queries, and the key of the tokens: what daemons of one database share beside records.

Each statement is a transaction of its own, outside the order in which records are written.
"""

from __future__ import annotations

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
    # Who carries a query on, and until when unless it says so again: by the clock of the database, because
    # those of the daemons may differ. No row outlives its query for long.
    """CREATE TABLE claims (
        query TEXT COLLATE "C" PRIMARY KEY,
        owner TEXT COLLATE "C" NOT NULL,
        until TIMESTAMPTZ NOT NULL
    )""",
    # `token_key`: the key of the tokens, where no file was named for it. `token_key_mark`: which key it is.
    """CREATE TABLE secrets (
        name TEXT COLLATE "C" PRIMARY KEY,
        value TEXT NOT NULL
    )""",
)

# What another daemon is about to claim, or a writer is about to end, is skipped and not waited for.
# A claim is checked again where it is written: what was free when this began may be taken by then.
_TAKE = """
WITH free AS (
    SELECT q.id FROM queries q LEFT JOIN claims c ON c.query = q.id
    WHERE q.finished IS NULL AND (c.query IS NULL OR c.until < clock_timestamp())
        AND (%(among)s::text[] IS NULL OR q.id = ANY (%(among)s))
    ORDER BY q.sequence LIMIT %(limit)s
    FOR UPDATE OF q SKIP LOCKED
)
INSERT INTO claims AS c (query, owner, until)
SELECT id, %(owner)s, clock_timestamp() + %(lease)s * interval '1 second' FROM free
ON CONFLICT (query) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE c.until < clock_timestamp()
RETURNING query
"""
_RENEW = """
UPDATE claims SET until = clock_timestamp() + %(lease)s * interval '1 second'
WHERE owner = %(owner)s AND query = ANY (%(held)s) RETURNING query
"""
_RELEASE = "DELETE FROM claims WHERE owner = %(owner)s AND query = ANY (%(held)s)"
# What a daemon left behind that died between the end of a query and the end of its claim.
_SWEEP = """
DELETE FROM claims c USING queries q
WHERE c.until < clock_timestamp() AND q.id = c.query AND q.finished IS NOT NULL
"""


class PostgresClaims:
    """The claims of one daemon.

    Args:
        direct: Runs statements on a connection in autocommit mode.
        owner: A name that no other daemon has, now or ever.
        lease_seconds: How long a claim lasts unless it is renewed.
    """

    def __init__(self, direct: Direct, owner: str, lease_seconds: float) -> None:
        self._direct = direct
        self._owner = owner
        self.lease_seconds = lease_seconds

    def take(self, among: Sequence[str] | None = None, limit: int = 100) -> list[str]:
        """Claim open queries that nobody holds, and return their ids."""
        wanted = None if among is None else list(among)
        rows = self._run(_TAKE, among=wanted, limit=limit)
        return [row[0] for row in rows]

    def renew(self, held: Collection[str]) -> set[str]:
        """Let claims begin anew and return those queries that are still held."""
        return {row[0] for row in self._run(_RENEW, held=list(held))}

    def release(self, held: Collection[str]) -> None:
        """Give claims up, and clear away those of queries that have ended."""

        def work(connection: Connection[Any]) -> None:
            with Cursor(connection) as cursor:
                if held:
                    cursor.execute(_RELEASE, {"owner": self._owner, "held": list(held)})
                cursor.execute(_SWEEP)

        self._direct(work)

    def _run(self, statement: str, **params: Any) -> list[tuple[Any, ...]]:
        whole = {"owner": self._owner, "lease": self.lease_seconds, **params}

        def work(connection: Connection[Any]) -> list[tuple[Any, ...]]:
            with Cursor(connection) as cursor:
                return cursor.execute(statement, whole).fetchall()

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
