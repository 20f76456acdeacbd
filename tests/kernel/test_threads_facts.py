"""The facts kept about threads, against the records they are kept from, however the records were grouped."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.base import Transaction
from syncropel.kernel.store.sqlite import SqliteStore

from .support import Caller, build_kernel, record

THREADS = """SELECT thread, min(sequence), max(sequence), count(*), max(clock)
    FROM records GROUP BY thread ORDER BY 1"""
KEPT_THREADS = (
    "SELECT thread, first_sequence, last_sequence, record_count, last_clock FROM threads ORDER BY 1"
)
PARTS = (
    """SELECT thread, actor, min(sequence), count(*), max(clock) FROM records GROUP BY 1, 2 ORDER BY 1, 2"""
)
KEPT_PARTS = "SELECT thread, actor, first_sequence, record_count, last_clock FROM participants ORDER BY 1, 2"
REFS = """SELECT DISTINCT 'id', json_extract(e.value, '$.id'), r.sequence
    FROM records r, json_each(r.body, '$._refs') e ORDER BY 2, 3"""
KEPT_REFS = "SELECT member, value, sequence FROM refs ORDER BY 2, 3"

emits = st.fixed_dictionaries(
    {
        "thread": st.sampled_from(["t", "u"]),
        "actor": st.sampled_from(["did:a", "did:b"]),
        "act": st.sampled_from(["INTEND", "DO", "KNOW", "PUT"]),
        "clock": st.integers(0, 6),
        "body": st.fixed_dictionaries(
            {"_refs": st.lists(st.sampled_from(["x", "y"]).map(lambda name: {"id": name}), max_size=3)},
            optional={
                "fulfills": st.just("OPENING"),
                "verdict": st.sampled_from(["accept", "reject"]),
                "cancels": st.just("OPENING"),
            },
        ),
    }
)
groups = st.lists(st.lists(st.none() | emits, min_size=1, max_size=6), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a maker of empty kernels on one folder."""
    folder = tmp_path_factory.mktemp("facts")
    numbers = iter(range(10**6))
    return lambda: build_kernel(SqliteStore(folder / f"{next(numbers)}.db"))


def send_group(kernel: Kernel, store: SqliteStore, group: list[dict[str, Any] | None]) -> None:
    """Send emits so that they are committed in one transaction; None is a job that writes and fails."""
    reached, opened = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        reached.set()
        assert opened.wait(30)

    def fail(transaction: Transaction) -> None:
        transaction.execute("UPDATE threads SET record_count = -1")
        raise RuntimeError("planted")

    held = store.submit(hold)
    assert reached.wait(30)
    opening = Caller(kernel).query(filter={"act": "INTEND"}, limit=1).body["data"]
    waiting = []
    for value in group:
        if value is None:
            waiting.append(store.submit(fail))
            continue
        text = json.dumps(record(**value)).replace("OPENING", opening[0]["id"] if opening else "0" * 64)
        waiting.append(kernel.submit(Request("POST", "/v1/records", {}, text.encode())))
    opened.set()
    held.result(30)
    for future in waiting:
        if future.exception(30) is None:
            reply = future.result()
            assert isinstance(reply, Reply)
            assert reply.status in (200, 201) or reply.body["code"] == "INGEST_FAILED", reply.body


def folded(rows: list[dict[str, Any]]) -> tuple[str, str | None, list[str]]:
    """Return a thread's status, opener and fulfilments by folding its records one by one."""
    status, opening, fulfilled = "open", None, []
    for row in rows:
        act, body = row["act"], row["body"]
        if act == "INTEND" and opening is None:
            opening = row
        if status not in ("closed", "cancelled"):
            status = {"INTEND": "open", "DO": "active", "KNOW": "observed"}.get(act, status)
        names = opening is not None and opening["id"]
        if act == "KNOW" and names and body.get("fulfills") == names:
            fulfilled.append(row["id"])
            status = status if status == "cancelled" else "closed"
        if (act == "KNOW" and body.get("verdict") == "reject") or (
            act == "DO" and names and body.get("cancels") == names
        ):
            status = "cancelled"
    return status, opening["actor"] if opening else None, fulfilled


@settings(
    max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=groups)
def test_facts_are_those_of_the_records(place: Any, sent: list[list[dict[str, Any] | None]]) -> None:
    """After any mix of emits, re-posts, refusals and failing jobs, kept facts equal recomputed ones."""
    kernel = place()
    store = kernel._store
    for group in sent:
        send_group(kernel, store, group)
    for kept, computed in ((KEPT_THREADS, THREADS), (KEPT_PARTS, PARTS), (KEPT_REFS, REFS)):
        pairs = store.read(lambda tx, k=kept, c=computed: (tx.execute(k), tx.execute(c)))
        assert pairs[0] == pairs[1]
    ask = Caller(kernel)
    for thread in ask.get("/v1/threads").body["data"]:
        rows = ask.get(f"/v1/threads/{thread['id']}/records").body["data"]
        state = ask.get(f"/v1/threads/{thread['id']}/state").body
        assert (state["status"], state["opened_by"], state["fulfilled_by"]) == folded(rows)
    kernel.close()
