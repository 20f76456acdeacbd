"""The executor over both stores: one decision, one transaction; what it wrote is all that it knows."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from syncropel.kernel.calls import accepted, answered, declined, failed
from syncropel.kernel.core import Kernel
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Executor
from syncropel.rules import limits

from .inference_support import Hub, did, query_body
from .support import Caller, FakeTime, record


@pytest.fixture
def hub(ask: Caller, clock: FakeTime) -> Hub:
    """Give a kernel with an executor."""
    return Hub(ask, clock)


def test_a_query_runs_from_its_intend_to_its_know(hub: Hub) -> None:
    """Calls, answers and result are records on the thread, linked by parents and correlation."""
    hub.register("a", "b")
    query = hub.query()
    first = hub.advance(query)
    assert [call.responder.did for call in first.pending] == [did("a"), did("b")]
    assert not first.finished
    for call in first.pending:
        assert hub.answer(call, 4)
    last = hub.advance(query)
    assert last.finished
    acts = [(row["act"], row["actor"], row["parents"]) for row in hub.rows()]
    rows = hub.rows()
    assert [act for act, _, _ in acts] == ["INTEND", "CALL", "CALL", "DO", "DO", "KNOW"]
    assert acts[3] == ("DO", did("a"), [rows[1]["id"]])
    assert set(acts[5][2]) == {query, rows[3]["id"], rows[4]["id"]}
    assert hub.end()["answer"] == 4
    assert hub.ask.get("/v1/threads/q/state").body["status"] == "closed"
    assert hub.executor.open_queries() == []


def test_clocks_rise_along_the_thread(hub: Hub) -> None:
    """What the engine writes has a clock behind everything on the thread, at the end of clocks too."""
    hub.register("a")
    for number, clock in enumerate((7, limits.MAX_CLOCK)):
        thread = f"clock{number}"
        query = hub.query(thread=thread, clock=clock)
        hub.answer(hub.advance(query).pending[0], 1)
        assert hub.advance(query).finished
        clocks = [row["clock"] for row in hub.rows(thread)]
        assert clocks == ([7, 8, 9, 10] if clock == 7 else [limits.MAX_CLOCK, 0, 0, 1])


def test_a_call_is_answered_once(hub: Hub) -> None:
    """A second reply to a call stores nothing, and one after the end stores nothing either."""
    hub.register("a", "b")
    query = hub.query(query_body(fold={"function": "consensus", "min_quorum": 1}))
    one, two = hub.advance(query).pending
    assert hub.answer(one, 1)
    assert not hub.answer(one, 2)
    hub.clock.now = two.deadline
    assert hub.advance(query).finished
    assert not hub.answer(two, 3)
    assert hub.kinds().count("inference.answer.v1") == 1
    assert hub.end()["answer"] == 1


def test_another_executor_continues(hub: Hub, clock: FakeTime) -> None:
    """Nothing is lost with an executor: after each step a new one sees the same calls and makes no others."""
    hub.register("a", "b", "c")
    query = hub.query()
    for left in (3, 2, 1):
        hub.executor = Executor(hub.ask.kernel, QueryEvaluator(clock))
        assert hub.executor.open_queries() == [query]
        pending = hub.advance(query).pending
        assert len(pending) == left
        hub.answer(pending[0], "x")
    assert hub.advance(query).finished
    assert hub.kinds().count("infer.call.v1") == 3


def test_executors_do_not_disturb_each_other(hub: Hub, clock: FakeTime) -> None:
    """Many executors that carry one query on at the same time make each call and the result once."""
    hub.register("a", "b", "c")
    query = hub.query()

    def work() -> None:
        executor = Executor(hub.ask.kernel, QueryEvaluator(clock))
        while not (advance := executor.advance(query)).finished:
            for call in advance.pending:
                executor.reply(call, answered({"answer": 1}))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kinds = hub.kinds()
    assert [kinds.count(kind) for kind in ("infer.call.v1", "inference.answer.v1", "infer.result.v1")] == [
        3,
        3,
        1,
    ]


def test_only_the_responder_answers(hub: Hub) -> None:
    """A DO by anybody else, or on another thread, is no answer; one without parents counts by correlation."""
    hub.register("ann", kind="actor")
    query = hub.query()
    call = hub.advance(query).pending[0]
    body = {"kind": "inference.answer.v1", "correlation_id": query, "answer": 1}
    hub.ask.emit(act="DO", thread="q", clock=50, parents=[call.call_id], body=body)
    hub.ask.emit(act="DO", thread="other", actor=did("ann", "actor"), parents=[call.call_id], body=body)
    assert not hub.advance(query).finished
    hub.ask.emit(act="DO", thread="q", clock=60, actor=did("ann", "actor"), body={**body, "answer": 2})
    assert hub.advance(query).finished
    assert hub.end()["answer"] == 2


def test_an_acknowledgement_extends_the_wait(hub: Hub) -> None:
    """`infer.accept.v1` moves the deadline by its estimate and leaves the call open."""
    hub.register("a")
    query = hub.query(query_body(side_effects={"max_latency_secs": 10}))
    call = hub.advance(query).pending[0]
    assert hub.reply(call, accepted(30))
    hub.clock.now += 11
    advance = hub.advance(query)
    assert (len(advance.pending), advance.wake_at) == (1, pytest.approx(hub.clock.now + 29))
    assert hub.answer(call, 1)
    assert hub.advance(query).finished


@pytest.mark.parametrize("reply", [declined("overbooked"), failed("broken", "it broke", cost_usd=0.5)])
def test_a_refusal_stops_nobody_else(hub: Hub, reply: Any) -> None:
    """A responder that refuses or fails is left out, and what it charged is told apart."""
    hub.register("a", "b")
    query = hub.query()
    one, two = hub.advance(query).pending
    hub.reply(one, reply)
    hub.answer(two, "fine")
    assert hub.advance(query).finished
    end = hub.end()
    assert (end["answer"], len(end["provenance"])) == ("fine", 1)
    assert end["cost_charged_but_failed_usd"] == reply.body.get("cost_usd", 0)


def nested(depth: int) -> Any:
    """Return lists in lists."""
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "garbage", [nested(limits.MAX_JSON_DEPTH), float("nan"), "x" * 10_000_000, "\ud800", {1: 2}, object()]
)
def test_a_response_that_cannot_be_kept_is_a_failure(hub: Hub, garbage: Any) -> None:
    """A body that is no record's body (too deep, too large, no JSON) becomes an error-shaped DO."""
    hub.register("a")
    query = hub.query()
    call = hub.advance(query).pending[0]
    assert hub.answer(call, garbage)
    assert hub.advance(query).finished
    row = hub.rows()[-2]
    assert (row["body"]["kind"], row["body"]["error"]["code"]) == ("infer.failure.v1", "invalid_response")
    assert hub.end()["code"] == "quorum_not_met"


def test_a_long_thread_does_not_slow_a_query(hub: Hub) -> None:
    """Carrying a query on reads its own records only, however many others are on the thread."""
    hub.register("a")
    for clock in range(300):
        hub.ask.emit(thread="q", clock=clock, body={"n": clock})
    query = hub.query(clock=1000)
    read: list[int] = []
    store = hub.ask.kernel.store
    original = store.read

    def counting(work: Any) -> Any:
        def counted(transaction: Any) -> Any:
            class Counting:
                def __getattr__(self, name: str) -> Any:
                    return getattr(transaction, name)

                def execute(self, sql: str, params: Any = ()) -> Any:
                    rows = transaction.execute(sql, params)
                    read.append(len(rows))
                    return rows

            return work(Counting())

        return original(counted)

    hub.executor._store = type("Store", (), {"read": staticmethod(counting), "write": store.write})()
    hub.answer(hub.advance(query).pending[0], 1)
    assert hub.advance(query).finished
    assert sum(read) < 60


def test_a_question_by_reference_brings_the_records(hub: Hub) -> None:
    """`input.ref` is asked with the newest records that carry the reference, oldest first."""
    hub.register("a")
    ref = {"kind": "@music.track", "id": "isrc:X"}
    for clock in range(25):
        hub.ask.emit(thread="songs", clock=clock, body={"n": clock, "_refs": [ref]})
    call = hub.advance(hub.query(query_body(input={"ref": ref}))).pending[0]
    assert call.input["ref"] == ref
    assert [row["body"]["n"] for row in call.input["records"]] == list(range(5, 25))


def test_a_question_about_a_record(hub: Hub) -> None:
    """`input.record_id` is asked with the record; one that is not there is `invalid_query`."""
    hub.register("a")
    named = hub.ask.emit(thread="notes", body={"text": "hello"}).body["id"]
    call = hub.advance(hub.query(query_body(input={"record_id": named}))).pending[0]
    assert (call.input["id"], call.input["body"]) == (named, {"text": "hello"})
    assert hub.advance(hub.query(query_body(input={"record_id": "f" * 64}), thread="q2")).finished
    assert (hub.end("q2")["code"], hub.end("q2")["details"]) == ("invalid_query", {"path": "$.input"})


def test_a_nested_query_is_waited_for(hub: Hub, kernel: Kernel) -> None:
    """A query about a query is told when that one ends, asks about its answer, and fails when that failed."""
    hub.register("a")
    told: list[str] = []
    kernel.on_commit(lambda commits: told.extend(query for each in commits for query in each.queries))
    inner = hub.query(thread="inner")
    outer = hub.query(query_body(input={"record_id": inner}), thread="outer")
    assert hub.advance(outer).pending == ()
    call = hub.advance(inner).pending[0]
    hub.answer(call, "four")
    told.clear()
    assert hub.advance(inner).finished
    assert outer in told
    assert hub.advance(outer).pending[0].input["answer"] == "four"
    broken = hub.query(query_body({"did": "did:example:nobody"}), thread="broken")
    hub.advance(broken)
    last = hub.query(query_body(input={"record_id": broken}), thread="last")
    assert hub.advance(last).finished
    assert hub.end("last")["code"] == "invalid_query"


def test_a_loop_of_queries_ends(hub: Hub) -> None:
    """A responder that asks about every call that it gets is stopped at the documented depth."""
    hub.register("a")
    query = hub.query(thread="loop0")
    for depth in range(1, limits.MAX_QUERY_DEPTH + 2):
        call = hub.advance(query).pending[0]
        query = hub.query(query_body(input={"record_id": call.call_id}), thread=f"loop{depth}")
    assert hub.advance(query).finished
    end = hub.end(f"loop{limits.MAX_QUERY_DEPTH + 1}")
    assert end["code"] == "invalid_query"
    assert f"{limits.MAX_QUERY_DEPTH} are allowed" in end["message"]


def test_the_inbox_holds_open_calls_only(hub: Hub, kernel: Kernel) -> None:
    """A responder's page has the calls that wait for it: no answered ones, none of ended queries."""
    hub.register("ann", kind="actor")
    watch = hub.ask.get("/v1/responders/did%3Async%3Aactor%3Aann/inbound").watch
    assert watch is not None
    queries = [hub.query(thread=f"t{number}") for number in range(3)]
    calls = [hub.advance(query).pending[0] for query in queries]
    page = kernel.watch_page(watch.thread, kernel.watch_start(watch), 10)
    assert [row["id"] for row in page] == [call.call_id for call in calls]
    hub.answer(calls[0], 1)
    hub.clock.now = calls[1].deadline
    hub.advance(queries[1])
    page = kernel.watch_page(watch.thread, 0, 10)
    assert [row["id"] for row in page] == [calls[2].call_id]
    assert kernel.watch_page(watch.thread, page[0]["sequence"], 10) == []


def test_the_registry_has_a_limit(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full registry refuses a new DID and still replaces a known one."""
    monkeypatch.setattr(limits, "MAX_ACTORS", 2)
    hub.register("a", "b", "b")
    reply = hub.ask.post("/v1/actors", {"did": "c", "kind": "llm"})
    assert (reply.status, reply.body["code"]) == (400, "INVALID_ACTOR")


def test_trust_decays_and_follows_the_verdicts(hub: Hub) -> None:
    """A verdict counts half after 90 days, and it counts at once for who is called."""
    subject = did("a")
    hub.register("a")
    for clock in range(10):
        body = {"verdict": "accept", "subject": subject, "domain": "code", "n": clock}
        hub.ask.emit(act="KNOW", thread="v", clock=clock, body=body)
    score = hub.ask.get("/v1/trust", actor=subject).body["data"][0]["score"]
    assert score == pytest.approx(0.7225, abs=1e-4)
    hub.clock.now += 90 * 86400
    assert hub.ask.get("/v1/trust", actor=subject).body["data"][0]["score"] == pytest.approx(0.5655, abs=1e-4)
    query = hub.query(query_body({"kind": "any", "domain": "code"}))
    assert hub.advance(query).pending[0].body["trust_at_dispatch"] == pytest.approx(0.5655, abs=1e-4)


def test_a_query_posted_twice_is_one_query(hub: Hub) -> None:
    """The same INTEND again is the first one's receipt and begins nothing."""
    hub.register("a")
    value = record(act="INTEND", thread="q", body=query_body())
    assert [hub.ask.post("/v1/records", value).status for _ in range(2)] == [201, 200]
    assert len(hub.executor.open_queries()) == 1
