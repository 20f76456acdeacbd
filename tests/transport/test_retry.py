"""When to try again and how long to wait: pure decisions."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.transport.retry import RetryPolicy, is_retried_status, parse_retry_after

NOW = 1_800_000_000.0


def highest(low: float, high: float) -> float:
    """Jitter that always takes the most."""
    return high


@pytest.mark.parametrize("status", [500, 502, 503, 504, 506, 508, 511, 520, 599, 408, 425, 429])
def test_statuses_that_pass(status: int) -> None:
    """5xx and the 4xx that mean "not now" are tried again."""
    assert is_retried_status(status)


@pytest.mark.parametrize(
    "status", [501, 505, 507, 300, 301, 302, 307, 400, 401, 403, 404, 409, 410, 413, 422]
)
def test_statuses_that_last(status: int) -> None:
    """What the same request cannot mend is not asked again, redirects among it."""
    assert not is_retried_status(status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("120", 120.0),
        (formatdate(NOW + 90, usegmt=True), 90.0),
        (formatdate(NOW - 90, usegmt=True), 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    """`Retry-After` is read as seconds and as a date; what cannot be read counts as absent."""
    assert parse_retry_after(text, NOW) == seconds


@given(st.text())
def test_no_header_surprises(text: str) -> None:
    """Any text gives a number that is not negative, or nothing."""
    seconds = parse_retry_after(text, NOW)
    assert seconds is None or seconds >= 0


def test_the_bound_doubles() -> None:
    """The bound of the wait doubles with each attempt, up to `max_wait`."""
    policy = RetryPolicy(max_retries=9, backoff=0.25, max_wait=2.0, uniform=highest)
    assert [policy.wait(n, None, 100) for n in range(5)] == [0.25, 0.5, 1.0, 2.0, 2.0]


def test_jitter_has_a_floor() -> None:
    """Full jitter never becomes a busy loop, and a backoff of 0 waits for nothing."""
    assert RetryPolicy(uniform=lambda low, high: low).wait(0, None, 100) == 0.01
    assert RetryPolicy(backoff=0).wait(0, None, 100) == 0.0


def test_attempts_are_bounded() -> None:
    """After `max_retries` retries there are no more."""
    policy = RetryPolicy(max_retries=2)
    assert policy.wait(1, None, 100) is not None
    assert policy.wait(2, None, 100) is None


def test_the_deadline_bounds_the_wait() -> None:
    """A wait that would pass the deadline is not begun."""
    policy = RetryPolicy(backoff=10, uniform=highest)
    assert policy.wait(0, None, 9.0) is None
    assert policy.wait(0, None, 11.0) == 10


def test_the_server_may_ask_for_more_but_not_for_any() -> None:
    """`Retry-After` lengthens the wait; beyond `max_wait` the call gives up at once."""
    policy = RetryPolicy(backoff=0.1, max_wait=30, uniform=highest)
    assert policy.wait(0, 3.0, 100) == 3.0
    assert policy.wait(0, 0.0, 100) == 0.1
    assert policy.wait(0, 31.0, 100) is None
