"""Whatever a command is given, it is answered: by its payload or a refusal of the table, never INTERNAL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel.commands import COMMANDS
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store.base import Store
from syncropel.rules.error_codes import ERROR_CODES

from .support import POSTGRES, FakeTime, open_store

MEMBERS = sorted(
    {
        *(
            "amount",
            "commands",
            "config",
            "cursor",
            "data",
            "dead",
            "delivery",
            "encoding",
            "event",
            "expected",
        ),
        *("expiry", "from_offset", "get", "headers", "keepttl", "keys", "limit", "message_id", "message_ids"),
        *(
            "metadata",
            "nx",
            "offset",
            "pairs",
            "partition",
            "partition_key",
            "partitions",
            "pattern",
            "payload",
        ),
        *("prefix", "priority", "requeue", "seconds", "topics", "ttl", "type", "value", "xx", "max_depth"),
        *("max_retries", "prefetch_limit", "ack_deadline_secs", "retention_hours", "max_events"),
    }
)
NAMES = ("queue", "room", "key", "name", "topic", "consumer_id", "subscriber_id")
# Names that are made first, so that commands reach what is behind the look for a queue or a stream.
MADE = st.sampled_from(["q", "r", "k"])
hostile = st.sampled_from(
    [
        *("", "\0", "\1", "é" * 600, "*", "[", "a.#.b", "9" * 30, "base64", "bytes", True, False, None),
        *(-1, 0, 1, 5, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 2**200, 0.5, 1e300),
    ]
)
leaves = MADE | hostile | st.text(max_size=4) | st.integers()
values = st.one_of(
    leaves,
    st.lists(leaves, max_size=3),
    st.dictionaries(st.sampled_from([*MEMBERS, "k"]), leaves, max_size=3),
    st.lists(st.fixed_dictionaries({"key": leaves, "value": leaves}), max_size=2),
    st.fixed_dictionaries({"type": st.sampled_from(["seconds", "unix_seconds"]), "value": leaves}),
)
named = st.builds(
    lambda names, members: {**names, **members},
    st.fixed_dictionaries(dict.fromkeys(NAMES, MADE)),
    st.dictionaries(st.sampled_from([*MEMBERS, *NAMES]), values, max_size=6),
)
commands = st.tuples(st.sampled_from(sorted(COMMANDS)), named | named | values)


@pytest.fixture(params=["memory", POSTGRES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give each database in turn, empty: the one in a file is the one in memory."""
    with open_store(request.param, tmp_path) as opened:
        yield opened


@settings(
    max_examples=settings().max_examples * 2 // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=st.lists(commands, min_size=1, max_size=8), together=st.booleans())
def test_every_command_is_answered(
    kernel: Kernel, clock: FakeTime, wanted: list[tuple[str, Any]], together: bool
) -> None:
    """One by one or as a batch, every outcome is a payload, or a refusal with a code of the table."""

    def send(name: str, payload: Any) -> dict[str, Any]:
        body = json.dumps({"command": name, "request_id": "r", "payload": payload}).encode()
        reply = kernel.handle(Request("POST", "/api/v1/command", {}, body))
        json.dumps(reply.body, allow_nan=False)
        assert (reply.status, reply.body["request_id"]) == (200, "r"), reply.body
        return dict(reply.body)

    send("queue.create", {"name": "q"})
    send("stream.get_or_create", {"room": "r"})
    if together:
        entries = [{"command": name, "payload": payload} for name, payload in wanted]
        outcomes = send("batch", {"commands": entries})["payload"]["results"]
        assert len(outcomes) == len(wanted)
    else:
        outcomes = [send(name, payload) for name, payload in wanted]
    for outcome in outcomes:
        if not outcome["success"]:
            assert outcome["error"]
            assert (
                outcome["code"] == ERROR_CODES[outcome["error_code"]].status < 500 or outcome["code"] == 507
            )
    clock.now += 0.7
    kernel.sweep(5)
