"""Open many watch streams of one thread, write to it, and print how long each record took to reach them.

Usage: watchers.py PORT WATCHERS RECORDS THREAD [PER_SECOND] [SLOW] [DAEMON]

One connection emits PER_SECOND records a second; every watcher reads on a connection of its own, by hand, so
that what is measured is the daemon and not this program's reading. SLOW watchers more are opened and read
nothing. A watcher that misses, repeats or reorders a record ends the run. With DAEMON, the number of its
process, the daemon's resident memory in kilobytes while all streams are open is told as well. Standard
library only.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import statistics
import sys
import time
from pathlib import Path

PORT, WATCHERS, RECORDS = (int(word) for word in sys.argv[1:4])
THREAD = sys.argv[4]
PER_SECOND = float(sys.argv[5]) if len(sys.argv) > 5 else 20.0
SLOW = int(sys.argv[6]) if len(sys.argv) > 6 else 0
DAEMON = sys.argv[7] if len(sys.argv) > 7 else None
MARK = b"\nid: "


def opened(receive_buffer: int | None = None) -> socket.socket:
    """Return a watch stream that has said its first heartbeat."""
    stream = socket.socket()
    if receive_buffer is not None:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    stream.connect(("127.0.0.1", PORT))
    stream.sendall(f"GET /v1/threads/{THREAD}/watch HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    return stream


def resident() -> float:
    """Return the daemon's resident memory in kilobytes."""
    if DAEMON is None:
        return 0.0
    lines = Path(f"/proc/{DAEMON}/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


class Writer:
    """Emits one record after the other on one connection, and knows when each was sent."""

    def __init__(self) -> None:
        self.stream = socket.create_connection(("127.0.0.1", PORT))
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent: list[float] = []

    def emit(self) -> None:
        """Send the next record."""
        number = len(self.sent)
        record = {
            "act": "PUT",
            "actor": "did:example:writer",
            "body": {"kind": "test.watch.made", "note": "x" * 250, "number": number},
            "clock": number + 1,
            "thread": THREAD,
        }
        body = json.dumps(record, separators=(",", ":")).encode()
        head = f"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
        self.sent.append(time.perf_counter())
        self.stream.sendall(head.encode() + body)

    def read(self) -> None:
        """Take the answer to the last one, and see that it was stored."""
        data = self.stream.recv(65536)
        if not data.startswith(b"HTTP/1.1 201"):
            raise SystemExit(f"refused: {data[:500]!r}")


def main() -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    slow = [opened(4096) for _ in range(SLOW)]
    selector = selectors.DefaultSelector()
    streams = [opened() for _ in range(WATCHERS)]
    for stream in streams:
        while b"event: heartbeat" not in stream.recv(65536):
            pass
        stream.setblocking(False)
        selector.register(stream, selectors.EVENT_READ, [b"", []])
    writer = Writer()
    selector.register(writer.stream, selectors.EVENT_READ, None)
    delays, left = [], WATCHERS * RECORDS
    due = time.perf_counter()
    answered = True
    while left:
        now = time.perf_counter()
        if answered and now >= due and len(writer.sent) < RECORDS:
            writer.emit()
            answered, due = False, max(due + 1 / PER_SECOND, now)
        wait = 5.0 if len(writer.sent) == RECORDS or not answered else max(0.0, due - now)
        ready = selector.select(wait)
        if not ready and wait == 5.0:
            raise SystemExit(f"{left} of {WATCHERS * RECORDS} deliveries did not come")
        for key, _ in ready:
            if key.data is None:
                writer.read()
                answered = True
                continue
            data = key.data[0] + key.fileobj.recv(65536)
            arrived = time.perf_counter()
            *blocks, key.data[0] = data.split(b"\n\n")
            for block in blocks:
                if MARK in block:
                    key.data[1].append(int(block.partition(MARK)[2].partition(b"\n")[0]))
                    delays.append((arrived - writer.sent[len(key.data[1]) - 1]) * 1000)
                    left -= 1
    orders = {tuple(key.data[1]) for key in selector.get_map().values() if key.data is not None}
    if len(orders) != 1 or list(*orders) != sorted(set(*orders)):
        raise SystemExit(f"the watchers saw {len(orders)} different orders")
    held = resident()
    for stream in slow:
        stream.close()
    ranked = sorted(delays)
    figures = {
        "median": statistics.median(ranked),
        "p95": ranked[len(ranked) * 95 // 100],
        "last": ranked[-1],
        "deliveries": len(ranked),
        "resident": held,
    }
    print(json.dumps(figures))


main()
