"""Sequential emit against a server that always gives the same answer: the client's own cost."""

from __future__ import annotations

import sys

from _harness import (
    HERE,
    Figure,
    Scale,
    column,
    drive,
    free_port,
    paired,
    peer_python,
    product_python,
    server,
)

TITLE = "Sequential emit"
PEER = "the published `syncropel==0.7.0`"
GOAL = "no slower than the peer, at most 0.8 of its client CPU"


def measure(scale: Scale) -> list[Figure]:
    """Client and server share one processor, because waking the other one costs more than the client does."""
    ours, peer = product_python(), peer_python()
    count, port = scale.size(1000, 50), free_port()
    url = f"http://127.0.0.1:{port}"
    figures = []
    with server([sys.executable, HERE / "drivers" / "fixed_server.py", port], url, core=0):
        for colour, name in (("sync", "`emit_sync`"), ("async", "`emit`")):
            mine, theirs = paired(
                scale.rounds,
                lambda colour=colour: drive(ours, "emit.py", url, count, colour, core=0),
                lambda colour=colour: drive(peer, "emit.py", url, count, colour, core=0),
            )
            for key, label, goal in (("wall", "time", "<= 1.0"), ("cpu", "client CPU", "<= 0.8")):
                figures.append(
                    Figure(
                        f"{name}, {label}",
                        [value * 1e6 / count for value in column(mine, key)],
                        [value * 1e6 / count for value in column(theirs, key)],
                        "µs per emit",
                        goal,
                    )
                )
    return figures
