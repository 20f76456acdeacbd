"""Short ways to give commands to a kernel, for the tests of the services that have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncropel.kernel.store.memory import MemoryStore

from .support import Caller


class Failed(Exception):
    """A command that was refused.

    Attributes:
        code: The code of the refusal.
    """

    def __init__(self, outcome: dict[str, Any]) -> None:
        super().__init__(outcome["error"])
        self.code: str = outcome["error_code"]
        assert isinstance(outcome["code"], int)


def run(ask: Caller, command: str, /, **payload: Any) -> Any:
    """Give one command and return the payload of its answer.

    Raises:
        Failed: It was refused.
    """
    return result(answered(ask, command, payload))


def run_all(ask: Caller, commands: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Give some commands in one request and return the outcome of each."""
    entries = [{"command": command, "payload": payload} for command, payload in commands]
    outcomes: list[dict[str, Any]] = result(answered(ask, "batch", {"commands": entries}))["results"]
    assert len(outcomes) == len(commands)
    return outcomes


def answered(ask: Caller, command: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Give one command and return its answer."""
    reply = ask.post("/api/v1/command", {"command": command, "request_id": "r-1", "payload": payload})
    assert (reply.status, reply.body["request_id"]) == (200, "r-1"), reply
    return dict(reply.body)


def result(outcome: dict[str, Any]) -> Any:
    """Return the payload of an outcome.

    Raises:
        Failed: It is a refusal.
    """
    if not outcome["success"]:
        assert outcome["payload"] is None
        raise Failed(outcome)
    assert outcome["error"] is None
    return outcome["payload"]


def plans_of(store: MemoryStore, ask: Callable[[], Any]) -> str:
    """Return SQLite's plans of all statements that something runs on a store."""
    connection, seen = store._connection, dict[str, None]()
    connection.set_trace_callback(lambda sql: seen.update({sql: None}))
    ask()
    connection.set_trace_callback(None)
    steps = [
        step[-1]
        for sql in seen
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH"))
        for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    return "\n".join(steps)
