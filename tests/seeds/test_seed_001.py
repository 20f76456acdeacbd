"""The code blocks of the store SDK's guide run as they stand, on both clients, against a real daemon."""

from __future__ import annotations

import ast
import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncropel import store
from syncropel.daemon.local import LocalDaemon
from syncropel.store import AsyncSynapClient, SynapClient, SynapError

GUIDE = (Path(__file__).parent / "001.txt").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```python ([\w-]+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE))
ENDPOINT = "http://localhost:15500"
FAMILIES = ("kv", "queue", "stream", "pubsub")


class Enough(Exception):
    """Ends a block that would go on for ever."""


class Awaiting(ast.NodeTransformer):
    """Awaits every call of a family of the client."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Put `await` before `client.<family>.<method>(...)`."""
        self.generic_visit(node)
        function = node.func
        of_family = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute)
        if of_family and function.value.attr in FAMILIES:  # type: ignore[attr-defined]
            return ast.Await(node)
        return node


def prepared(name: str, url: str, **credentials: str) -> str:
    """Return a block with its import line, its endpoint and its credentials replaced."""
    code = BLOCKS[name].replace("from synap_sdk import", "from syncropel.store import").replace(ENDPOINT, url)
    for word, value in credentials.items():
        code = re.sub(rf'{word}="[^"]*"', f'{word}="{value}"', code)
    return code


class Reader:
    """Somebody who pastes block after block into one session.

    Args:
        asynchronous: Whether they use the asynchronous client and await every call.
    """

    def __init__(self, url: str, *, asynchronous: bool) -> None:
        self.url = url
        self.asynchronous = asynchronous
        # Later blocks leave out what the first one has imported.
        self.names: dict[str, Any] = {"SynapClient": SynapClient, "AsyncSynapClient": AsyncSynapClient}

    async def paste(self, name: str, **credentials: str) -> dict[str, Any]:
        """Run a block and return the names of the session."""
        code = prepared(name, self.url, **credentials)
        if not self.asynchronous:
            await asyncio.to_thread(exec, compile(code, name, "exec"), self.names)
            return self.names
        code = code.replace("SynapClient", "AsyncSynapClient")
        tree = ast.fix_missing_locations(Awaiting().visit(ast.parse(code)))
        compiled = compile(tree, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        result = eval(compiled, self.names)
        if result is not None:
            await result
        return self.names

    async def close(self) -> None:
        """Close the client of the session."""
        client = self.names["client"]
        if self.asynchronous:
            await client.close()
        else:
            client.close()


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running.url


both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def test_every_block_runs() -> None:
    """Each block has a place in this module that runs it."""
    source = Path(__file__).read_text(encoding="utf-8")
    ran = set(re.findall(r'(?:paste|prepared)\("([\w-]+)"', source))
    assert ran == set(BLOCKS)
    assert len(BLOCKS) == GUIDE.count("\n```") // 2 == 16


@both
def test_the_guide(asynchronous: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Block after block does what the guide says of it, in one session."""

    async def session(url: str) -> None:
        reader = Reader(url, asynchronous=asynchronous)
        reader.names["process"] = processed.append
        names = await reader.paste("quick-start")
        client = names["client"]
        assert type(client) is (AsyncSynapClient if asynchronous else SynapClient)
        assert names["value"] == "John Doe"
        assert names["message"].payload == b"Hello"
        assert (await reader.paste("kv-basic"))["exists"] is False
        assert names["value"] == "value"
        assert (await reader.paste("kv-batch"))["values"] == ["value1", "value2", "value3"]
        assert (await reader.paste("kv-atomic"))["value"] == 2
        assert (await reader.paste("queue-management"))["queues"] == ["jobs"]
        assert names["stats"]["acked"] == names["stats"].acked == 1
        await reader.paste("queue-publishing")
        # The block acknowledges its message and then rejects it, which is either one in a program.
        with pytest.raises(SynapError) as resolved:
            await reader.paste("queue-consuming")
        assert resolved.value.status_code == 404
        assert processed == [b"Hello"]
        assert (await reader.paste("stream-management"))["streams"] == ["notifications"]
        assert names["stats"]["message_count"] == 0
        await reader.paste("stream-publishing")
        await reader.paste("stream-consuming")
        assert capsys.readouterr().out == "Event: user.signup, Data: New user registered\n"
        await reader.paste("pubsub-publishing")
        await reader.close()

    processed: list[bytes] = []
    with LocalDaemon(store="memory:") as running:
        asyncio.run(session(running.url))


@both
@pytest.mark.parametrize("block", ["api-key", "basic-auth"])
def test_credentials(block: str, asynchronous: bool) -> None:
    """Both ways of saying who one is are taken by a daemon that asks for it."""

    async def session(running: LocalDaemon) -> None:
        reader = Reader(running.url, asynchronous=asynchronous)
        if block == "api-key":
            names = await reader.paste("api-key", api_key=running.token)
        else:
            names = await reader.paste("basic-auth", password=running.token)
        stored = names["client"].kv.set("key", "value")
        assert (await stored if asynchronous else stored) is True
        await reader.close()
        stranger = SynapClient(running.url, api_key="")
        with pytest.raises(SynapError) as refused:
            await asyncio.to_thread(stranger.kv.get, "key")
        assert (refused.value.status_code, refused.value.code) == (401, "AUTH_REQUIRED")
        stranger.close()

    with LocalDaemon(store="memory:", auth=True) as running:
        asyncio.run(session(running))


@both
def test_subscribing(daemon: str, asynchronous: bool) -> None:
    """The loop of the guide is told what is published, on the synchronous client as on the other."""
    told: list[str] = []

    def once(line: str) -> None:
        told.append(line)
        raise Enough

    code = prepared("pubsub-subscribing", daemon)
    code = code.replace("SynapClient", "AsyncSynapClient") if asynchronous else code
    with publishing(daemon, "notifications.email"), pytest.raises(Enough):
        exec(compile(code, "subscribing", "exec"), {"print": once})
    assert told == ["Topic: notifications.email, Message: New order received"]


@both
def test_errors(daemon: str, asynchronous: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """The block prints nothing where the server answers, and what happened where none does."""

    async def session(url: str) -> None:
        reader = Reader(url, asynchronous=asynchronous)
        reader.names["client"] = store.AsyncSynapClient(url) if asynchronous else store.SynapClient(url)
        await reader.paste("errors")
        await reader.close()

    asyncio.run(session(daemon))
    assert capsys.readouterr().out == ""
    asyncio.run(session("http://127.0.0.1:9"))
    out = capsys.readouterr().out
    assert out.startswith("Error: ")
    assert out.endswith("Code: None\n")


def test_asynchronous(daemon: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The asynchronous block prints the value that it stored."""
    exec(compile(prepared("asynchronous", daemon), "asynchronous", "exec"), {})
    assert capsys.readouterr().out == "value\n"


class publishing:
    """Publishes again and again while it is entered: a subscriber is told from when it is there."""

    def __init__(self, url: str, topic: str) -> None:
        self._client = SynapClient(url)
        self._topic = topic
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._publish)

    def __enter__(self) -> Callable[[], None]:
        self._thread.start()
        return self._enough.set

    def __exit__(self, *exception: object) -> None:
        self._enough.set()
        self._thread.join()
        self._client.close()

    def _publish(self) -> None:
        while not self._enough.wait(0.02):
            self._client.pubsub.publish(self._topic, "New order received")
