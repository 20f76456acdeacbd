"""The table of commands in the contract: every example is taken, and answered in the form that it shows."""

from __future__ import annotations

from typing import Any

import httpx

from syncropel.kernel.commands import COMMANDS
from syncropel.rules.contract import load_openapi
from syncropel.testing import MockKernel

TABLE: dict[str, Any] = load_openapi()["paths"]["/api/v1/command"]["post"]["x-commands"]
# Other names of a listed command.
ALIASES = {"kv.delete": "kv.del", "kv.incrby": "kv.incr", "kv.decrby": "kv.decr"}
TAKES_A_DELIVERY = ("queue.ack", "queue.nack", "queue.extend")
# Asked about what nobody has done by then.
BEFORE = {
    "kv.persist": ("kv.expire", {"key": "key2", "ttl": 60}),
    "pubsub.info": ("pubsub.subscribe", {"topics": ["notifications.email"]}),
}


def form(value: Any) -> Any:
    """Return the form of a JSON value: the names of its members, and the types of what is in them."""
    if isinstance(value, dict):
        return {name: form(member) for name, member in value.items()}
    if isinstance(value, list):
        return [form(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def test_the_table_lists_the_commands_of_the_kernel() -> None:
    """Every command has a row with the scope that it checks, and no other has one."""
    listed = {name: row["scope"] for name, row in TABLE.items() if name != "batch"}
    others = {alias: listed[name] for alias, name in ALIASES.items()}
    assert {**listed, **others} == {name: command.scope for name, command in COMMANDS.items()}


def test_every_example_is_answered_as_it_says() -> None:
    """One after the other, the payloads of the table bring answers of the form of the table's."""
    with MockKernel() as kernel, httpx.Client(base_url="http://mock", transport=kernel.transport()) as http:

        def run(name: str, payload: dict[str, Any]) -> Any:
            answer = http.post("/api/v1/command", json={"command": name, "payload": payload}).json()
            assert answer["success"], (name, answer)
            return answer["payload"]

        for name, row in TABLE.items():
            payload = dict(row["payload"])
            if name in TAKES_A_DELIVERY:
                run("queue.publish", {"queue": "jobs", "payload": [1]})
                taken = run("queue.consume", {"queue": "jobs", "consumer_id": "worker-1"})
                payload["message_id"] = taken["message"]["id"]
            if name in BEFORE:
                run(*BEFORE[name])
            assert form(run(name, payload)) == form(row["answer"]), name
