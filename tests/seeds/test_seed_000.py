"""The code blocks of the SDK's public guide run as they stand, against a real daemon."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dataclasses
import http.server
import inspect
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel import AuthenticationError, Client, Identity, InferOptions, InferResult, Ref
from syncropel.daemon.local import LocalDaemon
from tests.support import provider_stubs
from tests.support.servers import scripted

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
GUIDE_ENDPOINTS = ("http://localhost:9100", "https://your-host.example.com:9100")
GUIDE = (HERE / "000.txt").read_text(encoding="utf-8")
SUMMARY = "The paper says that records are enough."
REQUEST = {
    "input": {"goal": "Summarise this paper in one paragraph"},
    "responders": [{"kind": "llm", "model": "~sonnet"}, {"kind": "llm", "model": "~gpt-4o"}],
    "fold": {"function": "consensus", "min_quorum": 2},
}
BLOCKS = dict(re.findall(r"^```\w+ ([\w-]+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running.url


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalDaemon]:
    """A daemon whose callers need a token."""
    with LocalDaemon(store="memory:", auth=True) as running:
        yield running


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a daemon with two models behind it, one of each family of interfaces."""
    monkeypatch.setenv("STUB_KEY", provider_stubs.KEY)
    steps = {
        "anthropic": provider_stubs.anthropic(SUMMARY, sent=1000, given=100),
        "openai": provider_stubs.openai(SUMMARY, sent=1000, given=100),
    }
    names = {"anthropic": "claude-sonnet-4", "openai": "gpt-4o-mini"}
    paths = {"anthropic": "", "openai": "/v1"}
    with contextlib.ExitStack() as stack:
        responders = []
        for provider, step in steps.items():
            server = stack.enter_context(scripted(step))
            config = {
                "provider": provider,
                "base_url": server.url + paths[provider],
                "api_key_env": "STUB_KEY",
                "prices": {"input_per_million": 3.0, "output_per_million": 15.0},
            }
            did = f"did:sync:llm:{provider}"
            responders.append({"did": did, "kind": "llm", "model": names[provider], "config": config})
        path = tmp_path / "daemon.json"
        path.write_text(json.dumps({"responders": responders}), encoding="utf-8")
        yield stack.enter_context(LocalDaemon(store="memory:", config=path)).url


def run(name: str, endpoint: str = "", **given: Any) -> dict[str, Any]:
    """Run a block, with nothing changed but its endpoint, and return its names."""
    code = BLOCKS[name]
    for guide in GUIDE_ENDPOINTS:
        code = code.replace(guide, endpoint)
    names = {"Client": Client, "Identity": Identity, "Ref": Ref, **given}
    compiled = compile(code, f"000.txt:{name}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if compiled.co_flags & inspect.CO_COROUTINE:
        function = eval(compiled, names)

        async def inside() -> None:
            await function

        asyncio.run(inside())
    else:
        exec(compiled, names)
    return names


def rows(daemon: str, thread: str) -> list[dict[str, Any]]:
    """Return a thread's records as the daemon holds them."""
    return list(httpx.get(f"{daemon}/v1/threads/{thread}/records", trust_env=False).json()["data"])


def test_every_block_runs() -> None:
    """Each block has a test of this module that runs it."""
    source = Path(__file__).read_text(encoding="utf-8")
    ran = set(re.findall(r'(?:run\(|BLOCKS\[)"([\w-]+)"', source))
    assert ran == set(BLOCKS)
    assert len(BLOCKS) == GUIDE.count("\n```") // 2 == 12


def test_install_names_this_package() -> None:
    """The line to type installs the package that this project builds, on Python 3.10 and later."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert BLOCKS["install"].split() == ["pip", "install", re.search(r'^name = "(.+)"$', metadata, re.M)[1]]
    assert 'requires-python = ">=3.10"' in metadata


def test_hello(daemon: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The first snippet stores one track and prints True and its id, which the daemon then gives back."""
    run("hello", daemon)
    success, record_id = capsys.readouterr().out.split()
    stored = httpx.get(f"{daemon}/v1/records/{record_id}", trust_env=False).json()
    assert success == "True"
    assert stored["actor"] == "did:example:my-app"
    assert stored["thread"] == "music.library"
    assert stored["body"] == {
        "title": "Glow",
        "artists": ["Zonke"],
        "kind": "music.catalog.track",
        "_v": 1,
        "_refs": [{"kind": "@music.track", "id": "isrc:USJI19810404"}],
    }


def test_identity(tmp_path: Path) -> None:
    """All three identities of the guide work, the two that it calls planned too, its dots filled in."""
    available, key, federated = BLOCKS["identity"].splitlines()
    assert eval(available, {"Identity": Identity}).actor_did == "did:example:my-app"
    path = tmp_path / "key.pem"
    made = Identity.generate(path)
    for source in (path, str(path), path.read_bytes()):
        assert eval(key, {"Identity": Identity, "path_or_bytes": source}) == made
    filled = federated.replace("...", "'did:web:example.com', path")
    web = eval(filled, {"Identity": Identity, "path": path})
    assert (web.actor_did, web.public_key) == ("did:web:example.com", made.public_key)


def test_reserved(daemon: str) -> None:
    """The helpers store a correction, an erasure, and an alias whose old kind breaks the grammar."""
    told = "a" * 64
    client = Client(endpoint=daemon, identity=Identity.static("did:example:reserved"))
    run("reserved", client=client, record_id=told)
    client.close()
    stored = [row["body"] for row in rows(daemon, "music.library") if row["actor"] == "did:example:reserved"]
    assert [body["kind"] for body in stored] == ["core.correction", "core.erasure", "core.alias"]
    correction, erasure, alias = stored
    assert (correction["corrects"], correction["revised_fields"]) == ([told], {"title": "Glow (Remastered)"})
    assert (erasure["erases"], erasure["reason"]) == ([told], "GDPR request")
    assert (alias["old_kind"], alias["new_kind"]) == ("music.song", "music.catalog.track")


def test_refs() -> None:
    """Each constructor gives a reference of the kind that its comment names, and `help` lists all eleven."""
    tree = ast.parse(BLOCKS["refs"])
    kinds = [eval(ast.unparse(node), {"Ref": Ref})["kind"] for node in tree.body]
    assert kinds == re.findall(r"# → (@[\w.]+)", BLOCKS["refs"])
    constructors = [name for name, value in vars(Ref).items() if isinstance(value, staticmethod)]
    assert len(constructors) == 11
    assert all(name in inspect.getdoc(Ref) for name in constructors)


def test_authentication(guarded: LocalDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with a token opens and closes as in the guide, at a daemon that wants one."""
    monkeypatch.setenv("SPL_TOKEN", guarded.token)
    assert run("authentication", guarded.url)["client"].closed


def test_authentication_at_work(guarded: LocalDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """With calls in the place of the guide's dots, the daemon takes the token, and refuses without one."""
    emit = """
    stored = await client.emit("PUT", "music.catalog.track", {"title": "Glow"}, "music.library")
    caller = await client.whoami()
    records = await client.query_thread("music.library")
"""
    monkeypatch.setitem(BLOCKS, "authentication", BLOCKS["authentication"].replace("    ...\n", emit))
    monkeypatch.setenv("SPL_TOKEN", guarded.token)
    names = run("authentication", guarded.url)
    assert names["stored"].success
    assert names["caller"].is_authenticated
    assert [record.actor for record in names["records"]] == ["did:example:my-app"]
    monkeypatch.setenv("SPL_TOKEN", guarded.token[:-1] + "x")
    with pytest.raises(AuthenticationError):
        run("authentication", guarded.url)


def test_authentication_sends_the_bearer_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a call in the place of the guide's dots, the token goes out as `Authorization: Bearer`."""
    seen: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["authorization"])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("SPL_TOKEN", "spl_test_sa_a_b")
        code = BLOCKS["authentication"].replace("...", "await client.health()")
        monkeypatch.setitem(BLOCKS, "authentication", code)
        run("authentication", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert seen == ["Bearer spl_test_sa_a_b"]


def test_sync(daemon: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The synchronous snippet stores one record, and closing without await leaves nothing behind."""
    names = run("sync", daemon)
    assert capsys.readouterr().out == f"True {names['result'].record_id}\n"
    (stored,) = rows(daemon, "ops.deploys")
    assert (stored["id"], stored["act"]) == (names["result"].record_id, "KNOW")
    assert stored["body"] == {"version": "1.2.3", "duration_s": 42, "kind": "ops.deploy.completed", "_v": 1}
    assert names["client"].closed


def test_infer(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The snippet asks two models, and prints what both say, their trust and what they cost."""
    names = run("infer", models)
    names["client"].close()
    assert capsys.readouterr().out == f"{SUMMARY}\nTrust: 0.00\nCost: $0.0090\n"
    result = names["result"]
    assert {entry.responder_did for entry in result.provenance} == {
        "did:sync:llm:anthropic",
        "did:sync:llm:openai",
    }
    assert (result.answer_kind, result.fold_function) == ("core.summary.v1", "consensus")


def test_infer_and_go_on(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without waiting, the snippet prints where the answer will be, and it is; the options are as told."""
    client = Client(endpoint=models)
    pending = run("infer-and-go-on", client=client, request=REQUEST)["pending"]
    assert capsys.readouterr().out == f"{pending.correlation_id} {pending.thread_id}\n"
    assert asyncio.run(client.infer_result(pending)).answer == SUMMARY
    run("infer-options", client=client, request=REQUEST, InferOptions=InferOptions)
    client.close()
    assert "KNOW" in [row["act"] for row in rows(models, "th_abc123...")]
    assert InferOptions() == InferOptions(True, 500, 300_000, None)


def test_infer_result() -> None:
    """The result has every field that the guide lists."""
    (described,) = ast.parse(BLOCKS["infer-result"]).body
    assert isinstance(described, ast.ClassDef)
    listed = [each.target.id for each in described.body if isinstance(each, ast.AnnAssign)]  # type: ignore[union-attr]
    assert set(listed) <= {field.name for field in dataclasses.fields(InferResult)}
    assert len(listed) == 8


def test_testing() -> None:
    """The test of the guide passes for an adapter that emits one track, and fails for one that does not."""

    def adapter(client: Client, kind: str = "music.catalog.track") -> None:
        client.emit_sync(act="PUT", kind=kind, body={"title": "Glow"}, thread="my-thread")

    run("testing", my_adapter_function=adapter)["test_my_adapter"]()
    with pytest.raises(AssertionError):
        run("testing", my_adapter_function=lambda client: None)["test_my_adapter"]()
    with pytest.raises(AssertionError):
        run("testing", my_adapter_function=lambda client: adapter(client, "a.b.c"))["test_my_adapter"]()


def test_method_table() -> None:
    """Every method of the guide's table takes its arguments by the names and defaults given there."""
    table = {
        "emit": "act, kind, body, thread, refs=None, parents=None, data_type='SCALAR', clock=None",
        "emit_sync": "act, kind, body, thread, refs=None, parents=None, data_type='SCALAR', clock=None",
        "intend": "goal, thread=None",
        "fulfill": "thread, summary, fulfills=None",
        "query_thread": "thread, limit=100, since=None",
        "query": "kind=None, actor=None, thread=None, since=None, limit=100, where=None",
        "health": "",
        "close": "",
        "__init__": "timeout=30.0, max_retries=2, backoff_ms=250.0, on_emit=None, api_key=None,"
        " transport=None",
    }
    for method, text in table.items():
        found = inspect.signature(getattr(Client, method)).parameters
        wanted = inspect.signature(eval(f"lambda {text}: None")).parameters
        defaults = {name: parameter.default for name, parameter in wanted.items()}
        assert {name: found[name].default for name in wanted} == defaults, method
    assert {"endpoint", "identity"} <= set(inspect.signature(Client).parameters)
