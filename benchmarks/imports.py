"""What `import syncropel` costs a program that may never send anything."""

from __future__ import annotations

from _harness import Figure, Scale, column, core_python, drive, paired

TITLE = "Import"
PEER = "`import httpx` in the same environment"
GOAL = "at most 0.1 of the peer"


def measure(scale: Scale) -> list[Figure]:
    """Each import is in a process of its own; the round that is not counted compiles the bytecode."""
    python = core_python()
    mine, theirs = paired(
        max(scale.rounds, 3) * 2 + 1,
        lambda: drive(python, "import_time.py", "syncropel"),
        lambda: drive(python, "import_time.py", "httpx"),
    )
    milliseconds = [[value * 1e3 for value in column(rows, "cpu")] for rows in (mine, theirs)]
    return [Figure("`import syncropel`, CPU", *milliseconds, "ms", "<= 0.1")]
