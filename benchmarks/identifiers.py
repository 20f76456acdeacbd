"""The canonical form and the id of one record."""

from __future__ import annotations

from _harness import Figure, Scale, column, core_python, drive, paired, peer_python

TITLE = "Canonical id"
PEER = "`record_id` of the published `syncropel==0.7.0`"
GOAL = "at most 0.5 of the peer's time"


def measure(scale: Scale) -> list[Figure]:
    """Both must give the same id, or the comparison means nothing."""
    ours, peer, count = core_python(), peer_python(), scale.size(20_000, 500)
    mine, theirs = paired(
        scale.rounds,
        lambda: drive(ours, "identifiers.py", count),
        lambda: drive(peer, "identifiers.py", count),
    )
    if {row["id"] for row in mine} != {row["id"] for row in theirs}:
        raise SystemExit("the two packages gave different ids for one record")
    return [Figure("id of a 400-byte record, CPU", column(mine, "us"), column(theirs, "us"), "µs", "<= 0.5")]
