"""Clocks that disagree, as the reason why a self-issued token was refused."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from syncropel.transport.auth import RawHeaders
from syncropel.transport.skew import skew_note

NOW = 1_800_000_000.0
JWT: RawHeaders = [(b"authorization", b"Bearer aaa.bbb.ccc")]


def note(status: int, sent: RawHeaders, date: str | None) -> str | None:
    """Return what is said of the clocks when the server's answer bears a date."""
    headers: RawHeaders = [] if date is None else [(b"Date", date.encode("latin-1"))]
    return skew_note(status, sent, headers, lambda: NOW)


@pytest.mark.parametrize(
    ("difference", "said"), [(312, "312 s ahead of"), (-90, "90 s behind"), (86400, "86400 s ahead of")]
)
def test_it_says_which_clock_is_ahead(difference: int, said: str) -> None:
    """With the seconds by which the two differ, whichever is right."""
    found = note(401, JWT, formatdate(NOW - difference, usegmt=True))
    assert found is not None
    assert said in found


@pytest.mark.parametrize(
    ("status", "sent", "date"),
    [
        (401, JWT, formatdate(NOW - 60, usegmt=True)),
        (403, JWT, formatdate(0, usegmt=True)),
        (401, [(b"authorization", b"Bearer spl_prod_sa_a_b")], formatdate(0, usegmt=True)),
        (401, [(b"x-api-key", b"aaa.bbb.ccc")], formatdate(0, usegmt=True)),
        (401, [], formatdate(0, usegmt=True)),
        (401, JWT, None),
        (401, JWT, "yesterday"),
        (401, JWT, "Mon, 99 Jan 2026 99:99:99 GMT"),
    ],
)
def test_where_the_clocks_are_no_reason(status: int, sent: RawHeaders, date: str | None) -> None:
    """A minute is allowed, other tokens know no time, and a server that tells none is not judged."""
    assert note(status, sent, date) is None


def test_a_date_without_a_zone_is_utc() -> None:
    """As HTTP wants it."""
    assert note(401, JWT, "Fri, 15 Jan 2027 08:00:00") is None
