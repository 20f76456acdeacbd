"""The official `openai` and `anthropic` packages accept our stubs, so the stubs are worth testing against."""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from _toolbox import environment
from syncropel.daemon.providers.answers import wanted_schema
from tests.support.calls import carry_out, pending, responder
from tests.support.provider_stubs import KEY, MODEL, refusing, speaking
from tests.support.servers import Received, scripted

PACKAGES = ["openai>=2.0,<3", "anthropic>=0.70,<1"]
SCHEMA = wanted_schema({"kind": "app.review.verdict", "required_fields": ["body.sentiment"]})
OBJECT = {"answer": {"sentiment": "good"}, "confidence": 0.5}
HERE = Path(__file__).parent
# The first run installs two packages.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def official_python() -> Path:
    """Return the interpreter of the environment that holds the official packages."""
    return environment("official-clients", PACKAGES)


@functools.cache
def ask(python: Path, family: str) -> tuple[dict[str, Any], list[Received]]:
    """Let an official package ask a stub: limited at first, then answering."""
    steps = [
        refusing(family, 429, "slow down", **{"retry-after": "0.01"}),
        speaking(family, "Yes, it is."),
        speaking(family, OBJECT),
        speaking(family, "Bit by bit."),
    ]
    with scripted(*steps) as server:
        url = f"{server.url}/v1" if family == "openai" else server.url
        command = [str(python), "-I", str(HERE / "official.py"), family, url, KEY, MODEL]
        done = subprocess.run(command, input=json.dumps(SCHEMA), capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), server.requests


@pytest.mark.parametrize("family", ["openai", "anthropic"])
def test_an_official_client_accepts_the_stub(official_python: Path, family: str) -> None:
    """It waits for the rate limit; reads text, tokens, a structured answer, a stream and a refused key."""
    seen, requests = ask(official_python, family)
    assert seen["text"] == "Yes, it is."
    assert seen["tokens"] == [1000, 200]
    assert seen["object"] == OBJECT
    assert seen["streamed"] == "Bit by bit."
    assert seen["refused"] == 401
    assert len(requests) == 5


@pytest.mark.parametrize("family", ["openai", "anthropic"])
def test_our_requests_have_the_members_of_the_official_ones(
    official_python: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we send for a structured answer holds all that the official client sends, and the same key."""
    _, official = ask(official_python, family)
    monkeypatch.setenv("STUB_API_KEY", KEY)
    with scripted(speaking(family, OBJECT)) as server:
        base = f"{server.url}/v1" if family == "openai" else server.url
        to = responder("llm", MODEL, provider=family, base_url=base, api_key_env="STUB_API_KEY")
        body = carry_out(pending(to, "Is it?", shape={"kind": "k", "required_fields": ["body.sentiment"]}))[0]
    assert body == OBJECT
    theirs, ours = official[2], server.requests[0]
    assert (ours.method, ours.target) == (theirs.method, theirs.target)
    assert set(theirs.json()) <= set(ours.json())
    secret = "authorization" if family == "openai" else "x-api-key"
    assert ours.headers[secret] == theirs.headers[secret]
    if family == "openai":
        name = "response_format"
        assert ours.json()[name]["json_schema"]["schema"] == theirs.json()[name]["json_schema"]["schema"]
    else:
        assert ours.json()["tools"] == theirs.json()["tools"]
        assert ours.headers["anthropic-version"] == theirs.headers["anthropic-version"]
