"""What signing and verifying cost: one record, and a thread of a hundred thousand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from _harness import Figure, Scale, column, drive, environment, paired

TITLE = "Signatures"
PEER = "Ed25519 of the same `cryptography`, called by itself in the same run; and fixed bounds"
GOAL = (
    "a record signed within 150 µs and verified within 300 µs, canonical form and id included; a thread of "
    "100,000 signed records verified at 5,000/s or more on two processors"
)
SIGN_US, VERIFY_US, RATE = 150.0, 300.0, 5000.0


def measure(scale: Scale) -> list[Figure]:
    """Sign and verify the 400-byte record of the ids' benchmark, and verify a thread of such records."""
    python = environment("bench-keys", ["-e", ".[keys]"])
    count, rows = scale.size(5_000, 200), scale.size(100_000, 3_000)
    mine, theirs = paired(
        scale.rounds,
        lambda: drive(python, "keys.py", "ours", count),
        lambda: drive(python, "keys.py", "bare", count),
    )
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        thread = Path(folder) / "thread.jsonl"
        drive(python, "keys.py", "make", rows, thread)
        whole, bare = paired(
            max(1, scale.rounds // 3),
            lambda: drive(python, "keys.py", "thread", thread),
            lambda: drive(python, "keys.py", "bare", count),
        )
    one_core = [1e6 / row["verify"] for row in bare]
    name = f"thread of {rows:,} signed records"
    signing, verifying = column(mine, "sign"), column(mine, "verify")
    rates = column(whole, "rate")
    return [
        Figure("sign, against 150 µs", signing, [SIGN_US] * len(mine), "µs", "<= 1.0"),
        Figure("sign, against the library", signing, column(theirs, "sign"), "µs", "<= 3.0"),
        Figure("verify, against 300 µs", verifying, [VERIFY_US] * len(mine), "µs", "<= 1.0"),
        Figure("verify, against the library", verifying, column(theirs, "verify"), "µs", "<= 1.5"),
        Figure(f"{name}, against 5,000/s", rates, [RATE] * len(whole), "records/s", ">= 1.0"),
        Figure(f"{name}, against the library on one processor", rates, one_core, "records/s", ">= 1.0"),
    ]
