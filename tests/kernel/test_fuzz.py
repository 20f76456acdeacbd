"""Whatever is sent, the kernel answers: never an exception, never INTERNAL, always its route's envelope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store.base import Store
from syncropel.rules.contract import load_routes
from syncropel.rules.error_codes import ERROR_CODES, error_type

from .support import POSTGRES, open_store, record

ROUTES = load_routes()
NAMES = [
    "thread",
    "actor",
    "kind",
    "since",
    "since_clock",
    "after_clock",
    "limit",
    "cursor",
    "format",
    "x",
    "",
]
FIELDS = [
    "filter",
    "thread",
    "sort",
    "limit",
    "offset",
    "cursor",
    "select",
    "group_by",
    "aggregates",
    "explain",
]
KEYS = [
    "clock",
    "body.a",
    "body._refs.id",
    "body",
    "$or",
    "$and",
    "$not",
    "$gt",
    "$like",
    "$in",
    "$count",
    "$sum",
    "n",
]

texts = st.text(max_size=6) | st.sampled_from(
    ["t", "0", "-1", "9" * 19, "9" * 20, "body.a", "clock", "%", "\0"]
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from([2**63, -(2**70), 1, -1])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | texts, inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=12,
)
queries = st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=3)
headers = st.dictionaries(
    st.sampled_from(["content-type", "x-request-id", "last-event-id", "accept"]),
    texts | st.sampled_from(["application/json", "text/plain"]),
    max_size=3,
)


@st.composite
def targets(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a method and a target near the contract's routes."""
    route = draw(st.sampled_from(ROUTES))
    path = route["path"]
    for name in re.findall(r"\{\w+\}", path):
        path = path.replace(name, quote(draw(texts), safe=draw(st.sampled_from(["", "/%"]))))
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in draw(queries))
    method = draw(st.sampled_from([route["method"], route["method"], "GET", "POST", "PUT", "", "get"]))
    return method, f"{path}?{pairs}" if pairs else path


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw a body: bytes, any JSON, or a record with something wrong in it."""
    choice = draw(st.integers(0, 2))
    if choice == 0:
        return draw(st.binary(max_size=20))
    value: Any = draw(values)
    if choice == 2:
        value = record(
            **{draw(st.sampled_from(["act", "actor", "body", "clock", "thread", "parents"])): value}
        )
    return json.dumps(value).encode()


@pytest.fixture(params=["memory", POSTGRES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give each database in turn, empty: the one in a file is the one in memory."""
    with open_store(request.param, tmp_path) as opened:
        yield opened


@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(target=targets(), headers=headers, body=bodies())
def test_every_request_gets_an_answer(
    kernel: Kernel, target: tuple[str, str], headers: dict[str, str], body: bytes
) -> None:
    """An answer has a status of the table, the envelope when it is a refusal, and is JSON."""
    reply = kernel.handle(Request(*target, headers, body))
    json.dumps(reply.body, allow_nan=False)
    if reply.status in (200, 201):
        return
    envelope = reply.body
    if "error_code" in envelope:
        assert envelope["error_code"] != "INTERNAL", envelope
        assert envelope["code"] == reply.status == ERROR_CODES[envelope["error_code"]].status
        assert envelope["error"]
        assert envelope["request_id"] == reply.headers["x-request-id"]
        return
    assert envelope["code"] != "INTERNAL", envelope
    assert reply.status == ERROR_CODES[envelope["code"]].status
    assert envelope["object"] == "error"
    assert envelope["type"] == error_type(reply.status)
    assert envelope["message"]
    assert envelope["request_id"] == reply.headers["x-request-id"]
