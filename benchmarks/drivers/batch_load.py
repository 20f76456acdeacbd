"""Post batches of records as lines of JSON, and print the rate. Standard library only.

Usage: batch_load.py PORT BATCHES SIZE FIRST [CONNECTIONS]

The batches are made before the clock starts. CONNECTIONS (2) take turns, so that the daemon can read one
batch while it writes the one before, as a client that streams does. A batch in which a record is not stored
anew ends the run.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

PORT, BATCHES, SIZE, FIRST = (int(word) for word in sys.argv[1:5])
CONNECTIONS = int(sys.argv[5]) if len(sys.argv) > 5 else 2


def line(run: int, number: int) -> bytes:
    """Return one record of four hundred bytes."""
    record = {
        "act": "PUT",
        "actor": f"did:example:load-{run}-{number % 32}",
        "body": {
            "_refs": [{"id": f"isrc:USJI{number:08}", "kind": "@music.track"}],
            "_v": 1,
            "artists": ["Zonke", "Somebody Else"],
            "kind": "music.catalog.track",
            "note": "a sentence of some length that brings the whole record to four hundred bytes",
            "title": f"Glow {number}",
        },
        "clock": number,
        "data_type": "SCALAR",
        "parents": [],
        "thread": f"load-{number % 8}",
    }
    return json.dumps(record, separators=(",", ":")).encode()


def requests() -> list[bytes]:
    """Return the requests, head and body."""
    ready = []
    for batch in range(BATCHES):
        body = b"\n".join(line(FIRST, number) for number in range(batch * SIZE, (batch + 1) * SIZE))
        head = (
            f"POST /v1/records/batch HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-ndjson\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        ready.append(head.encode() + body)
    return ready


def send(batches: list[bytes], failures: list[str]) -> None:
    """Send batches one after the other on one connection; whatever goes wrong is a failure."""
    try:
        _send(batches, failures)
    except OSError as error:
        failures.append(f"the daemon cannot be reached: {error}")


def _send(batches: list[bytes], failures: list[str]) -> None:
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for batch in batches:
            connection.sendall(batch)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(1 << 18)
            head, _, content = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            while len(content) < length:
                content += connection.recv(1 << 18)
            if f'"created":{SIZE}'.encode() not in content:
                failures.append((head + content[:300]).decode())
                return


def main() -> None:
    batches = requests()
    failures: list[str] = []
    senders = [
        threading.Thread(target=send, args=(batches[number::CONNECTIONS], failures))
        for number in range(CONNECTIONS)
    ]
    start = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    wall = time.perf_counter() - start
    if failures:
        raise SystemExit(failures[0])
    print(json.dumps({"rate": BATCHES * SIZE / wall, "sent": BATCHES * SIZE}))


main()
