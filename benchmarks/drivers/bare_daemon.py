"""The least that can ingest a record durably over HTTP: raw ASGI, one table, one writer, group commit.

No validation beyond what the insert needs, no error envelope, no watchers, no reads: the peer of `ingest.py`.
The canonical form and the id are computed with `json` and `hashlib`. Usage: bare_daemon.py PORT FILE
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import queue
import socket
import sqlite3
import sys
import threading
import time

import uvicorn

SCHEMA = """
CREATE TABLE records (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, thread TEXT NOT NULL,
    actor TEXT NOT NULL, act TEXT NOT NULL, clock INTEGER NOT NULL, data_type TEXT NOT NULL, kind TEXT,
    created_at REAL NOT NULL, parents TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (thread, actor, clock));
CREATE INDEX by_thread ON records (thread, sequence);
CREATE INDEX by_kind ON records (kind, sequence);
"""
INSERT = """
INSERT INTO records (id, thread, actor, act, clock, data_type, kind, created_at, parents, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
PENDING: queue.SimpleQueue = queue.SimpleQueue()


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write(path: str, loop: asyncio.AbstractEventLoop) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(SCHEMA)
    while True:
        group = [PENDING.get()]
        while len(group) < 256 and not PENDING.empty():
            group.append(PENDING.get_nowait())
        connection.execute("BEGIN IMMEDIATE")
        sequences = [connection.execute(INSERT, row).lastrowid for row, _ in group]
        connection.execute("COMMIT")
        for (_, future), sequence in zip(group, sequences, strict=True):
            loop.call_soon_threadsafe(future.set_result, sequence)


async def app(scope: dict, receive, send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        loop = asyncio.get_running_loop()
        threading.Thread(target=write, args=(sys.argv[2], loop), daemon=True).start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    status, answer = 200, {"status": "ok"}
    if scope["method"] == "POST":
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        record = json.loads(body)
        identifier = hashlib.sha256(canonical(record).encode()).hexdigest()
        future = asyncio.get_running_loop().create_future()
        row = (
            identifier,
            record["thread"],
            record["actor"],
            record["act"],
            record["clock"],
            record["data_type"],
        )
        row += (
            record["body"].get("kind"),
            time.time(),
            canonical(record["parents"]),
            canonical(record["body"]),
        )
        PENDING.put((row, future))
        sequence = await future
        status, answer = 201, {"object": "record", "id": identifier, **record, "sequence": sequence}
    encoded = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(encoded)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})


def main() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([listener])


main()
