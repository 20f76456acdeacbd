"""The tables of the PostgreSQL store, as numbered steps that only go forward.

They are the tables of the SQLite stores, by the same names, in a schema of their own: the statements of the
kernel run on both. What differs is what a database that many daemons share can do more: records are
partitioned by the hash of their thread, and every unique key of what belongs to a thread begins with it, so
that a thread could live on a machine of its own.

`syncropel_meta` counts the steps that were applied; each step and its count are one transaction, under a lock
that lets one daemon at a time migrate.
"""

# ruff: noqa: S608 - SQL is put together from names of this module alone.
from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from .errors import StoreError, StoreForeign, StoreFormatTooNew
from .family_tables import Types, family_tables
from .postgres_claims import TABLES
from .postgres_functions import FUNCTIONS

PARTITIONS = 8
META = "syncropel_meta"
OLDEST_SERVER = 150000
_TEXT = 'text COLLATE "C"'

_RECORDS = (
    f"""CREATE TABLE records (
        sequence bigint NOT NULL,
        id {_TEXT} NOT NULL,
        thread {_TEXT} NOT NULL,
        actor {_TEXT} NOT NULL,
        act {_TEXT} NOT NULL,
        clock bigint NOT NULL,
        data_type {_TEXT} NOT NULL,
        kind {_TEXT},
        namespace {_TEXT} NOT NULL,
        created_at bigint NOT NULL,
        parents {_TEXT} NOT NULL,
        body {_TEXT} NOT NULL,
        judged_by {_TEXT},
        sig {_TEXT},
        PRIMARY KEY (thread, sequence),
        -- An id is the hash of its record's content, the thread among it: unique with the thread is unique.
        UNIQUE (id, thread),
        UNIQUE (thread, clock, actor)
    ) PARTITION BY HASH (thread)""",
    *(
        f"CREATE TABLE records_{number} PARTITION OF records"
        f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        # Records never change: pages are filled to the brim.
        " WITH (fillfactor = 100)"
        for number in range(PARTITIONS)
    ),
    "CREATE INDEX records_sequence ON records (sequence)",
    "CREATE INDEX records_actor ON records (actor, sequence)",
    # An index row is at most a third of a page, and a kind is whatever text a body holds there.
    "CREATE INDEX records_kind ON records (left(kind, 256), sequence) WHERE kind IS NOT NULL",
    # The newest sequence. Only who holds the order of writers reads it for writing.
    "CREATE TABLE head (sequence bigint NOT NULL)",
    "INSERT INTO head (sequence) VALUES (0)",
    f"""CREATE TABLE refs (
        member {_TEXT} NOT NULL,
        value {_TEXT} NOT NULL,
        sequence bigint NOT NULL,
        thread {_TEXT} NOT NULL
    )""",
    "CREATE INDEX refs_value ON refs (member, left(value, 256), sequence)",
    f"""CREATE TABLE threads (
        first_sequence bigint NOT NULL,
        thread {_TEXT} PRIMARY KEY,
        last_sequence bigint NOT NULL,
        record_count bigint NOT NULL,
        last_clock bigint NOT NULL,
        namespace {_TEXT} NOT NULL,
        status {_TEXT} NOT NULL,
        opening_id {_TEXT},
        opened_by {_TEXT},
        mixed integer NOT NULL DEFAULT 0
    ) WITH (fillfactor = 80)""",
    "CREATE INDEX threads_first ON threads (first_sequence)",
    f"""CREATE TABLE participants (
        thread {_TEXT} NOT NULL,
        actor {_TEXT} NOT NULL,
        record_count bigint NOT NULL,
        first_sequence bigint NOT NULL,
        last_clock bigint NOT NULL,
        reviewed integer NOT NULL DEFAULT 0,
        PRIMARY KEY (thread, actor)
    ) WITH (fillfactor = 80)""",
    f"""CREATE TABLE fulfilments (
        thread {_TEXT} NOT NULL,
        sequence bigint NOT NULL,
        id {_TEXT} NOT NULL,
        PRIMARY KEY (thread, sequence)
    )""",
)

_INFERENCE = (
    f"""CREATE TABLE queries (
        sequence bigint NOT NULL,
        id {_TEXT} NOT NULL,
        thread {_TEXT} NOT NULL,
        asked_at double precision NOT NULL,
        source {_TEXT},
        depth bigint NOT NULL,
        finished bigint,
        reach {_TEXT},
        PRIMARY KEY (thread, sequence)
    )""",
    "CREATE INDEX queries_sequence ON queries (sequence)",
    "CREATE INDEX queries_id ON queries (id)",
    "CREATE INDEX queries_open ON queries (sequence) WHERE finished IS NULL",
    # By hash, because a source is whatever text a body holds there.
    "CREATE INDEX queries_waiting ON queries USING hash (source) WHERE finished IS NULL",
    f"""CREATE TABLE course (
        query bigint NOT NULL,
        sequence bigint NOT NULL,
        at double precision NOT NULL,
        thread {_TEXT} NOT NULL,
        PRIMARY KEY (thread, query, sequence)
    )""",
    "CREATE INDEX course_query ON course (query, sequence)",
    "CREATE INDEX course_record ON course (sequence)",
    f"""CREATE TABLE calls (
        sequence bigint NOT NULL,
        id {_TEXT} NOT NULL,
        query bigint NOT NULL,
        responder {_TEXT} NOT NULL,
        answered bigint,
        thread {_TEXT} NOT NULL,
        PRIMARY KEY (thread, sequence)
    )""",
    "CREATE INDEX calls_sequence ON calls (sequence)",
    "CREATE INDEX calls_id ON calls (id)",
    "CREATE INDEX calls_of_query ON calls (query)",
    "CREATE INDEX calls_open ON calls USING hash (responder) WHERE answered IS NULL",
    f"""CREATE TABLE verdicts (
        subject {_TEXT} NOT NULL,
        domain {_TEXT} NOT NULL,
        evaluator {_TEXT} NOT NULL,
        samples bigint NOT NULL,
        successes bigint NOT NULL,
        weight double precision NOT NULL,
        accepted double precision NOT NULL,
        PRIMARY KEY (subject, domain, evaluator)
    )""",
    f"""CREATE TABLE actors (
        did {_TEXT} PRIMARY KEY,
        kind {_TEXT} NOT NULL,
        registration {_TEXT} NOT NULL,
        source {_TEXT} NOT NULL,
        registered_at bigint NOT NULL
    )""",
    f"""CREATE TABLE decisions (
        sequence bigint NOT NULL,
        id {_TEXT} NOT NULL,
        resolved_by {_TEXT},
        thread {_TEXT} NOT NULL,
        PRIMARY KEY (thread, sequence)
    )""",
    "CREATE INDEX decisions_sequence ON decisions (sequence)",
    "CREATE INDEX decisions_id ON decisions (id)",
    "CREATE INDEX decisions_open ON decisions (sequence) WHERE resolved_by IS NULL",
)

_ACCESS = (
    f"""CREATE TABLE accounts (
        id {_TEXT} PRIMARY KEY,
        name {_TEXT} NOT NULL,
        namespace {_TEXT} NOT NULL,
        scopes {_TEXT} NOT NULL,
        actors {_TEXT} NOT NULL,
        created_at bigint NOT NULL,
        created_by {_TEXT},
        revoked_at bigint
    )""",
    f"""CREATE TABLE tokens (
        sequence bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        token_id {_TEXT} NOT NULL UNIQUE,
        account {_TEXT} NOT NULL,
        env_tag {_TEXT} NOT NULL,
        keyed {_TEXT} NOT NULL,
        scopes {_TEXT} NOT NULL,
        created_at bigint NOT NULL,
        expires_at bigint,
        revoked_at bigint,
        last_used_at bigint
    )""",
    "CREATE INDEX tokens_account ON tokens (account)",
    f"""CREATE TABLE namespaces (
        id {_TEXT} PRIMARY KEY,
        active integer NOT NULL,
        require_signatures integer NOT NULL,
        created_at bigint NOT NULL,
        bootstrapped {_TEXT}
    )""",
    "INSERT INTO namespaces (id, active, require_signatures, created_at) VALUES ('default', 1, 0, 0)",
    f"CREATE TABLE counters (name {_TEXT} PRIMARY KEY, value bigint NOT NULL)",
    "INSERT INTO counters (name, value) VALUES ('access_generation', 0)",
    f"CREATE TABLE signers (did {_TEXT} PRIMARY KEY)",
    f"""CREATE TABLE identity_keys (
        did {_TEXT} NOT NULL,
        key {_TEXT} NOT NULL,
        source {_TEXT} NOT NULL,
        from_sequence bigint NOT NULL,
        until_sequence bigint,
        record_id {_TEXT},
        PRIMARY KEY (did, key, from_sequence)
    )""",
)

_STEP_1 = (*FUNCTIONS, *_RECORDS, *_INFERENCE, *_ACCESS, *TABLES)

_MADE = "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
_STEP_2 = (
    *family_tables(
        Types(
            _TEXT,
            "bigint",
            "bytea",
            made=_MADE,
            once=_MADE,
            # Room on each page for new versions of rows, which then need no new entries in the indexes.
            changing=" WITH (fillfactor = 80)",
            passing=" WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 1000)",
        )
    ),
    # What is too large to be told by NOTIFY; told and forgotten.
    "CREATE TABLE signal_bodies (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
    " payload bytea NOT NULL, written_at bigint NOT NULL)",
    "CREATE INDEX signal_bodies_age ON signal_bodies (written_at)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_STEP_1, _STEP_2)


def migrate(connection: Connection[Any], schema: str, lock: int) -> None:
    """Bring a schema to the newest format; of daemons that start at once, one does it.

    Args:
        connection: A connection in autocommit mode, with the schema as its search path.
        schema: The schema; made when there is none.
        lock: The key of the lock under which this happens.

    Raises:
        StoreError: The server is too old, or does not keep Unicode text.
        StoreForeign: The schema holds the tables of another program.
        StoreFormatTooNew: It was written by a newer version of this package.
    """
    _check_server(connection)
    done = False
    while not done:
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({lock})")
            version = _version(connection, schema)
            if version < len(MIGRATIONS):
                _step(connection, schema, version)
            done = version + 1 >= len(MIGRATIONS)


def check(connection: Connection[Any], schema: str) -> None:
    """Look at a schema without changing anything.

    Raises:
        StoreError: As `migrate`; or it is no store, or one of an older format.
    """
    _check_server(connection)
    with connection.transaction():
        version = _version(connection, schema)
    if version == 0:
        raise StoreForeign(f"the schema {schema!r} holds no store: see the database's name, and ?schema=NAME")
    if version < len(MIGRATIONS):
        raise StoreError(
            f"the schema {schema!r} has store format {version} of {len(MIGRATIONS)}: open it with a daemon,"
            " which brings it to this version's"
        )


def _check_server(connection: Connection[Any]) -> None:
    info = connection.info
    if info.server_version < OLDEST_SERVER:
        raise StoreError(
            f"this is PostgreSQL {info.server_version // 10000}, and {OLDEST_SERVER // 10000} is the oldest"
            " that the store works on"
        )
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"the database keeps text as {encoding}; create one with ENCODING 'UTF8' TEMPLATE template0"
        )


def _version(connection: Connection[Any], schema: str) -> int:
    """Return how many steps were applied, 0 for a schema that is empty or not there."""
    found = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        (schema,),
    ).fetchall()
    if (META,) not in found:
        if found:
            raise StoreForeign(
                f"the schema {schema!r} holds tables of another program; name another one with ?schema=NAME"
            )
        return 0
    version = connection.execute(f"SELECT format FROM {META}").fetchone()
    if version is None or version[0] > len(MIGRATIONS):
        raise StoreFormatTooNew(
            f"the schema {schema!r} has store format {version[0] if version else '?'} and this version knows"
            f" {len(MIGRATIONS)}: install a newer syncropel"
        )
    return int(version[0])


def _step(connection: Connection[Any], schema: str, version: int) -> None:
    if version == 0:
        name = sql.Identifier(schema).as_string()
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = $1", (schema,)).fetchone()
        if found is None:
            connection.execute(f"CREATE SCHEMA {name}")
        connection.execute(f"CREATE TABLE {META} (format integer NOT NULL)")
        connection.execute(f"INSERT INTO {META} (format) VALUES (0)")
    for statement in MIGRATIONS[version]:
        connection.execute(statement)
    connection.execute(f"UPDATE {META} SET format = {version + 1}")
