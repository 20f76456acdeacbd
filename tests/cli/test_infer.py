"""`spl infer`, `inbox`, `actor`, `decisions`, `trust` and the tree of a query, against a real daemon."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from syncropel import Identity, InferFailed, InferNotSent, Record, SyncClient, TransportError, UsageError
from syncropel.cli import exits
from syncropel.cli.infer import request_of
from syncropel.cli.infer_view import Board
from syncropel.cli.responders import predicate
from syncropel.rules.infer.events import Trace
from syncropel.rules.infer.vocabulary import CALL_KIND, DECLINE_KIND
from tests.cli.running import spl
from tests.support.daemons import Daemon, running_daemon, wait_for
from tests.support.inference import NOBODY, register_nobody, soon

Capture = pytest.CaptureFixture[str]
ALICE = "did:example:alice"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of this module, with a responder who never says a word."""
    with running_daemon(tmp_path_factory.mktemp("store")) as running:
        register_nobody(endpoint=running.url)
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon, as a user's environment would."""
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", daemon.url)
    for name in ("SPL_TOKEN", "SYNCROPEL_API_KEY", "SYNCROPEL_DID"):
        monkeypatch.delenv(name, raising=False)


def ok(capsys: Capture, *words: str) -> str:
    """Run a verb that must work, and return what it printed."""
    ran = spl(capsys, *words)
    assert ran.code == 0, ran.err
    return ran.out


def responder(daemon: Daemon, did: str, answer: Any) -> None:
    """Answer the next call of a responder, from another thread."""

    def work() -> None:
        with SyncClient(endpoint=daemon.url, identity=Identity.static(did)) as client:
            for call in client.inbound():
                client.respond(call, answer, confidence=0.9)
                return

    soon(work, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("llm:~sonnet", {"kind": "llm", "model": "~sonnet"}),
        ("llm:llama3:8b", {"kind": "llm", "model": "llama3:8b"}),
        ("llm:m:did:sync:llm:x", {"kind": "llm", "model": "m", "did": "did:sync:llm:x"}),
        ("pattern:classify", {"kind": "pattern", "capability": "classify"}),
        ("actor:did:sync:user:alice", {"kind": "actor", "did": "did:sync:user:alice"}),
        ("system:records", {"kind": "system", "domain": "records"}),
        ("capability:code:llm", {"domain": "code", "kind": "llm"}),
        ("cel:candidate.trust > 0.5", {"expression": "candidate.trust > 0.5"}),
        ("any", {"kind": "any"}),
        ('{"trust_gte": 0.5}', {"trust_gte": 0.5}),
    ],
)
def test_the_shorthand_of_responders(text: str, expected: dict[str, Any]) -> None:
    """Every form of the shorthand is a predicate of the query."""
    assert predicate(text) == expected


@pytest.mark.parametrize("text", ["", "robot", "robot:x", "llm:", "capability:code", "capability:code:x"])
def test_what_is_no_responder(text: str) -> None:
    """Any other text is a mistake, and the message shows the forms."""
    with pytest.raises(UsageError, match="--responder"):
        predicate(text)


def test_requests_from_files(tmp_path: Path) -> None:
    """A file with a request is taken as it is, any other text is the goal, no file is a mistake."""
    whole = {"input": {"goal": "g"}, "dial": 0.2}
    (tmp_path / "request.json").write_text(json.dumps(whole), encoding="utf-8")
    (tmp_path / "goal.txt").write_text("Which way?", encoding="utf-8")
    assert request_of(f"@{tmp_path}/request.json") == whole
    assert request_of(f"@{tmp_path}/goal.txt") == {"input": {"goal": "Which way?"}}
    assert request_of("left?") == {"input": {"goal": "left?"}}
    with pytest.raises(UsageError, match="cannot read"):
        request_of(f"@{tmp_path}/absent")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"input": {"goal": "g"},}', "is not JSON"),
        (b'{"goal": "g"}', "without `input`"),
        (b"\xff?", "no text"),
    ],
)
def test_a_file_that_is_no_request_is_not_asked(tmp_path: Path, content: bytes, told: str) -> None:
    """A slip in a request is told, instead of asking somebody the request's text as the question."""
    (tmp_path / "request.json").write_bytes(content)
    with pytest.raises(UsageError, match=told):
        request_of(f"@{tmp_path}/request.json")


def test_an_inbox_is_never_too_full(capsys: Capture, daemon: Daemon) -> None:
    """An open call is listed behind any number of calls that were answered."""
    did = f"{ALICE}-busy"
    bodies = [{"responder_did": did, "correlation_id": f"{number:064x}"} for number in range(1001)]
    calls = [{"act": "CALL", "kind": CALL_KIND, "thread": "t.busy", "body": body} for body in bodies]
    with SyncClient(endpoint=daemon.url, identity=Identity.static(did)) as client:
        asked = [str(result.record_id) for result in client.emit_many(calls)]
        replies = [
            {"act": "DO", "kind": DECLINE_KIND, "thread": "t.busy", "body": body, "parents": [call]}
            for call, body in zip(asked[:-1], bodies, strict=False)
        ]
        assert all(result.success for result in client.emit_many(replies))
    listed = json.loads(ok(capsys, "inbox", "list", "--did", did, "--json"))["data"]
    assert [call["id"] for call in listed] == asked[-1:]


def test_ask_and_answer(capsys: Capture, daemon: Daemon) -> None:
    """A question is asked, found in the inbox, answered, and its answer and tree are shown."""
    did = f"{ALICE}-1"
    assert "registered" in ok(capsys, "actor", "add", did, "--kind", "actor", "--domain", "ways")
    assert did in ok(capsys, "actor", "list", "--kind", "actor")
    words = ["infer", "Which way?", "-r", f"actor:{did}", "-t", "t.ask", "--no-wait", "--json"]
    pending = json.loads(ok(capsys, *words))
    assert (pending["thread_id"], pending["pending"]) == ("t.ask", True)

    def calls() -> list[dict[str, Any]]:
        return list(json.loads(ok(capsys, "inbox", "list", "--did", did, "--json"))["data"])

    (call,) = wait_for(calls, "the call")
    assert "Which way?" in ok(capsys, "inbox", "list", "--did", did)
    ok(capsys, "inbox", "accept", call["id"], "--eta", "60", "--did", did)
    assert len(calls()) == 1
    assert spl(capsys, "inbox", "answer", call["id"], "left", "--did", "did:example:other").code == 2
    assert spl(capsys, "inbox", "answer", pending["correlation_id"], "left", "--did", did).code == 1
    ok(capsys, "inbox", "answer", call["id"][:12], '{"way": "left"}', "--confidence", "0.9", "--did", did)
    assert calls() == []
    assert "nothing waits" in spl(capsys, "inbox", "list", "--did", did).err
    shown = wait_for(lambda: _if("KNOW", ok(capsys, "thread", "show", "t.ask")), "the answer")
    tree = shown[shown.index("INTEND", shown.index("KNOW")) :]
    assert [line.split()[-1] for line in tree.splitlines()][:1] == ["way?"]
    order = [tree.index(word) for word in ("INTEND", "CALL", "DO", "accepted: 60", "left", "KNOW")]
    assert order == sorted(order)


def _if(word: str, text: str) -> str | None:
    return text if word in text else None


def test_the_answer_is_printed(capsys: Capture, daemon: Daemon) -> None:
    """Waiting, the verb prints answer, provenance, trust and cost; with --watch the steps before them."""
    did = f"{ALICE}-2"
    ok(capsys, "actor", "add", did, "--kind", "actor")
    responder(daemon, did, "left")
    asked = ("infer", "How many records are there?", "-r", "system:data", "--watch", "--wait", "30", "--json")
    *steps, last = [json.loads(line) for line in ok(capsys, *asked).splitlines()]
    assert ("event" in steps[0], "answer" in last) == (True, True)
    said = ok(capsys, "infer", "Which way?", "-r", f"actor:{did}", "--watch", "--wait", "30")
    lines = said.splitlines()
    assert lines[:3] == ["dispatched alice-2", "answered alice-2 left", "left"]
    assert "consensus of 1 responder, trust 0.00, $0.0000" in said
    responder(daemon, did, {"way": "right"})
    found = json.loads(ok(capsys, "infer", "Which way?", "-r", f"actor:{did}", "--json", "--wait", "30"))
    assert found["answer"] == {"way": "right"}
    assert found["provenance"][0]["responder_did"] == did


def test_why_there_is_no_answer(capsys: Capture) -> None:
    """No candidate, no time, no responder given: each has its line and its exit code."""
    none = spl(capsys, "infer", "g", "-r", "actor:did:example:unknown", "--wait", "30")
    assert (none.code, none.out) == (1, "")
    assert none.err.startswith("spl: no_candidates")
    assert "spl actor list" in none.err
    as_json = spl(capsys, "infer", "g", "-r", "actor:did:example:unknown", "--wait", "30", "--json")
    assert json.loads(as_json.out)["code"] == "no_candidates"
    late = spl(capsys, "infer", "g", "-r", f"actor:{NOBODY}", "--wait", "0.3")
    assert late.code == 1
    assert "no answer within 0.3 s" in late.err
    assert spl(capsys, "infer", "g").code == 2
    assert spl(capsys, "infer", "g", "-r", "any", "--fold", "median").code in (1, 2)
    away = spl(capsys, "infer", "g", "-r", "any", "--endpoint", "http://127.0.0.1:1")
    assert away.code == 3


def test_options_reach_the_request(capsys: Capture) -> None:
    """What the options say is in the stored query."""
    words = [
        "--fold",
        "best_of",
        "--min-quorum",
        "2",
        "--answer-kind",
        "core.summary.v1",
        "--max-cost",
        "0.3",
    ]
    words += ["--max-latency", "60", "--obligation-resolution", "lwd", "-r", "llm:~x", "-r", "system:y"]
    pending = json.loads(ok(capsys, "infer", "g", *words, "--no-wait", "--json"))
    body = json.loads(ok(capsys, "record", pending["correlation_id"], "--json"))["body"]
    assert body["fold"] == {"function": "best_of", "min_quorum": 2}
    assert body["answer_shape"] == {"kind": "core.summary.v1"}
    assert body["responders"] == [{"kind": "llm", "model": "~x"}, {"kind": "system", "domain": "y"}]
    assert body["side_effects"] == {
        "max_cost_usd": 0.3,
        "max_latency_secs": 60,
        "obligation_resolution": "last_writer_wins",
    }


def test_decline(capsys: Capture) -> None:
    """A refused call leaves the inbox, and the query learns the reason."""
    did = f"{ALICE}-3"
    ok(capsys, "actor", "add", did, "--kind", "actor")
    ok(capsys, "infer", "g", "-r", f"actor:{did}", "-t", "t.decline", "--no-wait")

    def calls() -> list[dict[str, Any]]:
        return list(json.loads(ok(capsys, "inbox", "list", "--did", did, "--json"))["data"])

    (call,) = wait_for(calls, "the call")
    assert spl(capsys, "inbox", "decline", call["id"], "--reason", "tired", "--did", did).code == 2
    ok(capsys, "inbox", "decline", call["id"], "--reason", "overbooked", "--did", did)
    assert calls() == []
    assert "declined: overbooked" in ok(capsys, "thread", "show", "t.decline")


def test_decisions(capsys: Capture) -> None:
    """What waits for a decision is listed and decided once."""
    assert "nothing waits" in spl(capsys, "decisions", "list").err
    body = json.dumps({"summary": "Deploy?", "awaits": "actor_decision"})
    request = ok(capsys, "emit", "KNOW", "ops.deploy.request", "-t", "t.decide", "--body", body).strip()
    assert "Deploy?" in ok(capsys, "decisions", "list")
    assert [row["id"] for row in json.loads(ok(capsys, "decisions", "list", "--json"))["data"]] == [request]
    made = ok(capsys, "decisions", "decide", request[:12], "approve", "--reason", "fine").strip()
    assert json.loads(ok(capsys, "record", made, "--json"))["body"]["decision"] == "approve"
    again = spl(capsys, "decisions", "decide", request, "approve")
    assert again.code == 1
    assert "DECISION_RESOLVED" in again.err


def test_an_approval(capsys: Capture, daemon: Daemon, tmp_path: Path) -> None:
    """A question before calls that cannot be undone waits with the decisions, and the tree shows both."""
    did = "did:example:careful"
    ok(capsys, "actor", "add", did, "--kind", "actor")
    request = {
        "input": {"goal": "Delete it?"},
        "responders": [{"did": did}],
        "fold": {"function": "best_of"},
        "dial": 0.9,
        "side_effects": {"reversible": False},
    }
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request), encoding="utf-8")
    ok(capsys, "infer", f"@{file}", "--no-wait", "-t", "t.approval")

    def listed() -> Any:
        return json.loads(ok(capsys, "decisions", "list", "--json"))["data"]

    (asked,) = wait_for(listed, "the question")
    assert did in asked["summary"]
    assert "CALL" not in ok(capsys, "thread", "show", "t.approval")
    responder(daemon, did, "gone")
    ok(capsys, "decisions", "decide", asked["id"], "approve", "--reason", "there is a copy")
    shown = wait_for(
        lambda: text if "gone" in (text := ok(capsys, "thread", "show", "t.approval")) else None, "the answer"
    )
    assert "cannot be undone" in shown
    assert "approve: there is a copy" in shown


def test_trust(capsys: Capture) -> None:
    """Verdicts make trust, which the verb shows."""
    body = json.dumps({"verdict": "accept", "domain": "ways", "subject": "did:example:worker"})
    ok(capsys, "emit", "KNOW", "core.verdict", "-t", "t.trust", "--body", body)
    assert "0.2065" in ok(capsys, "trust", "did:example:worker")
    (row,) = json.loads(ok(capsys, "trust", "did:example:worker", "--domain", "ways", "--json"))["data"]
    assert (row["samples"], round(row["score"], 4)) == (1, 0.2065)
    assert "nobody was judged" in spl(capsys, "trust", "did:example:nobody").err


def test_a_verdict(capsys: Capture) -> None:
    """A verdict on a record is written on its thread and makes trust; the author's own counts for nothing."""
    worker = "did:example:judged"
    words = ["emit", "PUT", "test.cli.work", "-t", "t.verdict", "--body", '{"n": 1}', "--did", worker]
    work = ok(capsys, *words).strip()
    made = ok(capsys, "verdict", work[:12], "accept", "--domain", "paths", "--reason", "it holds").strip()
    row = json.loads(ok(capsys, "record", made, "--json"))
    assert (row["thread"], row["act"], row["parents"]) == ("t.verdict", "KNOW", [work])
    assert {"kind": "core.verdict", "domain": "paths", "reason": "it holds"}.items() <= row["body"].items()
    assert "0.2065" in ok(capsys, "trust", worker)
    own = spl(capsys, "verdict", work, "accept", "--domain", "paths", "--did", worker)
    assert own.code == 0
    assert "never counts" in own.err
    assert "0.2065" in ok(capsys, "trust", worker)
    assert spl(capsys, "verdict", work, "perhaps").code == 2


def test_an_actor_that_is_refused(capsys: Capture) -> None:
    """A registration that the daemon refuses is exit code 1, a config that is no object 2."""
    assert spl(capsys, "actor", "add", "did:example:x", "--kind", "robot").code == 1
    assert spl(capsys, "actor", "add", "did:example:x", "--kind", "llm", "--config", "[1]").code == 2


def test_the_live_board() -> None:
    """The board shows each responder with its state, and how many answers agree."""
    trace, board = Trace("q"), Board(now=lambda: 1.0)

    def take(act: str, number: str, parents: list[str], **body: Any) -> None:
        content = {"correlation_id": "q", **body}
        made = Record(id=number, act=act, actor=f"did:example:{number}", body=content, parents=parents)
        event = trace.take(made)
        assert event is not None
        board.take(event)

    def drawn() -> str:
        console = Console(width=100, record=True, file=io.StringIO())
        console.print(board)
        return console.export_text()

    assert "waiting" in drawn()
    for name in "abc":
        take("CALL", name, ["q"], kind="infer.call.v1", responder_did=f"did:example:{name}", model="m\x1b[2J")
    take("DO", "d", ["a"], kind="x.y.z", answer={"way": "left"})
    take("DO", "e", ["b"], kind="x.y.z", answer={"way": "left"}, confidence=0.5)
    take("DO", "f", ["c"], kind="infer.decline.v1", reason="overbooked")
    take("LEARN", "g", [], kind="infer.orchestration.retry.state.v1")
    text = drawn()
    assert [text.count(word) for word in ("answered", "declined", '{"way": "left"}')] == [2, 1, 3]
    assert 'tally: 2 x {"way": "left"}, 1 more round' in text
    assert "\x1b" not in text


def test_exit_codes_of_inference() -> None:
    """A query that could not be sent is like a daemon away; a refused or failed one is a failure."""
    unsent = InferNotSent("no server took the query")
    unsent.__cause__ = TransportError("refused")
    assert exits.code_of(unsent) == exits.UNREACHABLE
    assert exits.code_of(InferNotSent("refused")) == exits.FAILED
    assert exits.code_of(InferFailed("quorum_not_met")) == exits.FAILED
