"""The tables of the SQLite stores, as numbered steps that only go forward.

`PRAGMA application_id` marks the file as ours, `PRAGMA user_version` counts the steps that were applied; each
step and its count are one transaction.
"""

from __future__ import annotations

import sqlite3

from .errors import StoreForeign, StoreFormatTooNew
from .family_tables import Types, family_tables

APPLICATION_ID = 0x53594E43

# `sequence` is the rowid: never reused because records are never deleted, gap-free because a rolled-back
# insert gives its number back. Every secondary index therefore ends in the sequence without naming it.
_STEP_1 = (
    """CREATE TABLE records (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        thread TEXT NOT NULL,
        actor TEXT NOT NULL,
        act TEXT NOT NULL,
        clock INTEGER NOT NULL,
        data_type TEXT NOT NULL,
        kind TEXT,
        namespace TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        parents TEXT NOT NULL,
        body TEXT NOT NULL,
        judged_by TEXT,
        UNIQUE (thread, clock, actor)
    )""",
    "CREATE INDEX records_thread ON records (thread)",
    "CREATE INDEX records_actor ON records (actor)",
    "CREATE INDEX records_kind ON records (kind) WHERE kind IS NOT NULL",
    # One row per string found at `body._refs.id` and `body._refs.kind`.
    """CREATE TABLE refs (
        member TEXT NOT NULL,
        value TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (member, value, sequence)
    ) WITHOUT ROWID""",
    # Facts about a thread, kept with every record so that reading them costs the same at any size.
    """CREATE TABLE threads (
        first_sequence INTEGER PRIMARY KEY,
        thread TEXT NOT NULL UNIQUE,
        last_sequence INTEGER NOT NULL,
        record_count INTEGER NOT NULL,
        last_clock INTEGER NOT NULL,
        namespace TEXT NOT NULL,
        status TEXT NOT NULL,
        opening_id TEXT,
        opened_by TEXT
    )""",
    """CREATE TABLE participants (
        thread TEXT NOT NULL,
        actor TEXT NOT NULL,
        record_count INTEGER NOT NULL,
        first_sequence INTEGER NOT NULL,
        last_clock INTEGER NOT NULL,
        reviewed INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (thread, actor)
    ) WITHOUT ROWID""",
    """CREATE TABLE fulfilments (
        thread TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (thread, sequence)
    ) WITHOUT ROWID""",
)

# What inference needs to know without reading threads: all of it can be found again from the records.
_STEP_2 = (
    # One row per query. `finished` is the sequence of the record that ended it; `source` the record it asks
    # about; `depth` how many queries stand behind that record.
    """CREATE TABLE queries (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        thread TEXT NOT NULL,
        asked_at REAL NOT NULL,
        source TEXT,
        depth INTEGER NOT NULL,
        finished INTEGER
    )""",
    "CREATE INDEX queries_open ON queries (sequence) WHERE finished IS NULL",
    "CREATE INDEX queries_waiting ON queries (source) WHERE finished IS NULL AND source IS NOT NULL",
    # Which records belong to a query, and when exactly each arrived.
    """CREATE TABLE course (
        query INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (query, sequence)
    ) WITHOUT ROWID""",
    "CREATE INDEX course_record ON course (sequence)",
    # `answered` is the sequence of the record that ended the call.
    """CREATE TABLE calls (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        query INTEGER NOT NULL,
        responder TEXT NOT NULL,
        answered INTEGER
    )""",
    "CREATE INDEX calls_of_query ON calls (query)",
    "CREATE INDEX calls_open ON calls (responder) WHERE answered IS NULL",
    # Sums over verdicts, each weighted by 2^((time - origin) / half-life): dividing by the same power of now
    # gives the decayed sums, so no verdict is ever read again.
    """CREATE TABLE verdicts (
        subject TEXT NOT NULL,
        domain TEXT NOT NULL,
        evaluator TEXT NOT NULL,
        samples INTEGER NOT NULL,
        successes INTEGER NOT NULL,
        weight REAL NOT NULL,
        accepted REAL NOT NULL,
        PRIMARY KEY (subject, domain, evaluator)
    ) WITHOUT ROWID""",
    """CREATE TABLE actors (
        did TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        registration TEXT NOT NULL,
        source TEXT NOT NULL,
        registered_at INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE decisions (
        sequence INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        resolved_by TEXT
    )""",
    "CREATE INDEX decisions_open ON decisions (sequence) WHERE resolved_by IS NULL",
)

# Who may do what. Of a token only its hash is here, and a keyed hash of that.
_STEP_3 = (
    # `scopes` and `actors` are JSON arrays of strings; `created_by` is the DID of whoever made the account.
    """CREATE TABLE accounts (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        namespace TEXT NOT NULL,
        scopes TEXT NOT NULL,
        actors TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        created_by TEXT,
        revoked_at INTEGER
    ) WITHOUT ROWID""",
    """CREATE TABLE tokens (
        sequence INTEGER PRIMARY KEY,
        token_id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL,
        env_tag TEXT NOT NULL,
        keyed TEXT NOT NULL,
        scopes TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER,
        last_used_at INTEGER
    )""",
    "CREATE INDEX tokens_account ON tokens (account)",
    # `bootstrapped` is the account that was let in without a token; the first one closes the door.
    """CREATE TABLE namespaces (
        id TEXT NOT NULL PRIMARY KEY,
        active INTEGER NOT NULL,
        require_signatures INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        bootstrapped TEXT
    ) WITHOUT ROWID""",
    "INSERT INTO namespaces (id, active, require_signatures, created_at) VALUES ('default', 1, 0, 0)",
    # `access_generation` grows with every change of the tables above: whoever keeps answers looks at it.
    """CREATE TABLE counters (
        name TEXT NOT NULL PRIMARY KEY,
        value INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "INSERT INTO counters (name, value) VALUES ('access_generation', 0)",
    # What older records already use is registered, with everything above it: an upgrade refuses nobody.
    """WITH RECURSIVE used(id) AS (
        SELECT DISTINCT namespace FROM records WHERE namespace NOT GLOB '*[^a-z0-9_/-]*'
            AND namespace NOT GLOB '/*' AND namespace NOT GLOB '*/' AND namespace NOT GLOB '*//*'
            AND length(namespace) - length(replace(namespace, '/', '')) < 4
        UNION SELECT rtrim(rtrim(id, replace(id, '/', '')), '/') FROM used WHERE instr(id, '/')
    ) INSERT INTO namespaces (id, active, require_signatures, created_at)
        SELECT id, 1, 0, 0 FROM used WHERE id <> 'default'""",
    # The signature beside a record, as the JSON text of its `sig`.
    "ALTER TABLE records ADD COLUMN sig TEXT",
    # Whoever has signed a record here: what comes in its name from then on must be signed.
    "CREATE TABLE signers (did TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
    # The keys of actors that are not simply the key in their `did:key`; `until_sequence` is the last sequence
    # at which a key signs, NULL while it still does.
    """CREATE TABLE identity_keys (
        did TEXT NOT NULL,
        key TEXT NOT NULL,
        source TEXT NOT NULL,
        from_sequence INTEGER NOT NULL,
        until_sequence INTEGER,
        record_id TEXT,
        PRIMARY KEY (did, key, from_sequence)
    ) WITHOUT ROWID""",
    # Whether the thread holds records of several namespaces: for most it need not be looked up.
    "ALTER TABLE threads ADD COLUMN mixed INTEGER NOT NULL DEFAULT 0",
    """UPDATE threads SET mixed = 1 WHERE thread IN
        (SELECT thread FROM records GROUP BY thread HAVING min(namespace) <> max(namespace))""",
    # What whoever asked may see, as JSON; NULL is everything. The engine looks no further for the answer.
    "ALTER TABLE queries ADD COLUMN reach TEXT",
)

# The thread beside everything that belongs to one: a store that is spread over machines by thread needs it.
_STEP_4 = tuple(
    statement
    for table in ("refs", "course", "calls", "decisions")
    for statement in (
        f"ALTER TABLE {table} ADD COLUMN thread TEXT NOT NULL DEFAULT ''",
        f"UPDATE {table} SET thread ="  # noqa: S608 - names of this module
        f" (SELECT r.thread FROM records r WHERE r.sequence = {table}.sequence)",
    )
)

# Key-value, queues and streams.
_STEP_5 = family_tables(
    Types(
        text="TEXT",
        number="INTEGER",
        blob="BLOB",
        made="INTEGER PRIMARY KEY",
        once="INTEGER PRIMARY KEY AUTOINCREMENT",
        keyed=" WITHOUT ROWID",
    )
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_STEP_1, _STEP_2, _STEP_3, _STEP_4, _STEP_5)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring a database to the newest format.

    Args:
        connection: A connection in autocommit mode.
        name: What to call the database in messages.

    Raises:
        StoreForeign: It holds the tables of another program.
        StoreFormatTooNew: It was written by a newer version of this package.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION_ID and (application or version or tables):
        raise StoreForeign(f"{name} is a database of another program; choose another file")
    if version > len(MIGRATIONS):
        raise StoreFormatTooNew(
            f"{name} has store format {version} and this version knows {len(MIGRATIONS)}:"
            " install a newer syncropel"
        )
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
