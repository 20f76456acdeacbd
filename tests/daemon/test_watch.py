"""Watch streams over real sockets: waking, resuming, lagging, and many of them at once."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from syncropel.daemon.local import LocalDaemon
from tests.support.daemons import Daemon, wait_for
from tests.support.sockets import Connection, Event, Watch, parse_event, record


@pytest.fixture
def local() -> Iterator[LocalDaemon]:
    """A daemon on a thread with a store in memory."""
    with LocalDaemon() as running:
        yield running


def emit(daemon: LocalDaemon | Daemon, count: int, thread: str = "th_test", **fields: object) -> list[str]:
    """Emit records on one connection; return their ids."""
    with Connection(daemon.url) as connection:
        return [connection.emit(record(thread, **fields)).body["id"] for _ in range(count)]


def ids(events: list[Event]) -> list[str]:
    """Return the record ids of `record.created` events."""
    return [event.data["id"] for event in events]


def test_a_heartbeat_comes_at_once(local: LocalDaemon) -> None:
    """The reader knows that it is connected before anything happens."""
    with Watch(local.url, "th_test") as watch:
        assert watch.response.getheader("content-type") == "text/event-stream; charset=utf-8"
        assert watch.response.getheader("cache-control") == "no-cache"
        assert watch.next() == Event("heartbeat", "0", {})


def test_the_first_heartbeat_says_where_the_stream_begins(local: LocalDaemon) -> None:
    """A reader that was cut off before any record came resumes at that cursor and misses nothing."""
    emit(local, 3)
    with Watch(local.url, "th_test") as watch:
        beginning = watch.next().cursor
    missed = emit(local, 2)
    assert beginning == "3"
    with Watch(local.url, "th_test", after=beginning) as watch:
        assert ids(watch.records(2)) == missed


def test_a_record_wakes_its_watcher_at_once(daemon: Daemon) -> None:
    """Half of all records arrive within 20 ms of being emitted: nothing is polled."""
    delays = []
    with Watch(daemon.url, "th_test") as watch, Connection(daemon.url) as connection:
        assert watch.next().name == "heartbeat"
        for _ in range(20):
            sent = time.perf_counter()
            emitted = connection.emit(record())
            event = watch.records(1)[0]
            delays.append(time.perf_counter() - sent)
            assert event.data["id"] == emitted.body["id"]
    assert sorted(delays)[10] < 0.020


def test_the_frame_carries_the_whole_record_and_its_cursor(local: LocalDaemon) -> None:
    """`data` is `{"id", "record"}` with the stored row, and the cursor is the ingest sequence."""
    with Watch(local.url, "th_test") as watch, Connection(local.url) as connection:
        watch.next()
        emitted = connection.emit(record()).body
        event = watch.records(1)[0]
    assert event.name == "record.created"
    assert event.cursor == str(emitted["sequence"])
    assert event.data["id"] == event.data["record"]["id"] == emitted["id"]
    assert event.data["record"]["body"] == emitted["body"]


def test_without_a_place_to_begin_only_new_records_come(local: LocalDaemon) -> None:
    """Neither cursor nor clock: the stream is live only."""
    emit(local, 3)
    with Watch(local.url, "th_test") as watch:
        watch.next()
        new = emit(local, 1)
        assert ids(watch.records(1)) == new


def test_records_of_other_threads_do_not_come(local: LocalDaemon) -> None:
    """A stream shows its own thread, whose name may need percent-encoding."""
    name = "th a/b?c#d é"
    with Watch(local.url, name) as watch:
        watch.next()
        emit(local, 2, "th_other")
        own = emit(local, 1, name)
        assert ids(watch.records(1)) == own


def test_a_resumed_stream_neither_loses_nor_repeats(local: LocalDaemon) -> None:
    """Reconnecting with `Last-Event-ID` over and over while records are written gives each exactly once."""
    total = 600
    written: list[str] = []
    writer = threading.Thread(target=lambda: written.extend(emit(local, total)))
    seen: list[str] = []
    cursor = "0"
    writer.start()
    for size in itertools.cycle((1, 7, 40)):
        with Watch(local.url, "th_test", after=cursor) as watch:
            for event in watch.records(min(size, total - len(seen))):
                assert event.cursor is not None
                cursor = event.cursor
                seen.append(event.data["id"])
        if len(seen) == total:
            break
    writer.join()
    assert seen == written


def test_a_replay_longer_than_a_page_is_complete(local: LocalDaemon) -> None:
    """Many pages come one after the other, in the order of their sequences, and the stream goes on live."""
    old = emit(local, 700)
    with Watch(local.url, "th_test", after="0") as watch:
        assert ids(watch.records(700)) == old
        new = emit(local, 1)
        assert ids(watch.records(1)) == new


def test_a_replay_of_large_records_comes_in_small_pages(local: LocalDaemon) -> None:
    """Pages are bounded in bytes, not only in rows; nothing is lost by that."""
    old = emit(local, 30, body={"kind": "test.record.large", "text": "x" * 200_000})
    with Watch(local.url, "th_test", after="0") as watch:
        assert ids(watch.records(30)) == old


def test_since_clock_replays_that_clock_and_later_ones_then_goes_live(local: LocalDaemon) -> None:
    """Of what is stored only clocks from N on come; of what is new, everything."""
    with Connection(local.url) as connection:
        stored = {clock: connection.emit(record(clock=clock)).body["id"] for clock in (100, 300, 200, 50)}
        with Watch(local.url, "th_test", since_clock=200) as watch:
            assert ids(watch.records(2)) == [stored[300], stored[200]]
            late = connection.emit(record(clock=10)).body["id"]
            assert ids(watch.records(1)) == [late]


@pytest.mark.parametrize("cursor", ["abc", "-1", "99999999999999999999999", "1.5"])
def test_an_unknown_cursor_is_said_and_ends_the_stream(local: LocalDaemon, cursor: str) -> None:
    """One `error` event with the code `invalid_cursor`, and nothing else."""
    emit(local, 1)
    with Watch(local.url, "th_test", after=cursor) as watch:
        events = list(watch.events())
    assert [(event.name, event.data["code"]) for event in events] == [("error", "invalid_cursor")]


def test_a_silent_stream_has_heartbeats() -> None:
    """While nothing happens a heartbeat comes in every period, each with a data line."""
    with LocalDaemon(heartbeat_seconds=0.05) as daemon, Watch(daemon.url, "th_test") as watch:
        events = list(itertools.islice(watch.events(), 5))
    assert events == [Event("heartbeat", "0", {})] + [Event("heartbeat", None, {})] * 4


def test_a_stream_that_carries_records_needs_no_heartbeat() -> None:
    """Heartbeats fill silence; they do not come between records that follow each other closely."""
    with LocalDaemon(heartbeat_seconds=5) as daemon, Watch(daemon.url, "th_test", after="0") as watch:
        emit(daemon, 200)
        names = [event.name for event in itertools.islice(watch.events(), 201)]
    assert names == ["heartbeat"] + ["record.created"] * 200


def test_a_live_reader_that_falls_behind_is_told_so_and_can_resume() -> None:
    """Past the largest lag the stream ends with `lagged`; the cursor still works, and nothing is missing."""
    with LocalDaemon(max_lag=20) as daemon:
        large = {"kind": "test.record.large", "text": "x" * 100_000}
        with _slow_watch(daemon.url) as reader:
            written = emit(daemon, 150, body=large)
            received = _read_to_end(reader)
        events = _parse(received)
        assert events[-1].name == "error"
        assert events[-1].data["code"] == "lagged"
        seen = [event for event in events if event.name == "record.created"]
        with Watch(daemon.url, "th_test", after=seen[-1].cursor if seen else "0") as watch:
            rest = watch.records(150 - len(seen))
        assert ids(seen) + ids(rest) == written


def test_a_reader_that_takes_nothing_is_dropped_and_slows_nobody() -> None:
    """A stalled reader loses its connection; emits and other watchers do not notice it."""
    with LocalDaemon(stall_seconds=0.3, max_lag=1_000_000) as daemon:
        large = {"kind": "test.record.large", "text": "x" * 200_000}
        with _slow_watch(daemon.url) as stalled, Watch(daemon.url, "th_test", after="0") as other:
            seen: list[str] = []
            follower = threading.Thread(target=lambda: seen.extend(ids(other.records(100))))
            follower.start()
            written = emit(daemon, 100, body=large)
            follower.join()
            assert seen == written
            wait_for(lambda: _is_reset(stalled), "the end of the stalled connection")


def test_two_hundred_watchers_each_see_every_record(daemon: Daemon) -> None:
    """Two hundred streams of one thread are woken for every record, and none misses or repeats one."""

    async def scenario() -> list[list[str]]:
        opened = await asyncio.gather(*(_open_watch(daemon.address) for _ in range(200)))
        written = await asyncio.to_thread(emit, daemon, 20)
        seen = await asyncio.gather(*(_read_records(reader, 20) for reader, _ in opened))
        for _, writer in opened:
            writer.close()
        assert seen[0] == written
        return seen

    seen = asyncio.run(asyncio.wait_for(scenario(), 60))
    assert all(one == seen[0] for one in seen)


def test_a_watcher_that_left_is_forgotten(local: LocalDaemon) -> None:
    """Closed connections leave no watcher behind."""
    for _ in range(5):
        with Watch(local.url, "th_test") as watch:
            watch.next()
    wait_for(lambda: local.watchers == 0, "the end of the closed streams")


def test_a_stream_ends_with_the_daemon() -> None:
    """A daemon that stops says so to its watchers, and their streams end cleanly."""
    with LocalDaemon() as daemon, Watch(daemon.url, "th_test") as watch:
        assert watch.next().name == "heartbeat"
        daemon.stop()
        assert [event.name for event in watch.events()] == ["server_shutdown"]


def _slow_watch(url: str) -> socket.socket:
    """Open a stream with a small receive buffer, and read nothing but its beginning."""
    host, port = url.removeprefix("http://").split(":")
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(30)
    reader.connect((host, int(port)))
    reader.sendall(f"GET /v1/threads/th_test/watch HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    received = b""
    while b"heartbeat" not in received:
        received += reader.recv(1)
    return reader


def _read_to_end(reader: socket.socket) -> bytes:
    received = b""
    while part := reader.recv(65536):
        received += part
    return received


def _is_reset(reader: socket.socket) -> bool:
    reader.settimeout(0.01)
    try:
        while reader.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


def _parse(received: bytes) -> list[Event]:
    """Read the events out of a chunked body whose chunk sizes are dropped."""
    chunks, rest = [], received[received.index(b"\n\n") + 2 :].removeprefix(b"\r\n")
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        chunks.append(rest[:length])
        rest = rest[length + 2 :]
    return [parse_event(block) for block in b"".join(chunks).split(b"\n\n")[:-1]]


async def _open_watch(address: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /v1/threads/th_test/watch HTTP/1.1\r\nhost: localhost\r\n\r\n")
    await reader.readuntil(b"event: heartbeat\n")
    return reader, writer


async def _read_records(reader: asyncio.StreamReader, count: int) -> list[str]:
    found = []
    while len(found) < count:
        line = await reader.readline()
        if line.startswith(b'data: {"id"'):
            found.append(json.loads(line[6:])["id"])
    return found
