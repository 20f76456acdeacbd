"""When a subscription connects again: pure decisions."""

from __future__ import annotations

import math

import pytest

from syncropel.errors import AuthenticationError, RateLimitError, ServerError
from syncropel.transport.reconnect import Lost, Resumption
from syncropel.transport.sse import Frame

HEARTBEAT = Frame("heartbeat", "{}", None)


def highest(low: float, high: float) -> float:
    """Jitter that always takes the most."""
    return high


def test_delays_double_up_to_the_longest() -> None:
    """The bound of the delay doubles with every connection lost in a row, up to the longest."""
    resumption = Resumption(base=0.5, longest=3.0, uniform=highest)
    delays = [resumption.lost(Lost("transport_error", "x")).next_retry_s for _ in range(5)]
    assert delays == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_progress_begins_anew() -> None:
    """A heartbeat or a record starts the count again; opening a connection does not."""
    resumption = Resumption(uniform=highest)
    resumption.lost(Lost("transport_error", "x"))
    assert resumption.lost(Lost("transport_error", "x")).attempt == 1
    assert resumption.take(HEARTBEAT) is True
    assert resumption.lost(Lost("transport_error", "x")).attempt == 0


def test_the_bound_on_reconnects() -> None:
    """`max_reconnects` = 2 allows three connections without progress."""
    resumption = Resumption(max_reconnects=2)
    reports = [resumption.lost(Lost("transport_error", "x")) for _ in range(3)]
    assert [report.attempt for report in reports] == [0, 1, 2]
    assert reports[1].next_retry_s is not None
    assert reports[2].next_retry_s is None
    assert resumption.stopped


def test_a_lasting_refusal_ends_it() -> None:
    """A server that says 401 three times in a row is not asked again, bound or no bound."""
    resumption = Resumption()
    lost = Lost("transport_error", "HTTP 401", error=AuthenticationError(401, "no"))
    assert [resumption.lost(lost).next_retry_s is None for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("error", [ServerError(503, "busy"), RateLimitError(429, "slow down")])
def test_a_passing_refusal_does_not_end_it(error: Exception) -> None:
    """5xx and 429 pass by themselves, so the subscription goes on."""
    resumption = Resumption()
    lost = Lost("transport_error", "x", error=error)  # type: ignore[arg-type]
    assert all(resumption.lost(lost).next_retry_s is not None for _ in range(50))


def test_retry_after_is_respected() -> None:
    """A server that names a time is not asked before, and not later than the longest delay."""
    resumption = Resumption(longest=30, uniform=lambda low, high: 0.0)
    assert resumption.lost(Lost("transport_error", "x", retry_after=9)).next_retry_s == 9
    assert resumption.lost(Lost("transport_error", "x", retry_after=900)).next_retry_s == 30


@pytest.mark.parametrize(
    ("data", "delay"),
    [
        ('{"retry_after_ms": 50}', 0.05),
        ("{}", 5.0),
        ('{"retry_after_ms": "soon"}', 5.0),
        ('{"retry_after_ms": 1e9}', 30.0),
    ],
)
def test_a_server_that_shuts_down_names_the_delay(data: str, delay: float) -> None:
    """`server_shutdown` is waited for as it asks: 5 s by default, at most the longest delay."""
    resumption = Resumption()
    with pytest.raises(Lost) as caught:
        resumption.take(Frame("server_shutdown", data, None))
    assert resumption.lost(caught.value).next_retry_s == delay


def test_lagged_has_a_reason_of_its_own() -> None:
    """`lagged` is told apart from every other error of the stream."""
    resumption = Resumption()
    for data, reason in (
        ('{"code": "lagged"}', "lagged"),
        ('{"code": "x"}', "transport_error"),
        ("5", "transport_error"),
    ):
        with pytest.raises(Lost) as caught:
            resumption.take(Frame("error", data, None))
        assert caught.value.reason == reason


def test_since_clock_is_kept_until_a_cursor_arrives() -> None:
    """A first connection that fails does not lose the beginning."""
    resumption = Resumption(since_clock=7)
    resumption.lost(Lost("transport_error", "x"))
    assert resumption.parameters() == {"since_clock": 7}
    resumption.take(Frame("record.created", '{"id": "r", "record": {"clock": 8}}', "3"))
    assert resumption.parameters() == {"since_clock": None}
    assert resumption.headers()["last-event-id"] == "3"


def test_an_empty_cursor_is_not_sent() -> None:
    """An empty id resets the cursor, as the standard says; no empty header is sent."""
    resumption = Resumption()
    resumption.take(Frame("heartbeat", "{}", ""))
    assert "last-event-id" not in resumption.headers()


def test_many_failures_do_not_overflow() -> None:
    """A thousand lost connections later the delay is still the longest."""
    resumption = Resumption(uniform=highest, max_reconnects=math.inf)
    for _ in range(2000):
        report = resumption.lost(Lost("transport_error", "x"))
    assert report.next_retry_s == 30.0
