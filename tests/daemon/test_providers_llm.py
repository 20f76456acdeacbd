"""Models behind the two families of HTTP interfaces, against stubs that behave like the originals."""

from __future__ import annotations

import time
from typing import Any

import pytest

from syncropel.kernel.calls import Responder
from syncropel.rules.infer.vocabulary import FAILURE_KIND
from tests.support.calls import carry_out, pending, responder
from tests.support.provider_stubs import KEY, MODEL, refusing, speaking
from tests.support.servers import Server, Step, answer, drip, drop, raw, reset, scripted, silence

FAMILIES = ("openai", "anthropic")
both = pytest.mark.parametrize("family", FAMILIES)
STRUCTURED = {"kind": "app.review.verdict", "required_fields": ["body.sentiment", "body.score"]}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_API_KEY", KEY)


def model(family: str, server: Server, **config: Any) -> Responder:
    """Return a model of a family behind a server."""
    base = f"{server.url}/v1" if family == "openai" else server.url
    return responder("llm", MODEL, provider=family, base_url=base, api_key_env="STUB_API_KEY", **config)


def asked(family: str, *steps: Step, seconds: float = 10.0, **more: Any) -> tuple[dict[str, Any], Server]:
    """Ask a model behind a scripted server once."""
    config = more.pop("config", {})
    with scripted(*steps) as server:
        to = model(family, server, **config)
        return carry_out(pending(to, more.pop("question", "Is it?"), seconds=seconds, **more))[0], server


@both
def test_a_text_answer_with_its_cost(family: str) -> None:
    """A plain question gives the model's text, and the tokens used times the prices given."""
    prices = {"input_per_million": 3.0, "output_per_million": 15.0}
    body, server = asked(family, speaking(family, " Yes. ", sent=1000, given=200), config={"prices": prices})
    assert body == {"answer": "Yes.", "cost_usd": pytest.approx((1000 * 3 + 200 * 15) / 1e6)}
    sent = server.requests[0].json()
    assert sent["model"] == MODEL
    assert sent["messages"][-1] == {"role": "user", "content": "Is it?"}


@both
def test_a_structured_answer_by_schema(family: str) -> None:
    """Required fields become a JSON schema in the way of the family; the object comes back as the answer."""
    said = {"answer": {"sentiment": "good", "score": 4}, "confidence": 0.9, "rationale": "Praise.", "x": 1}
    body, server = asked(family, speaking(family, said), shape=STRUCTURED)
    assert body == {key: said[key] for key in ("answer", "confidence", "rationale")}
    sent = server.requests[0].json()
    if family == "openai":
        schema = sent["response_format"]["json_schema"]["schema"]
    else:
        schema = sent["tools"][0]["input_schema"]
        assert sent["tool_choice"] == {"type": "tool", "name": sent["tools"][0]["name"]}
    assert schema["properties"]["answer"]["required"] == ["sentiment", "score"]
    assert schema["required"] == ["answer"]


def test_json_in_a_code_fence_and_without_the_wrapper_is_understood() -> None:
    """Models that fence their JSON, or leave `answer` out, are understood all the same."""
    body, _ = asked(
        "openai", speaking("openai", '```json\n{"sentiment": "bad", "score": 1}\n```'), shape=STRUCTURED
    )
    assert body == {"answer": {"sentiment": "bad", "score": 1}}


@both
def test_goal_and_context_reach_the_model(family: str) -> None:
    """A goal with its context becomes one text, and the registration's instructions come first."""
    question = {"goal": "Classify this.", "context": {"title": "Ünïcode"}}
    _, server = asked(family, speaking(family), question=question, config={"instructions": "Be brief."})
    sent = server.requests[0].json()
    text = sent["messages"][-1]["content"]
    assert text.startswith("Classify this.")
    assert "Ünïcode" in text
    system = sent["system"] if family == "anthropic" else sent["messages"][0]["content"]
    assert system.startswith("Be brief.")


@both
def test_a_rate_limit_is_waited_for(family: str) -> None:
    """429 with Retry-After is tried again, not sooner than asked, and then the answer comes."""
    started = time.monotonic()
    limited = refusing(family, 429, "slow down", **{"retry-after": "1"})
    body, server = asked(family, limited, speaking(family, "late"))
    assert body["answer"] == "late"
    assert len(server.requests) == 2
    assert time.monotonic() - started >= 1.0


@both
def test_a_longer_rate_limit_than_allowed_is_a_failure(family: str) -> None:
    """A Retry-After past what is waited for ends the call at once, as `rate_limited`."""
    started = time.monotonic()
    body, server = asked(family, refusing(family, 429, "slow down", **{"retry-after": "600"}))
    assert body["kind"] == FAILURE_KIND
    assert body["error"]["code"] == "rate_limited"
    assert "slow down" in body["error"]["message"]
    assert len(server.requests) == 1
    assert time.monotonic() - started < 5


@both
def test_server_errors_are_tried_again_and_then_reported(family: str) -> None:
    """500 is tried three times in all; what the endpoint said is in the failure."""
    body, server = asked(family, refusing(family, 500, "it broke"))
    assert body["error"]["code"] == "http_error"
    assert "500" in body["error"]["message"]
    assert "it broke" in body["error"]["message"]
    assert len(server.requests) == 3


@both
@pytest.mark.parametrize("status", [400, 401, 404, 501])
def test_final_refusals_are_not_tried_again(family: str, status: int) -> None:
    """What the same request cannot mend is asked once."""
    body, server = asked(family, refusing(family, status, "no"))
    assert body["error"]["code"] == "http_error"
    assert len(server.requests) == 1


GARBAGE: dict[str, Step] = {
    "text": answer(200, "<html>sorry</html>"),
    "empty": answer(200, ""),
    "list": answer(200, json=[1]),
    "null": answer(200, json=None),
    "other object": answer(200, json={"hello": "world"}),
    "wrong types": answer(200, json={"choices": [{"message": 3}], "content": [4], "usage": "many"}),
    "no words": answer(200, json={"choices": [{"message": {"content": " "}}], "content": []}),
    "deep": answer(200, "[" * 100_000),
    "nan": answer(200, '{"choices": NaN}'),
}


@both
@pytest.mark.parametrize("step", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_a_bad_answer(family: str, step: Step) -> None:
    """A 200 that holds no usable answer is an error-shaped reply, asked once."""
    body, server = asked(family, step)
    assert body["kind"] == FAILURE_KIND
    assert body["error"]["code"] == "bad_answer"
    assert len(server.requests) == 1


@both
def test_a_useless_answer_costs_all_the_same(family: str) -> None:
    """A model that breaks the schema has been paid for, and the failure says how much."""
    prices = {"input_per_million": 10.0}
    step = speaking(family, "no JSON at all", sent=100_000)
    body, _ = asked(family, step, shape=STRUCTURED, config={"prices": prices})
    assert body["error"]["code"] == "bad_answer"
    assert body["cost_usd"] == pytest.approx(1.0)


@both
def test_ten_megabytes_are_too_large(family: str) -> None:
    """An answer of 10 MB is not read to its end."""
    body, _ = asked(family, answer(200, b"x" * 10_000_000))
    assert body["error"]["code"] == "too_large"


@both
@pytest.mark.parametrize(
    "step",
    [silence(), silence(b"HTTP/1.1 200 OK\r\n"), drip(b"HTTP/1.1 200 OK\r\nx: y\r\n")],
    ids=["silent", "head", "drip"],
)
def test_an_endpoint_that_hangs_is_left_at_the_deadline(family: str, step: Step) -> None:
    """Nothing, a part of an answer, or one byte now and then: the call ends when it is due."""
    started = time.monotonic()
    body, _ = asked(family, step, seconds=0.6)
    assert body["error"]["code"] == "timeout"
    assert time.monotonic() - started < 3


CUT: dict[str, Step] = {
    "closed": drop(),
    "reset": reset(),
    "half": raw(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"cho'),
    "no http": raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"),
}


@both
@pytest.mark.parametrize("step", CUT.values(), ids=CUT.keys())
def test_a_cut_connection_is_tried_again(family: str, step: Step) -> None:
    """A connection that breaks is tried again; the second answer counts."""
    body, _ = asked(family, step, speaking(family, "second"))
    assert body["answer"] == "second"


@both
def test_an_endpoint_that_is_away_is_unreachable(family: str) -> None:
    """Nobody listening is a failure, not an exception."""
    with scripted(drop()) as server:
        to = model(family, server)
    body = carry_out(pending(to))[0]
    assert body["error"]["code"] == "unreachable"


@both
def test_the_key_comes_from_the_environment_and_stays_out_of_replies(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing variable is named; a wrong key is the endpoint's refusal, and no reply shows the key."""
    monkeypatch.delenv("STUB_API_KEY")
    body, server = asked(family, speaking(family))
    assert body["error"]["code"] == "configuration"
    assert "STUB_API_KEY" in body["error"]["message"]
    assert not server.requests
    monkeypatch.setenv("STUB_API_KEY", "wrong-secret")
    body, _ = asked(family, speaking(family))
    assert "401" in body["error"]["message"]
    assert "wrong-secret" not in str(body)


def test_refusals_and_cut_answers_are_failures() -> None:
    """A model's refusal and an answer cut at max_tokens are no answers."""
    body, _ = asked("openai", speaking("openai", "", refusal="I cannot."))
    assert body["error"] == {"code": "refused", "message": "the model refused: I cannot."}
    cut = {"content": [{"type": "text", "text": "beg"}], "stop_reason": "max_tokens"}
    body, _ = asked("anthropic", answer(200, json=cut))
    assert body["error"]["code"] == "bad_answer"


def test_one_bad_endpoint_does_not_hold_the_others_up() -> None:
    """Of three calls at once, one hangs, one gives garbage, and the third has its answer long before."""
    with scripted(silence()) as hung, scripted(answer(200, "?")) as bad, scripted(speaking("openai")) as good:
        calls = [pending(model("openai", each), seconds=1.0) for each in (hung, bad, good)]
        codes = [body.get("error", {}).get("code") for body in carry_out(*calls)]
    assert codes == ["timeout", "bad_answer", None]
