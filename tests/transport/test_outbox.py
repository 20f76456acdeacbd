"""The outbox without a client: what is kept, in what order it is taken, and when it is given up."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.testing import FakeClock
from syncropel.transport.outbox import Outbox
from syncropel.transport.outbox_choice import is_kept
from syncropel.transport.outbox_owner import is_gone, new_owner
from syncropel.transport.outbox_policy import CHUNK_BYTES, LEASE_SECONDS, Verdict, backoff, verdict
from syncropel.transport.outbox_rows import Bounds, Dropped, Failure, Refusal
from syncropel.transport.outbox_table import Table
from tests.support.outboxes import ENDPOINT, SENDER, entry, number_of

LIMITS = Bounds(100, 1_000_000, None, "refuse")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until it is moved."""
    return FakeClock()


@pytest.fixture
def table(tmp_path: Path, clock: FakeClock) -> Iterator[Table]:
    """A fresh file, opened."""
    made = Table(tmp_path / "outbox.db", now=clock)
    yield made
    made.close()


def taken(table: Table, owner: str = "me", **options: object) -> list[int]:
    """Take what can be taken; return the numbers of the records."""
    return [number_of(row.entry) for row in table.take(ENDPOINT, SENDER, owner, **options)]  # type: ignore[arg-type]


def test_what_is_kept_comes_back_to_the_byte(table: Table) -> None:
    """A kept record is found again with its bytes, its endpoint and its lane, oldest first."""
    made = [entry(n, f"t{n % 2}") for n in range(5)]
    assert table.add(made, LIMITS).placed == [True] * 5
    assert [row.entry for row in table.waiting()] == made
    assert table.totals()[:2] == (5, 0)
    assert table.totals().bytes == sum(len(one.payload) for one in made)


def test_a_record_is_kept_once(table: Table) -> None:
    """Keeping the same record again leaves it in its place and counts it once."""
    table.add([entry(1), entry(2)], LIMITS)
    assert table.add([entry(1)], LIMITS).placed == [True]
    assert taken(table) == [1, 2]
    assert table.totals().waiting == 2


def test_a_taken_lane_is_nobody_elses(table: Table) -> None:
    """While one deliverer has a thread's records, another gets the other threads' and later ones of none."""
    table.add([entry(1, "a"), entry(2, "b")], LIMITS)
    assert taken(table, "one", most=1) == [1]
    table.add([entry(3, "a")], LIMITS)
    assert taken(table, "two") == [2]
    assert taken(table, "three") == []
    table.settle("one", delivered=[1])
    assert taken(table, "three") == [3]


def test_a_lease_ends(table: Table, clock: FakeClock) -> None:
    """What a deliverer took and never settled can be taken again after the lease."""
    table.add([entry(1)], LIMITS)
    assert taken(table, "one") == [1]
    clock.advance(LEASE_SECONDS - 1)
    assert taken(table, "two") == []
    clock.advance(2)
    assert taken(table, "two") == [1]


def test_a_lease_of_a_wrong_clock_holds_nobody_off(table: Table, clock: FakeClock) -> None:
    """A lease that ends in a far future, written while the clock was wrong, is no lease."""
    table.add([entry(1)], LIMITS)
    clock.advance(10 * LEASE_SECONDS)
    assert taken(table, "one") == [1]
    again = Table(table.path, now=FakeClock())
    assert taken(again, "two") == [1]
    again.close()


def test_the_lease_of_a_dead_process_ends_at_once(tmp_path: Path) -> None:
    """The records of a process that has ended are taken without waiting for its lease."""
    script = f"""
from syncropel.transport.outbox import Outbox
from tests.support.outboxes import *
box = Outbox({str(tmp_path / "o.db")!r})
box.put(entry(1)).result()
assert box.take(ENDPOINT, SENDER, box.new_owner())
import os; os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
    with Outbox(tmp_path / "o.db") as box:
        assert [number_of(row.entry) for row in box.take(ENDPOINT, SENDER, box.new_owner())] == [1]


def test_a_living_owner_is_not_gone() -> None:
    """This process is there, one of another machine may be."""
    assert not is_gone(new_owner())
    assert not is_gone("elsewhere/1 999999999 abc")
    assert not is_gone("")


def test_a_failed_lane_rests_and_the_others_go_on(table: Table, clock: FakeClock) -> None:
    """After a failure a thread waits its time, unless whoever takes is in a hurry; other threads do not."""
    table.add([entry(1, "a"), entry(2, "b")], LIMITS)
    numbers = [row.number for row in table.take(ENDPOINT, SENDER, "me")]
    table.settle("me", failed=[Failure(numbers[0], "HTTP 500: broken", 10.0)])
    assert taken(table) == [2]
    table.settle("me")
    assert taken(table, eager=True) == [1, 2]
    table.settle("me", failed=[Failure(numbers[0], "HTTP 500: broken", 10.0)])
    clock.advance(11)
    assert taken(table) == [1, 2]
    assert table.waiting()[0][3:] == (2, "HTTP 500: broken")


def test_a_late_settlement_removes_no_other_record(table: Table) -> None:
    """Settling what somebody else settled already changes nothing, and numbers never come back."""
    table.add([entry(1)], LIMITS)
    first = table.take(ENDPOINT, SENDER, "one")[0].number
    table.settle("one", delivered=[first])
    table.add([entry(2)], LIMITS)
    table.settle("one", delivered=[first], refused=[Refusal(first, 400, "X", "late")])
    assert taken(table) == [2]
    assert table.totals()[:2] == (1, 0)


def test_a_refused_record_becomes_a_dead_letter_and_lives_again(table: Table) -> None:
    """A dead letter keeps the reason, makes way for the next one, and queues behind it when it is revived."""
    table.add([entry(1), entry(2)], LIMITS)
    number = table.take(ENDPOINT, SENDER, "me")[0].number
    table.settle("me", refused=[Refusal(number, 400, "INVALID_RECORD", "$.body: no")])
    (letter,) = table.dead()
    assert (letter.status, letter.code, letter.message) == (400, "INVALID_RECORD", "$.body: no")
    assert letter.waiting.entry == entry(1)
    assert table.totals()[:2] == (1, 1)
    assert table.revive([letter.waiting.number, 12345]) == 1
    assert taken(table) == [2, 1]
    assert table.totals()[:2] == (2, 0)


def test_a_full_outbox_refuses(table: Table) -> None:
    """With the policy `refuse` what is there stays, and what does not fit is told so."""
    bounds = LIMITS._replace(records=2)
    assert table.add([entry(n) for n in range(3)], bounds).placed == [True, True, False]
    size = len(entry(1).payload)
    assert table.add([entry(9)], LIMITS._replace(bytes=3 * size - 1)).placed == [False]
    assert taken(table) == [0, 1]


def test_a_full_outbox_drops_the_oldest(table: Table) -> None:
    """With the policy `drop_oldest` dead letters make room first, then what waited longest."""
    bounds = LIMITS._replace(records=3, when_full="drop_oldest")
    table.add([entry(n) for n in range(3)], bounds)
    table.settle("me", refused=[Refusal(table.waiting()[1].number, 400, None, "no")])
    kept = table.add([entry(3), entry(4)], bounds)
    assert kept.placed == [True, True]
    assert kept.dropped == [Dropped(entry(1), "dead"), Dropped(entry(0), "full")]
    assert taken(table) == [2, 3, 4]
    assert table.add([entry(5)], bounds._replace(bytes=10)).placed == [False]
    assert taken(table) == [2, 3, 4], "what fits nowhere displaces nothing"


@pytest.mark.parametrize(("policy", "dead", "dropped"), [("refuse", 1, 0), ("drop_oldest", 0, 1)])
def test_what_grows_too_old_is_given_up(
    table: Table, clock: FakeClock, policy: str, dead: int, dropped: int
) -> None:
    """Past its age a record becomes a dead letter, or is dropped where the policy drops."""
    bounds = LIMITS._replace(age=100.0, when_full=policy)
    table.add([entry(1)], bounds)
    clock.advance(60)
    table.add([entry(2)], bounds)
    clock.advance(60)
    gone = table.expire(bounds)
    assert (len(table.dead()), [one.reason for one in gone]) == (dead, ["age"] * dropped)
    assert [letter.code for letter in table.dead()] == ["OUTBOX_EXPIRED"] * dead
    assert taken(table) == [2]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_totals_are_what_the_tables_hold(data: st.DataObject) -> None:
    """Whatever is kept, taken, refused, revived and dropped: the counts are those of the rows."""
    with tempfile.TemporaryDirectory() as folder:
        table = Table(Path(folder) / "o.db")
        size = len(entry(1).payload)
        bounds = Bounds(5, 4 * size, None, data.draw(st.sampled_from(["refuse", "drop_oldest"])))
        try:
            for step in range(data.draw(st.integers(1, 12))):
                action = data.draw(st.sampled_from(["add", "deliver", "refuse", "revive", "drop"]))
                numbers = [row.number for row in table.waiting()]
                letters = [letter.waiting.number for letter in table.dead()]
                if action == "add":
                    table.add(
                        [entry(10 * step + n, f"t{n}") for n in range(data.draw(st.integers(1, 4)))], bounds
                    )
                elif action == "deliver":
                    table.settle("me", delivered=numbers[:1])
                elif action == "refuse":
                    table.settle("me", refused=[Refusal(number, 400, None, "") for number in numbers[:1]])
                elif action == "revive":
                    table.revive(letters[:1])
                else:
                    table.drop([*table.waiting(1), *table.dead(1)])
                rows = [row.entry for row in table.waiting()] + [one.waiting.entry for one in table.dead()]
                totals = table.totals()
                assert (totals.waiting, totals.dead) == (len(table.waiting()), len(table.dead()))
                assert totals.bytes == sum(len(row.payload) for row in rows) <= bounds.bytes
                assert len(rows) <= bounds.records
        finally:
            table.close()


def test_large_records_are_taken_a_few_at_a_time(table: Table) -> None:
    """A chunk holds so many bytes at most, and one record at least however large it is."""
    large = [entry(n)._replace(payload=b"x" * (CHUNK_BYTES // 2)) for n in range(3)]
    table.add([*large, entry(4)._replace(payload=b"x" * (CHUNK_BYTES + 1))], LIMITS._replace(bytes=2**30))
    for count in (2, 1, 1):
        rows = table.take(ENDPOINT, SENDER, "me")
        assert len(rows) == count
        table.settle("me", delivered=[row.number for row in rows])


def test_a_daemon_that_moved(table: Table) -> None:
    """What waits for one address can wait for another; what was kept for both is there once."""
    table.add([entry(1), entry(2), entry(2, endpoint="http://new")], LIMITS)
    assert table.move(ENDPOINT, ENDPOINT) == 0
    assert table.move(ENDPOINT, "http://new") == 2
    assert sorted(number_of(row.entry) for row in table.take("http://new", None, "me")) == [1, 2]
    assert table.totals().waiting == 2


def test_what_is_kept_and_what_is_refused() -> None:
    """No answer, 408, 425, 429 and 5xx are kept; refusals and redirects are not."""
    assert all(is_kept(status) for status in (None, 408, 425, 429, 500, 501, 503, 505, 507, 520))
    assert not any(is_kept(status) for status in (301, 400, 401, 403, 404, 409, 413, 422))


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (200, None, Verdict.DELIVERED),
        (201, None, Verdict.DELIVERED),
        (302, None, Verdict.LATER),
        (400, "INVALID_RECORD", Verdict.REFUSED),
        (400, None, Verdict.REFUSED),
        (413, None, Verdict.REFUSED),
        (401, "UNAUTHENTICATED", Verdict.LATER),
        (403, None, Verdict.LATER),
        (404, None, Verdict.LATER),
        (404, "ROUTE_NOT_FOUND", Verdict.LATER),
        (405, "METHOD_NOT_ALLOWED", Verdict.LATER),
        (429, "RATE_LIMITED", Verdict.LATER),
        (500, None, Verdict.LATER),
        (507, None, Verdict.LATER),
    ],
)
def test_what_an_answer_means_to_a_record_that_waited(status: int, code: str | None, wanted: Verdict) -> None:
    """Only a server that judged the record itself ends its waiting."""
    assert verdict(status, code) is wanted


@given(st.integers(1, 100), st.none() | st.floats(0, 1e6))
def test_the_wait_doubles_up_to_a_minute(failures: int, retry_after: float | None) -> None:
    """A wait lies between half and all of its ceiling, and honours `Retry-After` up to a minute."""
    ceiling = min(60.0, 0.5 * 2.0 ** (failures - 1))
    low = backoff(failures, retry_after, lambda low, high: low)
    high = backoff(failures, retry_after, lambda low, high: high)
    asked = min(retry_after or 0.0, 60.0)
    assert low == max(ceiling / 2, asked)
    assert high == max(ceiling, asked)
