"""WebSockets of the mock, its waiting requests, and its clearing away."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
import weakref
from typing import Any

import httpx
import pytest

from syncropel.rules import limits
from syncropel.testing import MockKernel
from syncropel.testing.socket import MockSocket


@pytest.fixture
def kernel() -> MockKernel:
    """A mock of its own."""
    return MockKernel()


def opened(kernel: MockKernel, topics: str = "a.*", **headers: str) -> MockSocket:
    """Open a WebSocket and take its welcome."""
    socket = kernel.transport().open_websocket(f"/pubsub/ws?topics={topics}", headers)
    assert isinstance(socket, MockSocket)
    assert json.loads(socket.receive(0))["type"] == "connected"
    return socket


def give(kernel: MockKernel, command: str, /, **payload: Any) -> Any:
    """Give a command and return its payload."""
    with httpx.Client(transport=kernel.transport(), base_url="http://mock") as http:
        body = {"command": command, "request_id": "r", "payload": payload}
        return http.post("/api/v1/command", json=body).json()["payload"]


def publish(kernel: MockKernel, number: int) -> None:
    """Publish a number to a topic."""
    give(kernel, "pubsub.publish", topic="a.b", payload=number)


def test_messages_arrive_until_either_side_closes(kernel: MockKernel) -> None:
    """What was told before the mock stops is still read; what this side closes is over at once."""
    first, second = opened(kernel), opened(kernel, "%23")
    for number in range(3):
        publish(kernel, number)
    second.close()
    second.close()
    assert list(second) == []
    assert second.close_code is None
    assert kernel.end_watches() == 1
    assert [json.loads(text)["payload"] for text in first] == [0, 1, 2]
    assert first.close_code == 1012
    with pytest.raises(EOFError):
        first.receive(0)
    assert sum(kernel.engine.hub.stats("default").values()) == 3 + 6


def test_a_reader_in_another_thread_or_task_is_woken(kernel: MockKernel) -> None:
    """A message and the end of a socket each wake whoever waits, in a thread and on a loop."""
    socket, read = opened(kernel), list[Any]()
    reader = threading.Thread(target=lambda: read.extend(json.loads(text)["payload"] for text in socket))
    reader.start()
    publish(kernel, 7)
    while read != [7]:
        assert reader.is_alive()
        time.sleep(0.001)
    kernel.end_watches()
    reader.join(20)
    assert read == [7]

    async def listen() -> list[int]:
        opening = opened(kernel)
        loop = asyncio.get_running_loop()
        loop.call_soon(publish, kernel, 8)
        first = json.loads(await opening.areceive(20))["payload"]
        with pytest.raises(TimeoutError):
            await opening.areceive(0.001)
        loop.call_soon(publish, kernel, 9)
        loop.call_soon(kernel.end_watches)
        return [first, *[json.loads(text)["payload"] async for text in opening]]

    assert asyncio.run(listen()) == [8, 9]


def test_what_goes_wrong_is_met_by_the_reader(kernel: MockKernel) -> None:
    """Cuts, slow reading, refusals and planned failures are what a client of a daemon meets."""
    socket, slow = opened(kernel), opened(kernel)
    assert kernel.cut_watches() == 2
    with pytest.raises(ConnectionResetError):
        socket.receive(0)
    with pytest.raises(ConnectionResetError):
        next(slow)
    slow = opened(kernel)
    for _ in range(limits.PUBSUB_BUFFER + 1):
        kernel.engine.hub.publish("default", "a.b", b"{}")
    assert list(slow) == []
    assert slow.close_code == 1013
    refused = kernel.transport().open_websocket("/pubsub/ws?topics=%23.a", {})
    assert isinstance(refused, httpx.Response)
    assert (refused.status_code, refused.json()["error_code"]) == (400, "TOPIC_INVALID")
    kernel.fail_next(503, operation="pubsubWatch")
    planned = kernel.transport().open_websocket("/pubsub/ws?topics=a", {})
    assert isinstance(planned, httpx.Response)
    assert planned.status_code == 503
    assert [call.status for call in kernel.calls if call.operation == "pubsubWatch"] == [101] * 3 + [400, 503]
    guarded = MockKernel(auth=True)
    unknown = guarded.transport().open_websocket("/pubsub/ws?topics=a", {})
    assert isinstance(unknown, httpx.Response)
    assert unknown.status_code == 401
    opened(guarded, authorization=f"Bearer {guarded.mint(['pubsub:read'])}").close()


def test_a_request_waits_a_moment_for_others(kernel: MockKernel) -> None:
    """A waiting request gets what another task publishes meanwhile; the clock stands still."""
    give(kernel, "queue.create", name="jobs")
    waiting = {"queue": "jobs", "consumer_id": "c", "wait_secs": 20}
    began, now = time.monotonic(), kernel.clock.now()
    assert give(kernel, "queue.consume", **waiting) == {"message": None}
    assert time.monotonic() - began < 5
    assert kernel.clock.now() == now

    async def both() -> Any:
        async with httpx.AsyncClient(transport=kernel.transport(), base_url="http://mock") as http:
            consume = http.get("/queue/jobs/consume/c?wait_secs=20")
            publishing = http.post("/queue/jobs/publish", json={"payload": "x"})
            return (await asyncio.gather(consume, publishing))[0].json()["payload"]

    assert asyncio.run(both()) == [120]


def test_what_is_over_goes_when_the_clock_moves(kernel: MockKernel) -> None:
    """Keys that have expired give their room back without being asked for."""
    give(kernel, "kv.set", key="k", value="v", ttl=10)
    kernel.clock.advance(11)
    assert kernel.engine.read(lambda transaction: transaction.execute("SELECT count(*) FROM kv")) == [(0,)]


def test_an_open_socket_keeps_no_mock_alive() -> None:
    """A mock and its socket that nobody holds any more are collected."""
    kernel = MockKernel()
    gone = weakref.ref(kernel)
    socket = opened(kernel)
    del kernel
    gc.collect()
    assert gone() is None
    assert socket.close_code == 1012
