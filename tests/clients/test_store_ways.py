"""How commands of `syncropel.store` travel: together, alone, as who, and what becomes of odd answers."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from typing import Any

import httpx
import pytest

from syncropel import ClosedError, ConfigurationError, SynapError, UsageTypeError
from syncropel.store import AsyncSynapClient, SynapClient
from syncropel.testing import MockKernel
from syncropel.transport.store_config import resolve_store
from tests.support.colours import Colour
from tests.support.gates import Gate, until, until_sync
from tests.support.servers import Step, answer, drop, raw, scripted, silence
from tests.support.stores import Store

SECRET = "spl_test_sa_0123456789abcdef_" + "z9" * 16


def commands(gate: Gate) -> list[list[str]]:
    """Return the names of the commands of every request."""
    found = []
    for _, (envelope,) in gate.seen:
        inside = envelope["payload"].get("commands") if envelope["command"] == "batch" else [envelope]
        found.append([each["command"] for each in inside])
    return found


def test_tasks_that_wait_leave_together(kernel: MockKernel, gate: Gate) -> None:
    """While a request is under way the calls of other tasks wait, and then leave as one, in their order."""

    async def run() -> list[Any]:
        async with AsyncSynapClient("http://mock", transport=gate) as client:
            gate.shut()
            first = asyncio.ensure_future(client.kv.set("a", "0"))
            await until(lambda: len(gate.seen) == 1)
            rest = [asyncio.ensure_future(client.kv.incr("a")) for _ in range(5)]
            rest += [
                asyncio.ensure_future(client.queue.stats("none")),
                asyncio.ensure_future(client.kv.get("a")),
            ]
            await asyncio.sleep(0)
            gate.open()
            return [await first, *await asyncio.gather(*rest, return_exceptions=True)]

    first, *counted, refused, last = asyncio.run(run())
    assert (first, counted, last) == (True, [1, 2, 3, 4, 5], "5")
    assert isinstance(refused, SynapError)
    assert (refused.status_code, refused.code) == (404, "QUEUE_NOT_FOUND")
    assert commands(gate) == [["kv.set"], [*["kv.incr"] * 5, "queue.stats", "kv.get"]]


def test_threads_that_wait_leave_together(gate: Gate) -> None:
    """The same for the threads of a process; a call that waits at the server travels alone."""
    counted: list[int] = []
    with SynapClient("http://mock", transport=gate) as client:
        gate.shut()
        gate.holds = lambda request: b"wait_secs" not in request.content
        threads = [threading.Thread(target=lambda: counted.append(client.kv.incr("a"))) for _ in range(6)]
        threads[0].start()
        until_sync(lambda: len(gate.seen) == 1)
        for thread in threads[1:]:
            thread.start()
        lane = client._carrier._lane()
        until_sync(lambda: len(lane._waiting) == 5)
        assert client.queue.consume("none", "me", wait=0.01) is None
        gate.open()
        for thread in threads:
            thread.join()
    assert sorted(counted) == [1, 2, 3, 4, 5, 6]
    names = commands(gate)
    assert [names[0], names[-1]] == [["kv.incr"], ["kv.incr"] * 5]
    assert set(map(tuple, names[1:-1])) == {("queue.consume",)}


def test_an_interrupt_doubles_nothing_of_other_threads(gate: Gate, kernel: MockKernel) -> None:
    """What one thread carried for another when Ctrl-C came is reported there, and not sent again."""
    told: list[Any] = []

    def carried_out(request: httpx.Request) -> None:
        if json.loads(request.content)["command"] == "batch":
            kernel.transport().handle_request(request)
            raise KeyboardInterrupt

    def publish() -> None:
        try:
            client.queue.publish("jobs", b"1")
        except SynapError as error:
            told.append(error)

    with SynapClient("http://mock", transport=gate) as client:
        client.queue.create("jobs")
        gate.shut()
        gate.answer = carried_out  # type: ignore[assignment]
        lane = client._carrier._lane()
        threads = [threading.Thread(target=work) for work in (lambda: client.kv.set("a", "b"), publish)]
        threads[0].start()
        until_sync(lambda: len(gate.seen) == 2)
        threads[1].start()
        until_sync(lambda: len(lane._waiting) == 1)
        opener = threading.Thread(target=lambda: (until_sync(lambda: len(lane._waiting) == 2), gate.open()))
        opener.start()
        with pytest.raises(KeyboardInterrupt):
            client.kv.incr("n")  # the latest call carries them all
        for thread in (*threads, opener):
            thread.join(20)
        gate.answer = lambda request: None
        assert client.queue.stats("jobs").published == 1
    (error,) = told
    assert error.status_code is None
    assert "may have been carried out" in error.message


def test_coalescing_can_be_switched_off(gate: Gate) -> None:
    """Without it every call is a request of its own."""

    async def run() -> None:
        async with AsyncSynapClient("http://mock", transport=gate, coalesce=False) as client:
            await asyncio.gather(*(client.kv.incr("a") for _ in range(5)))

    asyncio.run(run())
    assert commands(gate) == [["kv.incr"]] * 5


class Published(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers as the published server does: it knows no batches, and tells neither codes nor ids."""

    def __init__(self, kernel: MockKernel) -> None:
        self._kernel = kernel.transport()
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a thread."""
        envelope = json.loads(request.read())
        self.asked.append(envelope["command"])
        if envelope["command"] == "batch":
            return httpx.Response(200, json=self._shown(envelope, {"error": "Unknown command: batch"}))
        inner = httpx.Request("POST", request.url, content=request.content, headers=request.headers)
        return httpx.Response(200, json=self._shown(envelope, self._kernel.handle_request(inner).json()))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a task."""
        await asyncio.sleep(0)
        return self.handle_request(request)

    def _shown(self, envelope: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        names = ("success", "payload", "error")
        return {"request_id": envelope["request_id"], "success": False} | {
            name: said.get(name) for name in names if name in said or name != "success"
        }


def test_a_server_without_batches(kernel: MockKernel) -> None:
    """A published server is asked for a batch once; nothing is done twice, and errors have their statuses."""
    server = Published(kernel)

    async def run() -> list[Any]:
        async with AsyncSynapClient("http://mock", transport=server) as client:
            rounds = [await asyncio.gather(*(client.kv.incr("a") for _ in range(5))) for _ in range(2)]
            await client.queue.create("jobs")
            await client.queue.publish("jobs", b"\xff")
            message = await client.queue.consume("jobs", "me", wait=0.01)
            worker = client.queue.worker("jobs")
            await client.queue.nack("jobs", message)
            await worker.run(lambda taken: worker.stop())
            return [sorted(itertools.chain(*rounds)), message.payload, await client.queue.stats("jobs")]

    counted, payload, stats = asyncio.run(run())
    assert counted == list(range(1, 11))
    assert (payload, stats["acked"]) == (b"\xff", 1)
    assert server.asked.count("batch") == 1
    with SynapClient("http://mock", transport=server) as client:
        for call, status in ((lambda: client.queue.stats("none"), 404), (lambda: client.kv.ttl("none"), 404)):
            with pytest.raises(SynapError) as refused:
                call()
            assert (refused.value.status_code, refused.value.code) == (status, None)


ODD: dict[str, tuple[Step, int | None, str]] = {
    "an HTML 502": (answer(502, "<html>bad</html>"), 502, "HTTP 502: <html>bad</html>"),
    "a refusal of another route": (
        answer(404, json={"object": "error", "code": "ROUTE_NOT_FOUND", "message": "no route"}),
        404,
        "no route",
    ),
    "a 401 with nothing": (answer(401), 401, "HTTP 401"),
    "text for JSON": (answer(200, "hello"), 200, "the answer is no envelope"),
    "JSON that is no envelope": (answer(200, json=[1]), 200, "the answer is no envelope"),
    "a dropped connection": (drop(), None, "RemoteProtocolError"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), None, "RemoteProtocolError"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_answers(colour: Colour, name: str) -> None:
    """Whatever answers, the call raises `SynapError` with the status there was, and says what came."""
    step, status, text = ODD[name]
    with scripted(step) as server:
        store = Store(colour, server.url)
        with pytest.raises(SynapError) as failed:
            store("kv.get", "key")
        assert failed.value.status_code == status
        assert failed.value.message.startswith(text)
        assert len(server.requests) == 1
        colour.call(store.client.close)


def test_a_server_of_others_behind_a_proxy(colour: Colour) -> None:
    """An id that a proxy puts on every answer makes no server one of ours: it is asked as it understands."""
    nothing = answer(
        200,
        json={"success": True, "payload": {"message": None, "message_id": "m"}},
        headers={"x-request-id": "p"},
    )
    with scripted(nothing) as server:
        store = Store(colour, server.url)
        assert store("queue.consume", "jobs", "me", wait=0.05) is None
        store("queue.publish", "jobs", b"1")
        *polls, published = [request.json() for request in server.requests]
        assert published["payload"]["payload"] == [49]
        assert len(polls) == 2, "a server that does not wait is not asked without a pause"
        colour.call(store.client.close)


@pytest.mark.parametrize("payload", [None, [], {}, "text", 5])
def test_an_answer_that_lacks_what_was_asked(colour: Colour, payload: Any) -> None:
    """A success without what it should tell raises `SynapError` and names it, whichever call it was."""
    calls: dict[str, tuple[str, ...]] = {
        "kv.incr": ("a",), "kv.ttl": ("a",), "kv.keys": (), "queue.publish": ("q", "m"), "stream.list": (),
        "queue.consume": ("q", "c"), "stream.consume": ("s", "me"), "pubsub.topics": (),
    }  # fmt: skip
    with scripted(answer(200, json={"success": True, "payload": payload})) as server:
        store = Store(colour, server.url)
        for name, arguments in calls.items():
            with pytest.raises(SynapError, match=f"the answer to {name} lacks '|the answer to kv.incr lacks"):
                store(name, *arguments)
        if isinstance(payload, int | dict):
            with pytest.raises(SynapError, match="the answer holds no bytes"):
                store("kv.get_bytes", "a")
        colour.call(store.client.close)


def test_time_runs_out(colour: Colour) -> None:
    """A server that says nothing is given up in the time allowed; a closed client says that it is closed."""
    with scripted(silence()) as server:
        store = Store(colour, server.url, timeout=0.2)
        with pytest.raises(SynapError) as failed:
            store("kv.get", "key")
        assert failed.value.status_code is None
        assert "0.2 s" in failed.value.message
        colour.call(store.client.close)
        with pytest.raises(ClosedError):
            store("kv.get", "key")
        assert store.client.closed


def test_no_secret_is_told(colour: Colour) -> None:
    """Neither a token nor a password is in what a client shows, nor in an error that quotes a server."""
    echo = answer(400, json={"error": f"what is {SECRET}? {'pass' + 'word-1234'}", "code": 400})
    for credentials in ({"api_key": SECRET}, {"username": "u", "password": "password-1234"}):
        with scripted(echo) as server:
            store = Store(colour, server.url, **credentials)
            with pytest.raises(SynapError) as failed:
                store("kv.get", "key")
            shown = f"{failed.value!s} {failed.value!r} {store.client!r} {store.client._carrier.settings!r}"
            assert SECRET not in shown
            assert "password-1234" not in shown or "username" not in credentials
            colour.call(store.client.close)


@pytest.mark.parametrize(
    ("arguments", "environ", "wanted"),
    [
        ({}, {}, ("http://localhost:9100", None)),
        ({}, {"SYNCROPEL_ENDPOINT": "http://a:1", "SPL_TOKEN": "t"}, ("http://a:1", "Bearer t")),
        ({}, {"SYNAP_URL": "http://b:1/", "SYNCROPEL_ENDPOINT": "http://a:1"}, ("http://b:1", None)),
        ({}, {"SYNAP_API_KEY": "s", "SPL_TOKEN": "t", "SYNAP_USERNAME": "u"}, (None, "Bearer s")),
        ({}, {"SYNAP_USERNAME": "u", "SYNAP_PASSWORD": "p", "SPL_TOKEN": "t"}, (None, "Basic dTpw")),
        ({"api_key": "k"}, {"SYNAP_USERNAME": "u"}, (None, "Bearer k")),
        ({"username": "u", "password": "p"}, {"SYNAP_API_KEY": "s"}, (None, "Basic dTpw")),
        ({"username": "u"}, {}, (None, "Basic dTo=")),
        ({"api_key": ""}, {"SYNAP_API_KEY": "s"}, (None, None)),
        ({"api_key": lambda: "made"}, {}, (None, "Bearer made")),
    ],
)
def test_credentials(arguments: dict[str, Any], environ: dict[str, str], wanted: Any) -> None:
    """Arguments win over the environment, Synap's variables over ours, a token over a user."""
    settings = resolve_store(**arguments, environ=environ)
    assert settings.base.endpoint == (wanted[0] or "http://localhost:9100")
    assert settings.socket_headers.get("authorization") == wanted[1]


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "k", "username": "u"},
        {"password": "p"},
        {"username": "u:v"},
        {"username": ""},
        {"api_key": "line\n"},
        {"url": "http://u:p@host"},
        {"timeout": 0},
    ],
)
def test_what_cannot_be_a_client(arguments: dict[str, Any]) -> None:
    """Arguments that contradict each other, or cannot be used, are told when the client is made."""
    with pytest.raises(ConfigurationError):
        SynapClient(**arguments)
    with pytest.raises(UsageTypeError):
        SynapClient(username=5)  # type: ignore[arg-type]


@pytest.fixture
def loaded() -> set[str]:
    """What a fresh interpreter has loaded after a client was made."""
    code = "import sys; from syncropel.store import SynapClient; SynapClient('http://localhost:1').close(); "
    done = subprocess.run(
        [sys.executable, "-I", "-c", code + "print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_a_client_loads_little(loaded: set[str]) -> None:
    """Making a client loads no generated code, no WebSocket library and none of the kernel."""
    heavy = ("syncropel_generated", "websockets", "syncropel.kernel", "jsonschema", "syncropel.client")
    assert [name for name in loaded if name.startswith(heavy)] == []
