"""A daemon that is killed after every record that it writes still ends a query with one answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.daemons import Daemon, running_daemon, wait_for

from .inference_support import ENDS, ask, command, configuration, query_body, rows

A, B, C = (f"did:sync:system:{name}" for name in "abc")


def logged(did: str, folder: Path, answer: str, seconds: float) -> dict[str, Any]:
    """Return a command that notes the call it was made for, and answers with a Python expression later on."""
    path = str(folder / "made")
    code = (
        f"log = open({path!r}, 'a'); log.write(ask['call_id'] + chr(10)); log.close()\n"
        f"time.sleep({seconds})\n"
        f"print(json.dumps({answer}))"
    )
    return command(did, code)


def responders(*dids: str) -> list[dict[str, str]]:
    """Return predicates for some responders."""
    return [{"did": did} for did in dids]


# All calls at once, one after the other, and both; tests/kernel/test_inference_crashes.py interrupts every
# pattern after every write.
PATTERNS: dict[str, tuple[Any, list[str], dict[str, Any]]] = {
    "single_shot": ("same", ["'same'", "'same'", "'same'"], {"pattern": "single_shot"}),
    "waterfall": (
        "good",
        ["'bad'", "'worse'", "'good'"],
        {
            "pattern": "waterfall",
            "stages": [{"responders": responders(did)} for did in (A, B, C)],
            "accept_expression": "fold.answer == 'good'",
        },
    ),
    "ensemble_with_audit": (
        "same",
        ["'same'", "'same'", "{'approved': True, 'rationale': 'right'}"],
        {
            "pattern": "ensemble_with_audit",
            "primary_responders": responders(A, B),
            "auditor": {"did": C},
        },
    ),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_killed_after_every_record(tmp_path: Path, pattern: str) -> None:
    """Killed and started again after each new record: one end, no CALL twice, no answered one made again."""
    expected, answers, orchestration = PATTERNS[pattern]
    commands = [
        logged(did, tmp_path, f"{{'answer': {answer}}}", seconds)
        for did, answer, seconds in zip((A, B, C), answers, (0.3, 0.6, 0.9), strict=True)
    ]
    environ = configuration(tmp_path, *commands)
    with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        ask(http, query_body(A, B, C, orchestration=orchestration))
        found = _until_more(http, daemon, 1)
    lives = 1
    while found[-1]["body"].get("kind") not in ENDS:
        answered = {row["parents"][0] for row in found if row["act"] == "DO"}
        before = len(_made(tmp_path))
        with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
            found = _until_more(http, daemon, len(found))
        assert answered.isdisjoint(_made(tmp_path)[before:]), "a call with a stored reply was made again"
        lives += 1
    with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        _check(rows(http), expected)
    assert lives >= 3, "the kills came too late to prove anything"


def _until_more(http: httpx.Client, daemon: Daemon, known: int) -> list[dict[str, Any]]:
    """Wait for a record more than are known, kill the daemon at once, and return what had been seen."""
    found = wait_for(lambda: seen if len(seen := rows(http)) > known else None, "the next record")
    daemon.kill()
    return found


def _made(folder: Path) -> list[str]:
    path = folder / "made"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def _check(found: list[dict[str, Any]], expected: Any) -> None:
    ends = [row["body"] for row in found if row["body"].get("kind") in ENDS]
    assert [(end["kind"], end.get("answer")) for end in ends] == [("infer.result.v1", expected)]
    calls = [row for row in found if row["act"] == "CALL"]
    places = Counter(
        (row["body"]["responder_did"], row["body"]["stage"], row["body"].get("role")) for row in calls
    )
    assert set(places.values()) == {1}, places
    replies = Counter(row["parents"][0] for row in found if row["act"] == "DO")
    assert set(replies) == {row["id"] for row in calls}
    assert set(replies.values()) == {1}
