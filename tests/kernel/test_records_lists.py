"""Lists of records: filters, clock windows, pages."""

from __future__ import annotations

import pytest

from .support import Caller


def fill(ask: Caller, count: int, **fields: object) -> None:
    """Emit `count` records with clocks 0, 10, 20 and so on."""
    for number in range(count):
        assert (
            ask.emit(clock=number * 10, body={"n": number, "kind": f"k{number % 2}"}, **fields).status == 201
        )


def clocks(reply: object) -> list[int]:
    """Return the clocks of a list."""
    return [row["clock"] for row in reply.body["data"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"since": 20}, [20, 30, 40]),
        ({"since_clock": 20}, [20, 30, 40]),
        ({"after_clock": 20}, [30, 40]),
        ({"since": 15, "after_clock": 30}, [40]),
        ({"since": 0}, [0, 10, 20, 30, 40]),
        ({"after_clock": 2**63 - 1}, []),
        ({"limit": 2}, [0, 10]),
        ({"limit": 0}, []),
        ({"unknown": "x"}, [0, 10, 20, 30, 40]),
    ],
)
def test_thread_records_take_a_window(ask: Caller, params: dict[str, object], expected: list[int]) -> None:
    """`since` and `since_clock` are inclusive, `after_clock` is not; unknown parameters are ignored."""
    fill(ask, 5)
    assert clocks(ask.get("/v1/threads/t/records", **params)) == expected
    assert clocks(ask.get("/v1/records", thread="t", **params)) == expected


def test_unknown_thread_is_an_empty_list(ask: Caller) -> None:
    """A thread that nobody wrote to lists nothing."""
    reply = ask.get("/v1/threads/nobody/records")
    assert (reply.status, reply.body) == (200, {"object": "list", "data": [], "next_cursor": None})


def test_filters_are_all_applied(ask: Caller) -> None:
    """Thread, actor and kind narrow together."""
    fill(ask, 4)
    fill(ask, 4, actor="did:example:b")
    fill(ask, 4, thread="u")
    assert clocks(ask.get("/v1/records", kind="k1")) == [10, 30] * 3
    assert clocks(ask.get("/v1/records", kind="k1", thread="t", actor="did:example:b")) == [10, 30]
    assert clocks(ask.get("/v1/records", actor="did:example:b", since=20)) == [20, 30]


@pytest.mark.parametrize("target", ["/v1/records", "/v1/records?limit=5", "/v1/records?x=1"])
def test_list_without_a_filter_is_refused(ask: Caller, target: str) -> None:
    """A list of everything is MISSING_FILTER."""
    reply = ask.send("GET", target)
    assert (reply.status, reply.body["code"]) == (400, "MISSING_FILTER")


@pytest.mark.parametrize("name", ["limit", "since", "since_clock", "after_clock"])
@pytest.mark.parametrize("value", ["abc", "-1", "", "1.5", "٣", "9" * 25, " 1"])
def test_wrong_numbers_are_refused_by_name(ask: Caller, name: str, value: str) -> None:
    """A number that is none, negative or too large is INVALID_PARAMETER, with the parameter's name."""
    for target in ("/v1/records", "/v1/threads/t/records"):
        reply = ask.get(target, thread="t", **{name: value})
        assert (reply.status, reply.body["code"]) == (400, "INVALID_PARAMETER")
        assert name in reply.body["message"]


def test_limit_above_the_largest_page_is_refused(ask: Caller) -> None:
    """A list refuses 1001 and accepts 1000."""
    assert ask.get("/v1/threads/t/records", limit=1000).status == 200
    assert ask.get("/v1/threads/t/records", limit=1001).body["code"] == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    "query", ["thread=", "actor=", "kind=", "thread=a&thread=b", "thread=%ff", "thread=" + "x" * 1025]
)
def test_wrong_texts_are_refused(ask: Caller, query: str) -> None:
    """A blank, repeated, undecodable or too long parameter is INVALID_PARAMETER."""
    assert ask.send("GET", f"/v1/records?{query}").body["code"] == "INVALID_PARAMETER"


def test_pages_follow_each_other(ask: Caller) -> None:
    """Following next_cursor gives every row once; the last page has none."""
    fill(ask, 7)
    seen: list[int] = []
    params: dict[str, object] = {"limit": 3}
    for _ in range(3):
        reply = ask.get("/v1/threads/t/records", **params)
        seen += clocks(reply)
        params["cursor"] = reply.body["next_cursor"]
    assert seen == [0, 10, 20, 30, 40, 50, 60]
    assert params["cursor"] is None


def test_full_last_page_has_no_cursor(ask: Caller) -> None:
    """A page that ends exactly with the list says so."""
    fill(ask, 3)
    assert ask.get("/v1/threads/t/records", limit=3).body["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "NTA", "%00", "é"])
def test_made_up_cursor_is_refused(ask: Caller, cursor: str) -> None:
    """A cursor that no list gave is refused, on records and on threads."""
    fill(ask, 2)
    for target in ("/v1/threads/t/records", "/v1/threads"):
        assert ask.get(target, cursor=cursor).body["code"] == "INVALID_QUERY"


def test_cursor_of_another_list_is_refused(ask: Caller) -> None:
    """A cursor belongs to the filters that it was made with."""
    fill(ask, 3)
    cursor = ask.get("/v1/records", thread="t", limit=1).body["next_cursor"]
    assert ask.get("/v1/records", thread="t", limit=2, cursor=cursor).status == 200
    assert ask.get("/v1/records", thread="u", cursor=cursor).body["code"] == "INVALID_QUERY"
    assert ask.get("/v1/records", thread="t", since=10, cursor=cursor).body["code"] == "INVALID_QUERY"


def test_pages_stay_whole_while_records_arrive(ask: Caller) -> None:
    """Records that arrive between pages neither repeat nor hide a row, and come at the end."""
    fill(ask, 4)
    first = ask.get("/v1/threads/t/records", limit=2).body
    ask.emit(clock=5, body={"late": True})
    second = ask.get("/v1/threads/t/records", limit=2, cursor=first["next_cursor"]).body
    third = ask.get("/v1/threads/t/records", limit=2, cursor=second["next_cursor"]).body
    rows = first["data"] + second["data"] + third["data"]
    assert [row["sequence"] for row in rows] == [1, 2, 3, 4, 5]
