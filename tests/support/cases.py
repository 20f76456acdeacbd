"""The protocol's cases: inputs and answers that were observed or published, one JSON object a line.

A case has `id`, `area`, `op`, `input`, `expect`, `source`, and sometimes `recommended`: what to do where
the observed behaviour is not worth keeping.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent.parent / "cases" / "syncropel.jsonl"


@cache
def _all_cases() -> tuple[dict[str, Any], ...]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines if line.strip())


def load_cases(*areas: str) -> list[dict[str, Any]]:
    """Return the cases of the areas named, in the file's order.

    Raises:
        LookupError: An area has no cases, so a test over it would prove nothing.
    """
    missing = set(areas) - {case["area"] for case in _all_cases()}
    if missing:
        raise LookupError(f"no cases of {sorted(missing)}")
    return [case for case in _all_cases() if case["area"] in areas]


def case_id(case: dict[str, Any]) -> str:
    """Return the id of a case, as the name of its test."""
    return str(case["id"])
