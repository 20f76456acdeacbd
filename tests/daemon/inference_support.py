"""What the tests of inference over HTTP share: responders that are commands, queries, and waiting."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.daemons import wait_for

ASKER = "did:example:asker"
ENDS = ("infer.result.v1", "infer.error.v1")


def command(did: str, code: str, **members: Any) -> dict[str, Any]:
    """Return the registration of a responder that runs Python code; `ask` in it is the question."""
    script = f"import json, sys, time; ask = json.load(sys.stdin)\n{code}"
    config = {"command": [sys.executable, "-S", "-c", script], **members.pop("config", {})}
    return {"did": did, "kind": "system", "config": config, **members}


def saying(did: str, answer: Any, **members: Any) -> dict[str, Any]:
    """Return the registration of a command that always answers the same."""
    return command(did, f"print(json.dumps({{'answer': {answer!r}}}))", **members)


def configuration(folder: Path, *responders: dict[str, Any]) -> dict[str, str]:
    """Write a configuration file and return the environment that names it."""
    path = folder / "daemon.json"
    path.write_text(json.dumps({"builtin_responders": False, "responders": responders}), encoding="utf-8")
    return {"SYNCROPEL_CONFIG": str(path)}


def query_body(*dids: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a query for some responders."""
    body = {
        "kind": "infer.query.v1",
        "input": {"inline": {"goal": "2 + 2"}},
        "answer_shape": {"kind": "inference.answer.v1"},
        "responders": [{"did": did} for did in dids] or [{"kind": "any"}],
        "fold": {"function": "consensus"},
        "relevance": {"threshold": 0.0, "top_k": 9},
    }
    return {**body, **changes}


def ask(http: httpx.Client, body: dict[str, Any], thread: str = "q", clock: int = 0) -> str:
    """Emit a query and return its id."""
    record = {"act": "INTEND", "actor": ASKER, "thread": thread, "clock": clock, "body": body}
    reply = http.post("/v1/records", json=record)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def rows(http: httpx.Client, thread: str = "q") -> list[dict[str, Any]]:
    """Return the rows of a thread."""
    found: list[dict[str, Any]] = http.get(f"/v1/threads/{thread}/records", params={"limit": 1000}).json()[
        "data"
    ]
    return found


def end_of(http: httpx.Client, thread: str = "q", timeout: float = 30.0) -> dict[str, Any]:
    """Wait for the record that ends a thread's query and return its body."""

    def look() -> dict[str, Any] | None:
        return next((row["body"] for row in rows(http, thread) if row["body"].get("kind") in ENDS), None)

    return wait_for(look, f"the end of the query on {thread}", timeout)
