"""What it takes to hand a record to the outbox."""

from __future__ import annotations

from _harness import Figure, Scale, column, core_python, drive, paired

TITLE = "Outbox"
PEER = "SQLite alone: the same bytes, one row and one durable commit each"
GOAL = "`emit_nowait` on disk at most 4 of the bare commit, its return on an event loop at most 1"


def measure(scale: Scale) -> list[Figure]:
    """Nobody is delivering meanwhile: the client reaches nobody, and every record stays in the file."""
    python, count = core_python(), scale.size(2_000, 50)
    mine, theirs = paired(
        scale.rounds,
        lambda: drive(python, "outbox.py", "outbox", count),
        lambda: drive(python, "outbox.py", "sqlite", count),
    )
    return [
        Figure(f"`emit_nowait`, {what}", column(mine, key), column(theirs, "commit"), "µs", goal)
        for what, key, goal in (
            ("synchronous, on disk", "sync", "<= 4"),
            ("on an event loop, until it returns", "returned", "<= 1"),
            ("on an event loop, awaited: on disk", "awaited", "<= 5"),
        )
    ]
