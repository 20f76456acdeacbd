"""Programs and HTTP addresses as responders, and what a registration may say."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvloop

from syncropel.daemon.providers import builtin_responders, check_responder
from syncropel.errors import UsageError
from syncropel.kernel.calls import Responder
from syncropel.rules.infer.vocabulary import FAILURE_KIND
from tests.support.calls import carry_out, pending, responder
from tests.support.daemons import wait_for
from tests.support.servers import answer, drop, scripted, silence


def python(code: str, *arguments: str) -> Responder:
    """Return a responder that runs Python code."""
    return responder("system", command=[sys.executable, "-c", code, *arguments])


def run(code: str, *arguments: str, seconds: float = 20.0, **more: Any) -> dict[str, Any]:
    """Run a program as a responder and return the reply's body."""
    body: dict[str, Any] = carry_out(pending(python(code, *arguments), seconds=seconds, **more))[0]
    return body


def test_a_command_gets_the_call_and_gives_the_answer() -> None:
    """The call arrives as JSON on standard input; the object on standard output is the reply's body."""
    code = (
        "import json, sys; call = json.load(sys.stdin)\n"
        "print(json.dumps({'answer': sorted(call), 'confidence': 0.5, 'kind': 'mine', 'cost_usd': 0.25,"
        " 'rationale': call['input']['goal']}))"
    )
    body = run(code, question={"goal": "Ünï"})
    wanted = ["answer_shape", "call_id", "correlation_id", "deadline_ms", "input", "responder_did", "thread"]
    assert body == {"answer": wanted, "confidence": 0.5, "rationale": "Ünï", "cost_usd": 0.25}


@pytest.mark.parametrize("said", ["text", 3, None, [1, {"a": 2}], True])
def test_a_value_that_is_no_object_is_the_answer(said: Any) -> None:
    """Any JSON value may be the answer."""
    assert run("import sys; print(sys.argv[1])", json.dumps(said)) == {"answer": said}


def test_no_shell_reads_the_arguments() -> None:
    """Arguments reach the program as they are, whatever a shell would make of them."""
    text = "$(touch x); `id` && rm 'a b' > c"
    body = run("import json, sys; print(json.dumps(sys.argv[1]))", text)
    assert body == {"answer": text}


def test_a_program_need_not_read_its_input() -> None:
    """A program that answers without reading a megabyte of input has answered."""
    assert run("print(1)", question="x" * 900_000) == {"answer": 1}


@pytest.mark.parametrize(
    ("code", "failure", "says"),
    [
        ("import sys; print('went wrong', file=sys.stderr); sys.exit(3)", "command_failed", "went wrong"),
        ("print('no json')", "bad_answer", "JSON"),
        ("pass", "bad_answer", "JSON"),
        ("print('{}')", "bad_answer", "empty"),
        ('print(\'{"a": 1, "a": 2}\')', "bad_answer", "twice"),
        ("print('[' * 100000)", "bad_answer", "JSON"),
        ('print(\'{"answer": 1, "cost_usd": -5}\')', "bad_answer", "cost_usd"),
        ("import sys; sys.stdout.write('x' * 10_000_000)", "too_large", "1048576"),
        ("import sys; sys.stdout.write('\"' + 'x' * 1_000_000 + '\"')", "too_large", "larger"),
        ("import os; os.kill(os.getpid(), 9)", "command_failed", "-9"),
    ],
)
def test_a_program_that_fails_gives_a_failure(code: str, failure: str, says: str) -> None:
    """A bad exit, no JSON, nothing, too much: an error-shaped reply that says which."""
    body = run(code)
    assert body["kind"] == FAILURE_KIND
    assert body["error"]["code"] == failure
    assert says in body["error"]["message"]


def test_endless_errors_do_not_fill_the_memory() -> None:
    """A program that floods its standard error is drained, and the end of what it said is kept."""
    code = "import sys; sys.stderr.write('y' * 5_000_000 + 'the end'); sys.exit(1)"
    message = run(code)["error"]["message"]
    assert message.endswith("the end")
    assert len(message) < 1000


def test_a_program_that_is_not_there_is_a_failure() -> None:
    """What cannot be started is named."""
    body = carry_out(pending(responder("system", command=["/no/such/program"])))[0]
    assert body["error"]["code"] == "command_failed"
    assert "/no/such/program" in body["error"]["message"]


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    """At the deadline the program and what it started are gone."""
    file = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(600)"
    )
    started = time.monotonic()
    body = run(code, str(file), seconds=2.0)
    assert body["error"]["code"] == "timeout"
    assert time.monotonic() - started < 10
    pids = [int(each) for each in file.read_text().split()]
    wait_for(lambda: not any(_alive(each) for each in pids), "the end of both processes")


def test_a_child_that_keeps_the_output_open_does_not_hold_the_call(tmp_path: Path) -> None:
    """A program that ends while its child keeps the pipe is cut off at the deadline, child and all."""
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    assert run(code, seconds=2.0)["error"]["code"] == "timeout"


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_programs_run_under_uvloop_and_outside_the_main_thread() -> None:
    """The daemon's own loop is uvloop where there is one, and a daemon may live in a thread."""
    calls = [
        pending(python("import sys; print(str(len(sys.stdin.read()) > 9).lower())")),
        pending(python("1 / 0")),
    ]
    calls.append(pending(python("import time; time.sleep(600)"), seconds=1.0))
    found: list[Any] = []
    for loop in (None, uvloop.new_event_loop):
        worker = threading.Thread(target=lambda made=loop: found.append(carry_out(*calls, new_loop=made)))
        worker.start()
        worker.join()
    for good, bad, slow in found:
        assert good == {"answer": True}
        assert (bad["error"]["code"], slow["error"]["code"]) == ("command_failed", "timeout")
    assert len(found) == 2


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_programs_that_end_at_once_have_answered(loop: Any) -> None:
    """A program that is gone before its question is written has answered all the same."""
    quick = responder("system", command=["/bin/echo", "1"])
    replies = carry_out(*[pending(quick) for _ in range(30)], new_loop=loop)
    assert replies == [{"answer": 1}] * 30


def test_nothing_is_left_open() -> None:
    """Twenty programs later the daemon holds no more files than before."""
    run("print(1)")
    before = psutil.Process(os.getpid()).num_fds()
    carry_out(*[pending(python("print(1)")) for _ in range(20)])
    assert psutil.Process(os.getpid()).num_fds() <= before


def test_an_address_gets_the_call_and_gives_the_answer() -> None:
    """An HTTP responder is posted the same call, with the registration's headers."""
    with scripted(answer(200, json={"answer": 7, "_note": "n"})) as server:
        to = responder("system", url=f"{server.url}/ask", headers={"x-team": "blue"})
        body = carry_out(pending(to, "How many?"))[0]
    assert body == {"answer": 7, "_note": "n"}
    request = server.requests[0]
    assert (request.method, request.target, request.headers["x-team"]) == ("POST", "/ask", "blue")
    assert request.json()["input"] == "How many?"


def test_cookies_of_an_address_are_not_kept() -> None:
    """All responders share connections: what one of them sets is sent to no other, nor piles up."""
    busy = answer(503, headers={"set-cookie": "session=a"})
    with scripted(busy, answer(200, json={"answer": 7})) as server:
        assert carry_out(pending(responder("system", url=server.url))) == [{"answer": 7}]
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]


def test_addresses_that_fail() -> None:
    """An address that refuses, hangs, breaks off, redirects or is none gives a failure each."""
    moved = answer(302, headers={"location": "http://127.0.0.1:1/"})
    with (
        scripted(answer(403, "no")) as a,
        scripted(silence()) as b,
        scripted(drop()) as c,
        scripted(moved) as d,
    ):
        urls = [each.url for each in (a, b, c, d)] + ["http://[broken"]
        calls = [pending(responder("system", url=url), seconds=1.0) for url in urls]
        codes = [body["error"]["code"] for body in carry_out(*calls)]
    assert codes == ["http_error", "timeout", "unreachable", "http_error", "configuration"]


def test_a_call_past_its_deadline_is_not_made() -> None:
    """What is due already is a timeout, and nobody is asked."""
    with scripted(answer(200, json=1)) as server:
        body = carry_out(pending(responder("system", url=server.url), seconds=-1.0))[0]
    assert body["error"]["code"] == "timeout"
    assert not server.requests


def test_the_registrations_own_time_counts() -> None:
    """`timeout_secs` ends a call before its deadline."""
    with scripted(silence()) as server:
        body = carry_out(pending(responder("system", url=server.url, timeout_secs=0.3)))[0]
    assert body["error"] == {"code": "timeout", "message": "no complete answer within 0.3 s"}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("system", {}, "$.config"),
    ("system", {"command": ["a"], "url": "http://a"}, "$.config"),
    ("system", {"command": "rm -rf"}, "$.config.command"),
    ("system", {"command": []}, "$.config.command"),
    ("system", {"command": ["a", 1]}, "$.config.command[1]"),
    ("system", {"command": ["a\0"]}, "$.config.command[0]"),
    ("system", {"url": "ftp://a"}, "$.config.url"),
    ("system", {"url": "http://user:secret@a"}, "$.config.url"),
    ("system", {"url": "http://a", "headers": {"a": "b\r\nc: d"}}, "$.config.headers.a"),
    ("system", {"builtin": "magic"}, "$.config.builtin"),
    ("system", {"url": "http://a", "timeout_secs": -1}, "$.config.timeout_secs"),
    ("llm", {"provider": "other"}, "$.config.provider"),
    ("llm", {"api_key": "sk-123"}, "$.config.api_key"),
    ("llm", {"api_key_env": "sk-123"}, "$.config.api_key_env"),
    ("llm", {"base_url": "example.org"}, "$.config.base_url"),
    ("llm", {"prices": {"input_per_million": "3"}}, "$.config.prices.input_per_million"),
    ("llm", {"prices": 3}, "$.config.prices"),
    ("llm", {"max_tokens": 0}, "$.config.max_tokens"),
    ("llm", {"temperature": 9}, "$.config.temperature"),
]


@pytest.mark.parametrize(("kind", "config", "path"), WRONG)
def test_a_wrong_registration_is_refused_with_its_path(kind: str, config: dict[str, Any], path: str) -> None:
    """Every member that cannot be used is named, and a call made all the same fails as `configuration`."""
    wrong = responder(kind, "m", **config)
    with pytest.raises(UsageError) as caught:
        check_responder(wrong, trusted=True)
    assert str(caught.value).startswith(f"{path}:")
    assert "sk-123" not in str(caught.value)
    assert carry_out(pending(wrong))[0]["error"]["code"] == "configuration"


@pytest.mark.parametrize(
    ("wanted", "member"),
    [
        (responder("system", command=["true"]), "command"),
        (responder("llm", "m", api_key_env="HOME"), "api_key_env"),
    ],
)
def test_the_open_api_names_no_programs_and_no_keys(wanted: Responder, member: str) -> None:
    """Only who started the daemon may have it run a program or send a variable of its environment."""
    check_responder(wanted, trusted=True)
    with pytest.raises(UsageError, match=rf"config\.{member}.*SYNCROPEL_TRUST_API"):
        check_responder(wanted)


def test_good_registrations_pass() -> None:
    """The built-ins, an address, a model without a key, people and patterns need no trust."""
    others = [responder("system", url="http://a/b"), responder("llm", "m"), responder("actor")]
    for each in (*builtin_responders(), *others, responder("pattern")):
        check_responder(each)
