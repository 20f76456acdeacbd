"""What `spl doctor --store` finds: damage of every kind, told without a traceback."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncropel.daemon.local import LocalDaemon
from tests.cli.care_support import Capture, change, fill, look, rows, url_of
from tests.cli.running import spl

SIG = json.dumps(
    {"alg": "Ed25519", "key": "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "value": "A" * 86}
)


def test_the_doctor_finds_nothing_in_a_sound_store(store: Path, capsys: Capture) -> None:
    """Every check is told with its meaning, and the exit code is 0."""
    code, findings, problems = look(capsys, store)
    assert (code, problems) == (0, [])
    assert {"format", "pages", "tables and indexes", "room", "ids", "sequences", "threads"} <= findings.keys()
    assert findings["records"]["value"].startswith(f"{len(rows(store))} on 4 threads")


DAMAGE = {
    "content": ("ids", "UPDATE records SET body = replace(body, 'Done', 'Dome') WHERE body LIKE '%Done%'"),
    "id": ("ids", "UPDATE records SET id = replace(id, 'a', 'b') WHERE sequence = 5"),
    "spaces": ("ids", "UPDATE records SET body = replace(body, ',', ', ') WHERE sequence = 2"),
    "no json": ("ids", "UPDATE records SET body = '{' WHERE sequence = 2"),
    "namespace": ("ids", "UPDATE records SET namespace = 'other' WHERE sequence = 2"),
    "clock": ("ids", "UPDATE records SET clock = clock - 1000000 WHERE sequence = 6"),
    "gap": ("sequences", "DELETE FROM records WHERE sequence = 7"),
    "late start": ("sequences", "DELETE FROM records WHERE sequence = 1"),
    "count": ("threads", "UPDATE threads SET record_count = record_count + 1 WHERE thread = 't.care.1'"),
    "status": ("threads", "UPDATE threads SET status = 'open' WHERE thread = 't.care.2'"),
    "part": ("threads", "DELETE FROM participants WHERE thread = 't.care.2' AND actor LIKE '%ada'"),
    "no such thread": ("threads", "INSERT INTO participants VALUES ('none', 'x', 1, 1, 1, 0)"),
    "fulfilment": ("threads", "DELETE FROM fulfilments"),
    "ref": ("references", "DELETE FROM refs WHERE sequence = (SELECT min(sequence) FROM refs)"),
    "ref too many": (
        "references",
        "INSERT INTO refs (member, value, sequence, thread) VALUES ('id', 'x', 1, 't')",
    ),
    "too deep": ("ids", f"UPDATE records SET body = '{'[' * 50_000}' WHERE sequence = 2"),
    "signature": ("signers", f"UPDATE records SET sig = '{SIG}' WHERE sequence = 2"),
    "query": (
        "inference",
        "INSERT INTO queries (sequence, id, thread, asked_at, depth) VALUES (3, 'no', 't', 1, 0)",
    ),
    "key": ("services", "DELETE FROM kv WHERE key = 'é'"),
    "value": ("services", "UPDATE kv SET content = x'00' WHERE key = 'é'"),
    "state": ("services", "UPDATE messages SET state = 2 WHERE state = 1"),
    "no such state": ("services", "UPDATE messages SET state = 7"),
    "bytes for a key": ("services", "UPDATE kv SET key = x'ff' WHERE key = 'é'"),
    "no queue": ("services", "UPDATE messages SET queue = 99"),
    "event": ("services", "DELETE FROM events WHERE position = 2"),
    "no stream": ("services", "UPDATE events SET stream = 99"),
    "index": ("tables and indexes", "DROP INDEX records_actor"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_the_doctor_finds_damage(name: str, store: Path, capsys: Capture) -> None:
    """Whatever was changed behind the program's back is found by the check that is made for it."""
    check, statement = DAMAGE[name]
    before = rows(store, "SELECT * FROM records")
    change(store, statement)
    code, findings, problems = look(capsys, store)
    assert code == 1
    assert findings[check]["ok"] is False
    assert findings[check]["hint"]
    if check != "tables and indexes":
        assert problems[0]["check"] == check or any(problem["check"] == check for problem in problems)
    assert len(rows(store, "SELECT * FROM records")) in {len(before), len(before) - 1}


def test_the_doctor_finds_a_torn_page(store: Path, capsys: Capture) -> None:
    """A page that was overwritten is a finding with the way out, and no traceback."""
    content = bytearray(store.read_bytes())
    content[9 * 4096 : 12 * 4096] = b"x" * (3 * 4096)
    store.write_bytes(content)
    code, findings, _ = look(capsys, store)
    assert (code, findings["pages"]["ok"]) == (1, False)
    assert "spl restore" in findings["pages"]["hint"]


SCHEMA = [
    "UPDATE sqlite_master SET sql = replace(sql, 'CREATE TABLE', 'CREATE TABnE') WHERE name = 'signers'",
    "UPDATE sqlite_master SET sql = CAST(x'43524541cfcfcf' AS TEXT) WHERE name = 'signers'",
]


@pytest.mark.parametrize("statement", SCHEMA)
def test_a_schema_that_cannot_be_read(statement: str, store: Path, tmp_path: Path, capsys: Capture) -> None:
    """Every command says in one line that the file is damaged, also when SQLite's own words are no text."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(statement)
    for words in (["doctor"], ["compact"], ["backup", str(tmp_path / "copy")], ["serve", "--port", "0"]):
        ran = spl(capsys, *words, "--store", url_of(store))
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran
        assert "damaged" in ran.err or "not a usable database" in ran.err
    assert not list(tmp_path.glob("*.draft*"))


def test_any_bytes_of_a_store_may_be_wrong(store: Path, capsys: Capture) -> None:
    """Whichever bytes are overwritten or missing, the doctor ends with a verdict."""
    drawn, whole = random.Random(20261122), store.read_bytes()
    for number in range(40):
        content = bytearray(whole)
        for _ in range(1 + number % 20):
            content[drawn.randrange(len(content))] = drawn.randrange(256)
        store.write_bytes(content[: drawn.choice([None, drawn.randrange(len(content))])])
        ran = spl(capsys, "doctor", "--store", url_of(store))
        assert ran.code in (0, 1, 2), ran
        assert "Traceback" not in ran.err


def test_what_is_not_ours_is_named(store: Path, capsys: Capture) -> None:
    """A trigger that somebody planted is told; that alone is no damage."""
    change(store, "CREATE TRIGGER quiet AFTER INSERT ON records BEGIN DELETE FROM refs; END")
    code, findings, _ = look(capsys, store)
    assert code == 0
    assert findings["tables and indexes"]["value"] == "all are there, and what is not ours: trigger quiet"


@pytest.mark.postgres
def test_the_doctor_changes_no_database(capsys: Capture) -> None:
    """A database without a store, or with one of an older format, is told in one line and stays as it is."""
    import psycopg

    from syncropel.kernel.store.postgres import PostgresStore
    from tests.support.postgres import fresh_database

    with fresh_database() as url, psycopg.connect(url, autocommit=True) as connection:
        ran = spl(capsys, "doctor", "--store", url)
        assert (ran.code, "holds no store" in ran.err, ran.err.count("\n")) == (2, True, 1), ran
        assert not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'syncropel'").fetchall()
        PostgresStore(url).close()
        connection.execute("UPDATE syncropel.syncropel_meta SET format = 1")
        ran = spl(capsys, "doctor", "--store", url)
        assert (ran.code, "format 1 of" in ran.err, ran.err.count("\n")) == (2, True, 1), ran
        assert connection.execute("SELECT format FROM syncropel.syncropel_meta").fetchall() == [(1,)]


ON_POSTGRES = {
    "head": ("sequences", "UPDATE syncropel.head SET sequence = sequence + 1"),
    "content": ("ids", "UPDATE syncropel.records SET body = replace(body, 'Done', 'Dome')"),
    "gap": ("sequences", "DELETE FROM syncropel.records WHERE sequence = 7"),
    "count": ("threads", "UPDATE syncropel.threads SET record_count = record_count + 1"),
    "ref": ("references", "DELETE FROM syncropel.refs"),
    "key": ("services", "DELETE FROM syncropel.kv"),
}


@pytest.mark.postgres
def test_the_doctor_looks_at_a_database(capsys: Capture) -> None:
    """A sound PostgreSQL store has no finding, and what was changed behind the program's back is found."""
    import psycopg

    from tests.support.postgres import migrated_database

    with migrated_database() as url:
        with LocalDaemon(url) as daemon:
            fill(daemon.url)
        words = ("doctor", "--store", url, "--json")
        ran = spl(capsys, *words)
        assert (ran.code, json.loads(ran.out)["problems"]) == (0, []), ran
        with psycopg.connect(url) as connection:
            for check, statement in ON_POSTGRES.values():
                connection.execute(statement)
                connection.commit()
                ran = spl(capsys, *words)
                findings = {finding["name"]: finding["ok"] for finding in json.loads(ran.out)["findings"]}
                assert (ran.code, findings[check]) == (1, False), ran
