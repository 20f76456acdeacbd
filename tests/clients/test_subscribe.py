"""Subscriptions against scripted servers on real sockets."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from syncropel import AuthenticationError, Client, ClosedError, SubscribeError, TransportError
from tests.support.cases import load_cases
from tests.support.colours import Colour
from tests.support.servers import Server, answer, events, scripted, silence

CASES = {case["id"]: case for case in load_cases("sse")}


def record(sequence: int, clock: int, name: str) -> bytes:
    """Return the frame of a record."""
    data = json.dumps({"id": name, "record": {"clock": clock}})
    return f"event: record.created\nid: {sequence}\ndata: {data}\n\n".encode()


class Watch:
    """A subscription under test, with all that it told."""

    def __init__(self, colour: Colour, server: Server, thread: str = "th_1", **options: Any) -> None:
        self.records: list[Any] = []
        self.errors: list[SubscribeError] = []
        self.opened = 0
        self.beats = 0
        self._colour = colour
        self._options = {"reconnect_base_s": 0.01, **options}
        self.client = colour.client(endpoint=server.url, api_key="tok-en")
        self.subscription = colour.call(
            self.client.subscribe,
            thread,
            self.records.append,
            on_error=self.errors.append,
            on_open=self._open,
            on_heartbeat=self._beat,
            **self._options,
        )

    def _open(self) -> None:
        self.opened += 1

    def _beat(self) -> None:
        self.beats += 1

    def until(self, condition: Callable[[], Any], seconds: float = 10.0) -> None:
        """Let the subscription run until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; {self.records=} {self.errors=}"
            self._colour.call(self.subscription.wait_closed, 0.01)

    def close(self) -> None:
        """Close the subscription."""
        self._colour.call(self.subscription.close)


def requests_of(server: Server) -> list[dict[str, Any]]:
    """Return what a case says about requests."""
    return [
        {"path": r.target, "last_event_id": r.headers.get("last-event-id"), "accept": r.headers["accept"]}
        for r in server.requests
    ]


def told(errors: list[SubscribeError]) -> list[dict[str, Any]]:
    """Return what a case says about errors."""
    return [{"reason": e.reason, "message": e.message, "attempt": e.attempt} for e in errors]


def test_drop_then_resume(colour: Colour) -> None:
    """After a dropped stream the next connection resumes from the cursor, and says so once."""
    expected = CASES["sse-015"]["expect"]
    first = events(record(1, 10, "r1"), record(2, 20, "r2"))
    with scripted(first, events(record(3, 30, "r3"), then="hold")) as server:
        watch = Watch(colour, server, since_clock=CASES["sse-015"]["input"]["since_clock"])
        watch.until(lambda: len(watch.records) == 3)
        assert [{"clock": r["clock"], "id": r["id"]} for r in watch.records] == expected["records"]
        assert told(watch.errors) == expected["errors"]
        assert requests_of(server) == expected["requests"]
        assert watch.subscription.cursor == expected["cursor"]
        assert watch.subscription.closed is expected["closed"]
        assert watch.opened == 2
        watch.close()
        assert watch.subscription.closed


def test_server_shutdown(colour: Colour) -> None:
    """A server that shuts down is asked again after the time it names."""
    expected = CASES["sse-016"]["expect"]
    first = events(b'event: server_shutdown\ndata: {"retry_after_ms": 50}\n\n')
    with scripted(first, events(record(9, 9, "r9"), then="hold")) as server:
        watch = Watch(colour, server)
        watch.until(lambda: watch.records)
        assert [{"clock": r["clock"], "id": r["id"]} for r in watch.records] == expected["records"]
        assert told(watch.errors) == expected["errors"]
        assert watch.errors[0].next_retry_s == 0.05
        assert requests_of(server) == expected["requests"]
        assert watch.subscription.cursor == expected["cursor"]
        watch.close()


@pytest.mark.parametrize("bound", [{"max_reconnects": 2}, {}], ids=["bounded", "unbounded"])
def test_a_refusal_ends_it(colour: Colour, bound: dict[str, Any]) -> None:
    """401 is tried three times, reported each time, and then the subscription is over, with its error."""
    expected = CASES["sse-018"]["expect"]
    with scripted(answer(401, "nope")) as server:
        watch = Watch(colour, server, **bound)
        watch.until(lambda: watch.subscription.closed)
        assert told(watch.errors) == expected["errors"]
        assert requests_of(server) == expected["requests"]
        assert watch.subscription.cursor == expected["cursor"]
        assert watch.subscription.closed is expected["closed"]
        assert isinstance(watch.subscription.error, AuthenticationError)
        assert watch.errors[-1].next_retry_s is None


def test_the_watchdog_fires_on_a_silent_connection(colour: Colour) -> None:
    """A connection that says nothing for longer than the limit is given up, although no byte arrives."""
    with scripted(events(record(1, 1, "a"), then="hold"), events(record(2, 2, "b"), then="hold")) as server:
        watch = Watch(colour, server, heartbeat_timeout_s=0.2)
        watch.until(lambda: len(watch.records) == 2)
        assert watch.errors[0].reason == "heartbeat_timeout"
        assert server.requests[1].headers["last-event-id"] == "1"
        watch.close()


def test_comments_are_no_heartbeats(colour: Colour) -> None:
    """A connection that sends comments alone is given up too, so that a stuck server is noticed."""
    # For longer than `until` waits: a connection that they kept alive would fail there.
    with scripted(events(*([b": still here\n", 0.05] * 400))) as server:
        watch = Watch(colour, server, heartbeat_timeout_s=0.3)
        # A machine that stalls may lose a connection before its first byte.
        watch.until(lambda: "heartbeat_timeout" in {error.reason for error in watch.errors})
        watch.close()


def test_heartbeats_keep_it_alive(colour: Colour) -> None:
    """Heartbeats within the limit keep a connection that has no records."""
    beat = b"event: heartbeat\ndata: {}\n\n"
    with scripted(events(*([beat, 0.1] * 6), record(1, 1, "a"), then="hold")) as server:
        watch = Watch(colour, server, heartbeat_timeout_s=0.4)
        watch.until(lambda: watch.records)
        assert watch.errors == []
        assert watch.beats == 6
        assert watch.opened == 1
        watch.close()


def test_since_clock_survives_a_failed_first_connection(colour: Colour) -> None:
    """The beginning is asked for again until the first event arrived."""
    with scripted(answer(503), events(), events(record(1, 8, "a"), then="hold")) as server:
        watch = Watch(colour, server, since_clock=7)
        watch.until(lambda: watch.records)
        assert [r.target for r in server.requests] == ["/v1/threads/th_1/watch?since_clock=7"] * 3
        watch.close()


def test_unknown_events_bring_no_records(colour: Colour) -> None:
    """Events of a newer server are passed over, and their cursors count."""
    unknown = b'event: presence\nid: 5\ndata: {"record": {"clock": 1}}\n\nid: 6\n\n'
    with scripted(events(unknown), events(record(7, 7, "a"), then="hold")) as server:
        watch = Watch(colour, server)
        watch.until(lambda: watch.records)
        assert [r.id for r in watch.records] == ["a"]
        assert server.requests[1].headers["last-event-id"] == "6"
        watch.close()


def test_an_answer_that_is_no_stream(colour: Colour) -> None:
    """A 200 that is no event stream is a lost connection, not an endless wait."""
    with scripted(answer(200, "<html>"), events(record(1, 1, "a"), then="hold")) as server:
        watch = Watch(colour, server)
        watch.until(lambda: watch.records)
        assert watch.errors[0].message == "the answer (HTTP 200) is no event stream"
        watch.close()


def test_what_a_callback_raises_is_logged(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """A callback that raises loses nothing but itself."""
    seen: list[str] = []

    def callback(found: Any) -> None:
        seen.append(found.id)
        raise LookupError("mine")

    with scripted(events(record(1, 1, "a"), record(2, 2, "b"), then="hold")) as server:
        client = colour.client(endpoint=server.url)
        subscription = colour.call(client.subscribe, "th_1", callback)
        deadline = time.monotonic() + 10
        while len(seen) < 2 and time.monotonic() < deadline:
            colour.call(subscription.wait_closed, 0.01)
        colour.call(subscription.close)
    assert seen == ["a", "b"]
    assert "the subscription goes on" in caplog.text


def test_a_callback_may_close_the_subscription(colour: Colour) -> None:
    """Closing from inside the callback ends the subscription after this record."""
    with scripted(events(record(1, 1, "a"), record(2, 2, "b"), then="hold")) as server:
        client = colour.client(endpoint=server.url)
        seen: list[str] = []
        box: list[Any] = []

        def callback(found: Any) -> Any:
            seen.append(found.id)
            box[0].stop()

        box.append(colour.call(client.subscribe, "th_1", callback))
        assert colour.call(box[0].wait_closed, 10)
        assert seen == ["a"]
        assert box[0].error is None


def test_closing_the_client_ends_its_subscriptions(colour: Colour) -> None:
    """A closed client leaves no reader behind, even one that waits for bytes."""
    with scripted(silence(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")) as server:
        watch = Watch(colour, server)
        watch.until(lambda: watch.opened)
        started = time.monotonic()
        colour.call(watch.client.close)
        assert colour.call(watch.subscription.wait_closed, 5)
        assert time.monotonic() - started < 4
        assert watch.errors == []


@pytest.mark.parametrize("closes", ["client", "subscription"])
def test_closing_before_the_server_has_answered(colour: Colour, closes: str) -> None:
    """Nobody waits for a connection on which not even the head of an answer has come."""
    with scripted(silence()) as server:
        watch = Watch(colour, server)
        watch.until(lambda: server.requests)
        started = time.monotonic()
        colour.call((watch.client if closes == "client" else watch.subscription).close)
        assert colour.call(watch.subscription.wait_closed, 0.1)
        assert time.monotonic() - started < 4


def test_the_token_of_one_stream(colour: Colour) -> None:
    """`bearer` stands in `authorization` for this stream alone; the client's key stays in `x-api-key`."""
    with scripted(events(then="hold")) as server:
        watch = Watch(colour, server, bearer="other")
        watch.until(lambda: watch.opened)
        assert server.requests[0].headers["authorization"] == "Bearer other"
        assert server.requests[0].headers["x-api-key"] == "tok-en"
        assert server.requests[0].headers["cache-control"] == "no-cache"
        watch.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(("", print), ValueError), (("t", None), TypeError), (("t", 5), TypeError), ((5, print), TypeError)],
)
def test_mistakes_raise(colour: Colour, arguments: tuple[Any, ...], error: type[Exception]) -> None:
    """An empty thread and a callback that cannot be called raise at once."""
    client = colour.client()
    with pytest.raises(error):
        colour.call(client.subscribe, *arguments)


def test_watch_iterates(colour: Colour) -> None:
    """`watch` gives the records over reconnects, one by one."""
    steps = [events(record(1, 1, "a")), events(record(2, 2, "b"), record(3, 3, "c"), then="hold")]
    with scripted(*steps) as server:
        client = colour.client(endpoint=server.url)
        found = colour.collect(client.watch("th_1", since_clock=0, reconnect_base_s=0.01), 3)
    assert [r.id for r in found] == ["a", "b", "c"]
    assert server.requests[1].headers["last-event-id"] == "1"


def test_watch_raises_when_it_ends_for_good(colour: Colour) -> None:
    """An iterator must not end without a word: it raises what ended it."""
    with scripted(answer(403, json={"code": "SCOPE_FORBIDDEN", "message": "no"})) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(Exception, match="SCOPE_FORBIDDEN"):
            colour.collect(client.watch("th_1", reconnect_base_s=0.01))
    with scripted(events()) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(TransportError, match="stream closed by server"):
            colour.collect(client.watch("th_1", reconnect_base_s=0.01, max_reconnects=1))
    assert len(server.requests) == 2


def test_watch_ends_with_its_client(colour: Colour) -> None:
    """A loop over a thread ends with an error when the client is closed, and does not connect for ever."""
    with scripted(events(record(1, 1, "a"), then="hold")) as server:
        client = colour.client(endpoint=server.url)
        records = client.watch("th_1", reconnect_base_s=0.01)
        step = records.__next__ if colour.name == "sync" else records.__anext__
        assert colour.call(step).id == "a"
        colour.call(client.close)
        with pytest.raises(ClosedError):
            colour.call(step)
        assert len(server.requests) == 1


def test_a_subscription_that_nobody_holds_goes_on(colour: Colour) -> None:
    """A subscription lives until it is closed, although its owner dropped it, and is forgotten at its end."""
    seen: list[Any] = []
    steps = events(record(1, 1, "a"), 0.1, record(2, 2, "b")), answer(403, "no")
    with scripted(*steps) as server:
        client = colour.client(endpoint=server.url)
        colour.call(client.subscribe, "th_1", seen.append, reconnect_base_s=0.01)
        (held,) = client._subscriptions
        gc.collect()
        assert colour.call(held.wait_closed, 10)
        assert [r.id for r in seen] == ["a", "b"]
        assert client._subscriptions == set()


def test_subscribe_needs_a_loop() -> None:
    """Outside of an event loop the asynchronous client says what to use instead, and holds nothing back."""
    client = Client(endpoint="http://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="SyncClient"):
        client.subscribe("t", print)
    assert client._subscriptions == set()
    client.close()
