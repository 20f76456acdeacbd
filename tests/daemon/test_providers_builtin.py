"""The two responders that every daemon has, and the replay of earlier answers."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
import time
from typing import Any

import pytest

from syncropel.daemon.providers import Providers, builtin_responders
from syncropel.daemon.providers.asked import understand
from syncropel.daemon.providers.pattern import Memory, levels_for, work_keys
from syncropel.daemon.providers.trouble import Declined
from syncropel.kernel.calls import Responder
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.services.ingest import ingest, make_ready
from syncropel.rules.canonical import canonical_bytes
from syncropel.rules.infer.plan import ENGINE_DID
from syncropel.rules.infer.vocabulary import DECLINE_KIND
from syncropel.rules.records import check_record
from tests.support.calls import carry_out, new_kernel, pending

RECORDS, SUMMARY = builtin_responders()
PATTERN = Responder("did:sync:pattern:replay", "pattern")
CLOCKS = itertools.count(1)
SHAPE = {"kind": "app.answer.text"}


def put(kernel: Kernel, act: str, body: dict[str, Any], **more: Any) -> str:
    """Store a record and return its id."""
    record = {
        "act": act,
        "actor": more.pop("actor", "did:sync:user:ann"),
        "body": body,
        "clock": next(CLOCKS),
        "thread": more.pop("thread", "th_one"),
        **more,
    }
    if record["actor"] == ENGINE_DID:
        # Nobody posts as the engine: its records are stored from inside.
        draft = check_record(record)
        kernel.store.write(lambda transaction: ingest(transaction, make_ready(draft), kernel.now()))
        return draft.id
    headers = {"content-type": "application/json"}
    reply = kernel.handle(Request("POST", "/v1/records", headers, canonical_bytes(record)))
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


@pytest.fixture(scope="module")
def history() -> Any:
    """A kernel with five notes of two people on two threads, and two tasks."""
    kernel = new_kernel()
    refs = {"_refs": [{"kind": "code.file", "id": "a.py"}]}
    for number in range(5):
        actor = "did:sync:user:ann" if number % 2 else "did:sync:user:bob"
        body = {"kind": "app.note.text", "text": f"note {number}", **(refs if number < 2 else {})}
        put(kernel, "KNOW", body, actor=actor, thread="th_one" if number < 4 else "th two")
    for number in range(2):
        put(kernel, "DO", {"kind": "app.task.done", "text": str(number)}, actor="did:sync:user:ann")
    yield kernel
    kernel.close()


def ask(kernel: Kernel, question: Any, to: Responder = RECORDS, **more: Any) -> dict[str, Any]:
    """Carry out one call and return the reply's body."""
    body: dict[str, Any] = carry_out(pending(to, question, **more), kernel=kernel)[0]
    return body


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many records?", 7),
        ("how many records are there of kind app.note.text", 5),
        ("Count the records by did:sync:user:bob in thread th_one.", 2),
        ("number of records of kind app.note.text by actor did:sync:user:ann", 2),
        ('how many records in thread "th two"?', 1),
        ("how many records about a.py", 2),
        ("how many records in the last 2 hours", 7),
        ("how many records before 2020-01-01", 0),
        ("how many records since 2020-01-01T10:30 of kind app.task.done, today", 2),
        ("how many actors", 2),
        ("how many kinds are there by did:sync:user:bob", 1),
        ("most active actors", [("did:sync:user:ann", 4), ("did:sync:user:bob", 3)]),
        ("top 1 kinds", [("app.note.text", 5)]),
        ("top 3 refs of kind app.note.text", [("a.py", 2)]),
        ({"goal": "How many threads?"}, 2),
        ({"inline": "How many threads?"}, 2),
        ({"ask": "count", "kind": "app.task.done"}, 2),
        ({"records": {"ask": "top", "of": "threads", "limit": 1}}, [("th_one", 6)]),
        ({"ask": "count", "actor": "did:sync:user:nobody"}, 0),
    ],
)
def test_questions_about_records(history: Kernel, question: Any, answer: Any) -> None:
    """Counts and tops by kind, actor, thread, reference and time are what the store holds."""
    body = ask(history, question)
    found = body["answer"]
    if isinstance(answer, list):
        found = [(each["value"], each["count"]) for each in found]
    assert found == answer
    assert body["confidence"] == 1.0
    assert body["rationale"]


def test_latest_and_oldest_records(history: Kernel) -> None:
    """One record for one, a list for more, nothing for nothing."""
    latest = ask(history, "What is the latest record of kind app.note.text?")["answer"]
    assert latest["body"]["text"] == "note 4"
    assert latest["created_at"].endswith("Z")
    oldest = ask(history, "the first 2 records of kind app.note.text")["answer"]
    assert [each["body"]["text"] for each in oldest] == ["note 0", "note 1"]
    assert ask(history, "latest record of kind app.none.such")["answer"] is None


@pytest.mark.parametrize(
    "question",
    [
        "What is the meaning of life?",
        "how many records are beautiful",
        "how many records of kind",
        "how many records since yesterday",
        "top 5 records",
        "top 5000 actors",
        "latest 0 records",
        "how many records" + "," * 10_000,
        "",
        None,
        42,
        ["how many records"],
        {"ask": "drop"},
        {"ask": "count", "of": "body"},
        {"ask": "count", "of": ["records"]},
        {"ask": "count", "kind": 3},
        {"ask": "top", "of": "actors", "limit": "5"},
        {"ask": "latest", "of": "actors"},
        {"goal": 3},
    ],
)
def test_what_is_not_understood_is_declined(history: Kernel, question: Any) -> None:
    """The responder guesses nothing: another question is out of its domain, and it says why."""
    body = ask(history, question)
    assert body["kind"] == DECLINE_KIND
    assert body["reason"] == "out_of_domain"
    assert body["message"]


def test_times_are_read_as_utc() -> None:
    """Dates without a zone are UTC; spans are counted back from now."""
    now = 1_700_000_000.0
    assert understand("how many records since 2023-11-14", now).since == 1_699_920_000
    assert understand("how many records since 2023-11-14T01:00+01:00", now).since == 1_699_920_000
    assert understand("how many records in the last 3 days", now).since == now - 3 * 86400
    assert understand("how many records today", now).since == 1_699_920_000


TEXT = (
    "The daemon keeps records in one file. Records are appended and never changed. "
    "Every record of the daemon has an id computed from its content. My cat likes fish. "
    "The daemon answers queries about records by content and by id. "
    "Records that refer to other records build a graph in the daemon."
)


def test_a_summary_is_the_central_sentences_in_their_order(history: Kernel) -> None:
    """The sentence that has nothing to do with the others is left out; nothing is made up."""
    body = ask(history, {"goal": "Summarise this in two sentences", "context": TEXT}, SUMMARY)
    parts = [each for each in body["answer"].replace(". ", ".\n").splitlines() if each]
    assert len(parts) == 2
    assert all(part in TEXT for part in parts)
    assert TEXT.index(parts[0]) < TEXT.index(parts[1])
    assert "cat" not in body["answer"]
    assert body == ask(history, {"text": TEXT, "sentences": 2}, SUMMARY)


def test_records_can_be_summarised(history: Kernel) -> None:
    """The prose of records is taken together: bodies of a record and of records behind a reference."""
    record = {"id": "x", "act": "KNOW", "actor": "a", "thread": "t", "body": {"kind": "k", "text": TEXT}}
    one = ask(history, record, SUMMARY)["answer"]
    many = ask(history, {"ref": {"kind": "k", "id": "i"}, "records": [record]}, SUMMARY)["answer"]
    assert one == many
    assert one in (TEXT, one)
    assert one


@pytest.mark.parametrize(
    "question",
    [
        "How many records?",
        "",
        None,
        3,
        {"goal": "Translate", "context": TEXT},
        {"goal": "Summarise"},
        {"a": TEXT},
    ],
)
def test_the_summariser_declines_other_work(history: Kernel, question: Any) -> None:
    """Without a text, or with another goal, the summariser declines."""
    assert ask(history, question, SUMMARY)["reason"] == "out_of_domain"


def test_a_text_too_long_is_refused_quickly(history: Kernel) -> None:
    """Time grows with the square of the sentences, so a book is refused, and at once."""
    started = time.monotonic()
    assert ask(history, "A sentence stands here. " * 5_000, SUMMARY)["error"]["code"] == "too_large"
    assert ask(history, "x" * 1_000_000, SUMMARY)["error"]["code"] == "too_large"
    assert time.monotonic() - started < 10


def test_without_the_extra_the_summariser_says_so() -> None:
    """Where the library is missing the reply names the extra to install."""
    code = (
        "import sys; sys.modules['lede.textrank'] = None\n"
        "from syncropel.daemon.providers.summary import summarise\n"
        "from syncropel.daemon.providers.trouble import Trouble\n"
        "try: summarise('One. Two.')\n"
        "except Trouble as trouble: print(trouble.code, trouble.message)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("configuration")
    assert "syncropel[infer]" in done.stdout


def test_a_daemon_without_remote_responders_loads_no_http_client() -> None:
    """Importing and making the providers leaves httpx, the expression library and the summariser alone."""
    code = (
        "import sys; from syncropel.daemon.providers import Providers; Providers(None)\n"
        "print(sorted({'httpx', 'lede', 'networkx', 'cel_expr_python', 'celpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def settled(kernel: Kernel, question: Any, answer: Any, **more: Any) -> str:
    """Store a query and its result, and return the result's id."""
    body = {
        "kind": "infer.query.v1",
        "input": {"inline": question},
        "answer_shape": more.pop("shape", SHAPE),
        "responders": [{"kind": "actor"}],
        "fold": {"function": "best_of"},
    }
    thread = f"th_{next(CLOCKS)}"
    query = put(kernel, "INTEND", body, thread=thread)
    level = more.pop("match_level", None)
    known = {
        "kind": "infer.result.v1",
        "correlation_id": query,
        "fulfills": query,
        "answer": answer,
        "answer_kind": SHAPE["kind"],
        "provenance": [
            {
                "responder_did": "did:sync:llm:x",
                "response_record_id": "r",
                "weight": 1.0,
                "match_level": level,
                "trust_at_dispatch": 0.5,
            }
        ],
        "trust_summary": {"mean": 0.5, "min": 0.5, "max": 0.5, "n_contributors": 1},
        "cost_actual_usd": 0.0,
        "cost_charged_but_failed_usd": 0.0,
        "fold_function": "best_of",
        "chosen_response_id": "r",
        "latency_ms": 1,
    }
    return put(kernel, "KNOW", known, actor=ENGINE_DID, thread=thread)


@pytest.fixture
def earlier() -> Any:
    """A kernel with one accepted answer: to greet Ann."""
    kernel = new_kernel()
    settled(kernel, {"goal": "greet", "context": "Ann"}, "Hello Ann")
    yield kernel
    kernel.close()


def replayed(kernel: Kernel, question: Any, dial: float = 1.0, **more: Any) -> dict[str, Any]:
    """Ask the pattern responder."""
    return ask(kernel, question, PATTERN, shape=SHAPE, dial=dial, **more)


def test_levels_of_a_replay(earlier: Kernel) -> None:
    """The same question matches at L0, the same goal at L1, the same shapes at L2, and the reply says so."""
    same = replayed(earlier, {"goal": "greet", "context": "Ann"})
    assert (same["answer"], same["match_level"], same["pattern_confidence"]) == ("Hello Ann", "L0", 1.0)
    assert replayed(earlier, {"goal": "greet", "context": "Bob"})["match_level"] == "L1"
    assert replayed(earlier, {"goal": "insult"})["match_level"] == "L2"
    assert replayed(earlier, ["another", "shape"])["reason"] == "out_of_domain"


def test_the_dial_chooses_the_levels(earlier: Kernel) -> None:
    """Replay allows L0 alone, adapt L1 too, explore L2 too, create all."""
    assert [levels_for(dial)[-1] for dial in (0.0, 0.33, 1 / 3, 0.49, 0.5, 0.66, 2 / 3, 1.0)] == [
        "L0", "L0", "L1", "L1", "L2", "L2", "L3", "L3",
    ]  # fmt: skip
    other = {"goal": "greet", "context": "Bob"}
    assert replayed(earlier, other, dial=0.2)["reason"] == "out_of_domain"
    assert replayed(earlier, other, dial=0.4)["match_level"] == "L1"


def test_exact_answers_stay_in_their_namespace(earlier: Kernel) -> None:
    """Another namespace gets no L0 replay; the looser levels know no namespaces."""
    memory = Memory()
    question = {"goal": "greet", "context": "Ann"}

    def levels(namespace: str) -> Any:
        return earlier.read(lambda tx: memory.match(tx, question, SHAPE["kind"], namespace))

    assert levels("default").level == "L0"
    assert levels("elsewhere").level == "L1"


def test_the_newest_answer_counts_and_rejected_ones_do_not(earlier: Kernel) -> None:
    """A newer answer to the same question replaces the older one, until a verdict rejects it."""
    question = {"goal": "greet", "context": "Ann"}
    newer = settled(earlier, question, "Hi Ann")
    assert replayed(earlier, question)["answer"] == "Hi Ann"
    put(earlier, "KNOW", {"kind": "core.verdict", "verdict": "reject", "domain": "x", "fulfills": newer})
    assert replayed(earlier, question)["answer"] == "Hello Ann"


def test_answers_stay_in_the_store(earlier: Kernel) -> None:
    """What is known of earlier answers is small however large they are, and nothing of what was rejected."""
    memory = Memory()
    for number in range(4):
        newest = settled(earlier, {"goal": "long", "number": number}, "x" * 300_000)
    assert earlier.read(lambda tx: memory.match(tx, {"goal": "long", "number": 3}, SHAPE["kind"], None))
    assert len(pickle.dumps(memory._answers)) < 10_000
    assert len(replayed(earlier, {"goal": "long", "number": 3})["answer"]) == 300_000
    before = len(memory._by_key)
    put(earlier, "KNOW", {"kind": "core.verdict", "verdict": "reject", "domain": "x", "fulfills": newest})
    earlier.read(lambda tx: memory.match(tx, None, SHAPE["kind"], None))
    assert len(memory._by_key) == before - 1


def test_a_replay_is_not_learned_again(earlier: Kernel) -> None:
    """An answer that was itself a loose match does not become an exact one."""
    question = {"goal": "greet", "context": "Bob"}
    settled(earlier, question, "Hello Ann", match_level="L1")
    assert replayed(earlier, question)["match_level"] == "L1"


def test_another_kind_of_answer_is_another_question(earlier: Kernel) -> None:
    """The kind of answer asked for is a part of the question."""
    question = {"goal": "greet", "context": "Ann"}
    body = ask(earlier, question, PATTERN, shape={"kind": "app.answer.other"}, dial=1.0)
    assert body["match_level"] == "L1"


def test_the_estimate_tells_level_and_age(earlier: Kernel) -> None:
    """The planner learns how exactly a pattern matches; without a match there is nothing to call."""
    providers = Providers(earlier, now=lambda: time.time() + 86400)

    def estimate(question: Any, to: Responder = PATTERN) -> Any:
        return earlier.read(lambda tx: providers.estimate(tx, to, question, SHAPE))

    found = estimate({"goal": "greet", "context": "Ann"})
    assert found.match_level == "L0"
    assert 0.9 < found.age_days < 1.1
    assert estimate("no such shape") is None
    assert estimate("anything", RECORDS).available


def test_keys_know_records_by_their_id() -> None:
    """A question that is a record is the same question however much of the record is shown."""
    shown = {"id": "abc", "act": "KNOW", "actor": "a", "thread": "t", "body": {"x": 1}}
    assert work_keys(shown, "k") == work_keys({"record_id": "abc"}, "k")
    assert work_keys(shown, "k") != work_keys({**shown, "id": "abd"}, "k")


def test_declined_carries_its_reason() -> None:
    """What a responder declines is told with one of the protocol's reasons."""
    with pytest.raises(Declined) as caught:
        understand("?", 0.0)
    assert caught.value.reason == "out_of_domain"
