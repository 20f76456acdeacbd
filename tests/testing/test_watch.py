"""Watch streams of the mock: synchronous and asynchronous, live, cut, lagging, closing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from syncropel import Client
from syncropel.rules import limits
from syncropel.testing import MockKernel

WATCH = "/v1/threads/t/watch"
HEARTBEAT = b"event: heartbeat\ndata: {}\n\n"
# The first one carries the cursor to come back with when the stream breaks before any record.
FIRST = b"event: heartbeat\nid: 0\ndata: {}\n\n"


@pytest.fixture
def kernel() -> MockKernel:
    """A mock of its own."""
    return MockKernel()


@pytest.fixture
def http(kernel: MockKernel) -> httpx.Client:
    """Plain HTTP to that mock."""
    return httpx.Client(transport=kernel.transport(), base_url="http://mock")


def emit(kernel: MockKernel, *clocks: int) -> None:
    """Store one record per clock on the watched thread."""
    with httpx.Client(transport=kernel.transport(), base_url="http://mock") as http:
        for clock in clocks:
            row = {"act": "PUT", "actor": "a", "body": {}, "clock": clock, "thread": "t"}
            assert http.post("/v1/records", json=row).status_code == 201


def in_loop(kernel: MockKernel, body: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Run a coroutine with an asynchronous HTTP client of the mock, within 20 seconds."""

    async def inside() -> None:
        async with httpx.AsyncClient(transport=kernel.transport(), base_url="http://mock") as http:
            await asyncio.wait_for(body(http), 20)

    asyncio.run(inside())


def test_first_heartbeat_then_records(kernel: MockKernel, http: httpx.Client) -> None:
    """A synchronous stream begins with a heartbeat and gives each record as one frame with its cursor."""
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        assert next(chunks) == FIRST
        emit(kernel, 5)
        assert next(chunks).startswith(b"event: record.created\nid: 1\ndata: {")
        assert response.headers["content-type"].startswith("text/event-stream")
        assert repr(kernel) == "MockKernel(1 records, 1 watchers)"
    assert kernel.hub.open() == []


def test_waiting_reader_is_woken(kernel: MockKernel, http: httpx.Client) -> None:
    """A thread that waits for the next frame is woken by a record stored from another thread."""
    got: list[bytes] = []
    reading = threading.Event()

    def read() -> None:
        with http.stream("GET", WATCH) as response:
            for chunk in response.iter_raw():
                got.append(chunk)
                reading.set()
                if len(got) == 2:
                    return

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(20)
    emit(kernel, 1)
    thread.join(20)
    assert not thread.is_alive()
    assert got[1].startswith(b"event: record.created")


def test_closing_ends_a_waiting_reader(kernel: MockKernel, http: httpx.Client) -> None:
    """Closing a synchronous stream from another thread ends the reader that waits on it."""
    opened: list[httpx.Response] = []
    reading = threading.Event()

    def read() -> None:
        with http.stream("GET", WATCH) as response:
            opened.append(response)
            for _ in response.iter_raw():
                reading.set()

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(20)
    opened[0].stream.close()
    thread.join(20)
    assert not thread.is_alive()


def test_async_reader_is_woken_across_threads(kernel: MockKernel) -> None:
    """A task that waits for the next frame is woken by a record stored from another thread."""

    async def body(http: httpx.AsyncClient) -> None:
        async with http.stream("GET", WATCH) as response:
            chunks = response.aiter_raw()
            assert await anext_(chunks) == FIRST
            waiting = asyncio.ensure_future(anext_(chunks))
            await asyncio.sleep(0)
            await asyncio.to_thread(emit, kernel, 1)
            assert (await waiting).startswith(b"event: record.created\nid: 1\n")

    in_loop(kernel, body)
    assert kernel.hub.open() == []


async def anext_(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the next chunk (`anext` as a coroutine, which a task can be made of on every Python)."""
    return await chunks.__anext__()


def test_closing_ends_a_waiting_task(kernel: MockKernel) -> None:
    """Closing an asynchronous stream ends the task that waits on it, without an error."""

    async def body(http: httpx.AsyncClient) -> None:
        async with http.stream("GET", WATCH) as response:
            stream = response.stream
            chunks = response.aiter_raw()
            await anext_(chunks)
            waiting = asyncio.ensure_future(anext_(chunks))
            await asyncio.sleep(0)
            await stream.aclose()
            with pytest.raises(StopAsyncIteration):
                await waiting

    in_loop(kernel, body)


def test_heartbeats_follow_the_clock(kernel: MockKernel, http: httpx.Client) -> None:
    """A silent stream gives a heartbeat once the fake clock has moved by a period, not before."""
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        next(chunks)
        kernel.clock.advance(limits.WATCH_HEARTBEAT_SECONDS - 1)
        emit(kernel, 1)
        assert next(chunks).startswith(b"event: record.created")
        kernel.clock.advance(limits.WATCH_HEARTBEAT_SECONDS)
        assert next(chunks) == HEARTBEAT


def test_cut_watches(kernel: MockKernel, http: httpx.Client) -> None:
    """A cut breaks every open stream with the error asked for, and says how many there were."""
    assert kernel.cut_watches() == 0
    with http.stream("GET", WATCH) as one, http.stream("GET", "/v1/threads/other/watch") as two:
        chunks = one.iter_raw(), two.iter_raw()
        assert [next(each) for each in chunks] == [FIRST, FIRST]
        assert kernel.cut_watches() == 2
        for each in chunks:
            with pytest.raises(httpx.ReadError, match="a test asked for it"):
                next(each)
    with http.stream("GET", WATCH) as one:
        kernel.cut_watches(httpx.RemoteProtocolError("gone"))
        with pytest.raises(httpx.RemoteProtocolError, match="gone"):
            next(one.iter_raw())


def test_end_watches(kernel: MockKernel, http: httpx.Client) -> None:
    """Ending streams says `server_shutdown` with the delay asked for, then nothing more."""
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        next(chunks)
        assert kernel.end_watches(retry_after_ms=70) == 1
        assert list(chunks) == [b'event: server_shutdown\ndata: {"retry_after_ms":70}\n\n']


@pytest.mark.parametrize("how", ["close", "clear"])
def test_closing_the_mock_ends_streams(kernel: MockKernel, http: httpx.Client, how: str) -> None:
    """A mock that is closed or cleared ends its streams as a daemon does that shuts down."""
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        next(chunks)
        getattr(kernel, how)()
        assert list(chunks) == [b'event: server_shutdown\ndata: {"retry_after_ms":1000}\n\n']


def test_slow_reader_is_sent_away(kernel: MockKernel, http: httpx.Client) -> None:
    """A live reader that falls behind by more than the limit gets `lagged` and the end."""
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        next(chunks)
        emit(kernel, *range(limits.WATCH_MAX_LAG))
        assert next(chunks).startswith(b"event: record.created")
    with http.stream("GET", WATCH) as response:
        chunks = response.iter_raw()
        next(chunks)
        emit(kernel, *range(2000, 2001 + limits.WATCH_MAX_LAG))
        assert next(chunks).startswith(b'event: error\ndata: {"code":"lagged"')
        assert list(chunks) == []


def test_subscription_survives_cuts(kernel: MockKernel) -> None:
    """A client's subscription resumes by its cursor after a cut and after a shutdown: each record once."""

    async def body() -> list[int]:
        got: list[Any] = []
        arrived = asyncio.Event()

        def callback(record: Any) -> None:
            got.append(record.clock)
            arrived.set()

        async def until(count: int) -> None:
            while len(got) < count:
                arrived.clear()
                await asyncio.wait_for(arrived.wait(), 20)

        async with Client("mock://", transport=kernel.transport()) as client:
            emit(kernel, 1)
            subscription = client.subscribe("t", callback, since_clock=0, reconnect_base_s=0.001)
            await until(1)
            assert kernel.cut_watches() == 1
            emit(kernel, 2)
            await until(2)
            assert kernel.end_watches() == 1
            emit(kernel, 3)
            await until(3)
            assert subscription.cursor == "3"
        return got

    assert asyncio.run(body()) == [1, 2, 3]
    assert kernel.hub.open() == []


def test_resume_before_any_record(kernel: MockKernel, http: httpx.Client) -> None:
    """A live stream that breaks before its first record resumes at its beginning, and misses nothing."""
    emit(kernel, 1, 2)
    with http.stream("GET", WATCH) as response:
        assert next(response.iter_raw()) == FIRST.replace(b"0", b"2")
    emit(kernel, 3)
    with http.stream("GET", WATCH, headers={"last-event-id": "2"}) as response:
        assert b'"clock":3' in next(response.iter_raw())


def test_watch_faults(kernel: MockKernel, http: httpx.Client) -> None:
    """A planned failure befalls the opening of a watch as any other read."""
    kernel.fail_next(401, operation="watchThread")
    assert http.get(WATCH).status_code == 401
    kernel.fail_next_get()
    with pytest.raises(httpx.ConnectError):
        http.get(WATCH)


def test_reader_of_a_dead_loop(kernel: MockKernel) -> None:
    """A stream left open by a loop that has ended does not break the emits that follow."""

    async def body() -> httpx.Response:
        transport = kernel.transport()
        return await transport.handle_async_request(httpx.Request("GET", f"http://mock{WATCH}"))

    response = asyncio.run(body())
    emit(kernel, 1, 2)
    assert kernel.count() == 2
    asyncio.run(response.aclose())
