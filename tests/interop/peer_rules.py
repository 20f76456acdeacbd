"""What the published package makes of values: run in an environment of its own.

    python peer_rules.py < QUESTIONS

Questions are one JSON object with `values`, `records` and `kinds`; the answer is one with `texts`, `ids`,
`levels` and `accepted`, in the same order. This file runs with the published package, never with the
project's own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from syncropel import canonical_json, hash_levels, record_id, validate_kind


def accepts(kind: str) -> bool:
    """Tell whether the published grammar takes a kind."""
    try:
        validate_kind(kind)
    except ValueError:
        return False
    return True


def levels(record: dict[str, Any]) -> list[str]:
    """Return the four match levels of a record."""
    found = hash_levels(record["act"], record["body"])
    return [found.l0, found.l1, found.l2, found.l3]


if __name__ == "__main__":
    questions = json.load(sys.stdin)
    answers = {
        "texts": [canonical_json(value) for value in questions["values"]],
        "ids": [record_id(record, fields=7) for record in questions["records"]],
        "levels": [levels(record) for record in questions["records"]],
        "accepted": [accepts(kind) for kind in questions["kinds"]],
    }
    json.dump(answers, sys.stdout)
