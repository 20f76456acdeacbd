"""The checker: a sound history passes, and each thing that must not be is found and named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.history import (
    ACKED,
    PROMISED,
    REFUSED,
    Attempt,
    History,
    Lookup,
    Read,
    Row,
    Violation,
    Watch,
    check,
    digest_of,
    targets,
)

BEFORE = 100
Case = tuple[History, list[Row]]


def row(n: int, **changes: object) -> Row:
    """Return the row of writer w's record n; odd ones are on thread b, even ones on thread a."""
    made = Row(BEFORE + n, f"id{n}", "ab"[n % 2], "did:example:w", 1000 + n, "w", n, True)
    return made._replace(**changes)  # type: ignore[arg-type]


def sound() -> Case:
    """Return what a store shows that does everything right: ten records, one of them of unknown outcome."""
    history = History()
    rows = [row(n) for n in range(1, 11)]
    for one in rows:
        attempt = Attempt("w", one.n, one.thread, one.n, one.n + 0.5, ACKED, one.id, lane=f"w/{one.thread}")
        history.attempts["w", one.n] = attempt
    history.attempts["w", 4].outcome, history.attempts["w", 4].id = "unknown", None
    history.attempts["w", 5].outcome = PROMISED
    history.attempts["w", 11] = Attempt("w", 11, "b", 11.0, 11.5, REFUSED)
    history.attempts["w", 12] = Attempt("w", 12, "a", 12.0)
    for n in (6, 8):
        history.attempts["w", n].bundle = "w/6"
    evens = [one.id for one in rows if one.thread == "a"]
    history.reads = [
        Read("r", "a", 6.1, 6.3, 2, digest_of(evens[:2])),
        Read("r", "a", 6.7, 7.3, 3, digest_of(evens[:3])),
        Read("r", "a", 20.0, 20.3, 5, digest_of(evens)),
    ]
    history.lookups = [Lookup("r", "id3", 4.0, True)]
    told = [(one.sequence, one.id, True) for one in rows if one.thread == "b"]
    history.watches = {
        "whole": Watch("whole", "b", True, 0.5, list(told)),
        "late": Watch("late", "b", False, 6.0, told[3:]),
        "early": Watch("early", "b", False, 6.0, told[2:]),
        "never": Watch("never", "a", False),
    }
    return history, rows


def test_a_sound_history_passes() -> None:
    """A record of unknown outcome may be there or not; a watcher may be told a little more than is due."""
    assert check(*sound(), BEFORE) == []
    assert check(History(), [], BEFORE) == []


def renumbered(rows: list[Row]) -> list[Row]:
    """Return the rows with sequences that have no gap."""
    return [one._replace(sequence=place) for place, one in enumerate(rows, start=BEFORE + 1)]


def reordered(_: History, rows: list[Row]) -> list[Row]:
    """Two rows have changed places, and nobody watched or read."""
    rows[0], rows[2] = row(1, sequence=BEFORE + 3), row(3, sequence=BEFORE + 1)
    return sorted(rows)


def without(n: int) -> Callable[[History, list[Row]], list[Row]]:
    """One row is gone."""
    return lambda _, rows: [one for one in rows if one.n != n]


def told(name: str, change: Callable[[list[tuple[int, str, bool]]], object]) -> Callable[..., None]:
    """A watcher was told something else."""

    def plant(history: History, _: list[Row]) -> None:
        change(history.watches[name].rows)

    return plant


def attempt(n: int, **changes: object) -> Callable[[History, list[Row]], None]:
    """A client was told something else."""

    def plant(history: History, _: list[Row]) -> None:
        for name, value in changes.items():
            setattr(history.attempts["w", n], name, value)

    return plant


def read(place: int, **changes: object) -> Callable[[History, list[Row]], None]:
    """A reading gave something else."""

    def plant(history: History, _: list[Row]) -> None:
        history.reads[place] = history.reads[place]._replace(**changes)  # type: ignore[arg-type]

    return plant


def looked_up(history: History, _: list[Row]) -> None:
    """An acknowledged record was not found."""
    history.lookups[0] = history.lookups[0]._replace(found=False)


PLANTED: dict[str, tuple[str, Callable[[History, list[Row]], list[Row] | None]]] = {
    "an acknowledged record is gone": ("lost", without(10)),
    "an acknowledged record is gone, and its sequence taken again": (
        "lost",
        lambda _, rows: renumbered([one for one in rows if one.n != 3]),
    ),
    "a promised record is gone": ("lost", without(5)),
    "a record is there twice": (
        "doubled",
        lambda _, rows: [*rows, row(10, sequence=BEFORE + 11, id="id11", clock=7)],
    ),
    "a refused record is there": ("phantom", lambda _, rows: [*rows, row(11)]),
    "a record has another id than was told": ("differs", attempt(3, id="other")),
    "a record is on another thread": ("differs", attempt(4, thread="b")),
    "a record is not what its id says": ("differs", lambda _, rows: [row(1, sound=False), *rows[1:]]),
    "a record was sent by nobody": ("stranger", lambda _, rows: [*rows, row(11, writer="x")]),
    "two records share a clock": ("clock", lambda _, rows: [*rows[:2], row(3, clock=1001), *rows[3:]]),
    "a number is missing": ("gap", lambda _, rows: [*rows[:-1], row(10, sequence=BEFORE + 11)]),
    "a number is taken twice": ("gap", lambda _, rows: [*rows[:-1], row(10, sequence=BEFORE + 9)]),
    "someone wrote before": (
        "gap",
        lambda _, rows: [one._replace(sequence=one.sequence + 1) for one in rows],
    ),
    "a bundle is there in part": ("torn", without(6)),
    "later is earlier": ("order", reordered),
    "a reading is no beginning": ("reading", read(2, digest=digest_of(["id2"]))),
    "a reading has more than there is": ("reading", read(2, size=6)),
    "a reading misses what was acknowledged": ("stale", read(2, size=2, digest=digest_of(["id2", "id4"]))),
    "a reading misses what was read": ("stale", read(1, size=1, digest=digest_of(["id2"]))),
    "an acknowledged record is not found": ("stale", looked_up),
    "a watcher misses one": ("gap", told("whole", lambda rows: rows.pop(2))),
    "a watcher misses the last": ("gap", told("whole", list.pop)),
    "a watcher of what is new misses the first": ("gap", told("late", lambda rows: rows.pop(0))),
    "a watcher of what is new gets nothing": ("gap", told("late", list.clear)),
    "a watcher gets one twice": ("doubled", told("whole", lambda rows: rows.insert(2, rows[1]))),
    "a watcher gets one late": ("gap", told("whole", lambda rows: rows.insert(4, rows.pop(1)))),
    "a watcher gets a stranger": ("stranger", told("whole", lambda rows: rows.insert(2, (104, "x", True)))),
    "a watcher gets one too many": ("stranger", told("whole", lambda rows: rows.append((120, "x", True)))),
    "a watcher gets false content": (
        "stranger",
        told("whole", lambda rows: rows.__setitem__(0, (*rows[0][:2], False))),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_must_not_be_is_found(name: str) -> None:
    """Each planted fault is reported under its rule."""
    rule, plant = PLANTED[name]
    history, rows = sound()
    rows = plant(history, rows) or rows
    found = check(history, rows, BEFORE)
    assert rule in {violation.rule for violation in found}, found


def test_what_is_out_of_order_only_in_its_lane_is_found() -> None:
    """Records given in one order and stored in another are found although their calls overlapped."""
    history, rows = sound()
    history.reads, history.watches = [], {}
    for one in history.attempts.values():
        one.called, one.ended = 0.0, 100.0
    assert check(history, rows, BEFORE) == []
    overlapping = copy.deepcopy(history)
    for one in overlapping.attempts.values():
        one.lane = None
    swapped = reordered(history, rows)
    assert check(overlapping, swapped, BEFORE) == []
    assert {violation.rule for violation in check(history, swapped, BEFORE)} == {"order"}


def test_what_is_due_to_a_watcher() -> None:
    """The whole thread to whoever asked for it, to the others what was sent after they were connected."""
    history, rows = sound()
    assert targets(history, rows) == {"whole": BEFORE + 9, "late": BEFORE + 9, "early": BEFORE + 9}
    history.watches["late"].opened = 9.5
    assert targets(history, rows) == {"whole": BEFORE + 9, "early": BEFORE + 9}


def test_a_torn_history_is_read(tmp_path: Path) -> None:
    """Of a client that was killed while it wrote, everything but the last line counts."""
    path = tmp_path / "history"
    call = json.dumps({"t": "call", "writer": "w", "n": 1, "thread": "a", "called": 1.0})
    end = json.dumps({"t": "end", "writer": "w", "n": 1, "at": 2.0, "outcome": ACKED, "id": "id1"})
    path.write_text(f"{call}\n{end}\n{call[:30]}", encoding="utf-8")
    history = History.load([path])
    assert history.attempts == {("w", 1): Attempt("w", 1, "a", 1.0, 2.0, ACKED, "id1")}
    [violation] = check(history, [], 0)
    assert isinstance(violation, Violation)
    assert violation.rule == "lost"
