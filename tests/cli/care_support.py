"""Stores for the tests of what looks after stores."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncropel import Identity, SyncClient
from syncropel.daemon.local import LocalDaemon
from tests.cli.running import spl
from tests.support.sockets import Connection

Capture = pytest.CaptureFixture[str]

REF = {"kind": "@music.track", "id": "isrc:X"}
KIND = "test.care.thing"
MESSAGE = {"queue": "jobs", "payload": [1], "max_retries": 0}
SERVICES: list[tuple[str, dict[str, Any]]] = [
    ("kv.set", {"key": "é", "value": "text"}),
    ("kv.set", {"key": "soon", "value": "gone", "ttl": 0}),
    ("queue.create", {"name": "jobs"}),
    *[("queue.publish", MESSAGE)] * 3,
    *[("queue.consume", {"queue": "jobs", "consumer_id": "c"})] * 2,
    ("stream.create", {"room": "news", "max_events": 2}),
    *[("stream.publish", {"room": "news", "event": "e", "data": None})] * 3,
]


def url_of(path: Path) -> str:
    """Return the URL of a store file."""
    return f"sqlite:///{path}"


def fill(endpoint: str, threads: int = 3) -> int:
    """Emit records of every shape that leaves something beside itself; return how many."""
    results = []
    with SyncClient(endpoint=endpoint) as client:
        client.namespaces.create("team")
    for number in range(threads):
        thread, openings = f"t.care.{number}", []
        for name in ("ada", "bob"):
            with SyncClient(endpoint=endpoint, identity=Identity.static(f"did:example:{name}")) as client:
                opened = client.intend("Get it done", thread=thread)
                openings.append(str(opened.record_id))
                body = {"text": "héllo \0 \u2028", "n": 2**70, "x": 1.5e300}
                results += [opened, client.emit("DO", KIND, body, thread, refs=[REF])]
                results.append(client.emit("KNOW", KIND, {"namespace": "team"}, thread, parents=openings))
        if number:
            with SyncClient(endpoint=endpoint) as client:
                results.append(client.fulfill(thread, "Done", fulfills=openings[0]))
    assert all(result.success for result in results), results
    _use_services(endpoint)
    return len(results)


def _use_services(endpoint: str) -> None:
    """Leave keys, messages in every state and events."""
    with Connection(endpoint) as connection:
        for command, payload in SERVICES:
            body = json.dumps({"command": command, "payload": payload}).encode()
            answer = connection.request("POST", "/api/v1/command", body)
            assert answer.body["success"], answer


def made(folder: Path, threads: int = 3) -> Path:
    """Return a new store file with records in it, which nobody serves."""
    path = folder / "records.db"
    with LocalDaemon(url_of(path)) as daemon:
        fill(daemon.url, threads)
    return path


def rows(path: Path, sql: str = "SELECT id FROM records ORDER BY sequence") -> list[Any]:
    """Ask a store file directly."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def change(path: Path, *statements: str) -> None:
    """Change a store file behind everybody's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def look(capsys: Capture, path: Path) -> tuple[int, dict[str, Any], list[dict[str, str]]]:
    """Let the doctor look at a store; return the exit code, the findings by name, and the problems."""
    ran = spl(capsys, "doctor", "--store", url_of(path), "--json")
    answer = json.loads(ran.out)
    assert answer["ok"] == (ran.code == 0)
    return ran.code, {finding["name"]: finding for finding in answer["findings"]}, answer["problems"]
