"""The soak itself: what it writes down, how it ends, and what it does about its own trouble."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.care_support import url_of
from tests.proof import soak
from tests.proof.history import Violation, digest_of
from tests.proof.rounds import Plan, Result
from tests.proof.soak import Soak, Summary


class Member:
    """What a soak needs of a daemon."""

    kills = 1
    ids = ("a", "b")

    def __init__(self, store: str) -> None:
        self.store = store

    def heal(self) -> None:
        """Nothing ails it."""

    def stop(self) -> int:
        """It ends well."""
        return 0

    def records(self, thread: str) -> Iterator[dict[str, str]]:
        """Return what is stored now."""
        return ({"id": one} for one in self.ids)


def result(name: str, *violations: Violation) -> Result:
    """Return what came of a round in which two records were stored."""
    counts = {"acknowledged": 2, "stored": 2}
    return Result(
        name, counts, {"killed": 1}, [*violations], [], {name: (2, digest_of("ab"))}, {"faults": 1.0}
    )


def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, rounds: Callable[[str], Result], *, most: int = 3
) -> Summary:
    """Run a soak whose rounds are made up, with time for so many of them."""

    class Round:
        def __init__(self, name: str, *_: Any) -> None:
            self._name = name

        def run(self) -> Result:
            return rounds(self._name)

    monkeypatch.setattr(soak, "Round", Round)
    members: list[Any] = [Member(url_of(folder / "records.db"))]
    summary, seconds = Summary("sqlite", 1, 7, most), itertools.count()
    return Soak(folder, summary, members, plan=Plan(1.0), now=lambda: next(seconds)).run()


@pytest.fixture(autouse=True)
def doctor(monkeypatch: pytest.MonkeyPatch) -> Callable[[Soak], None]:
    """Take the look at the store away, which needs one, and return it."""
    taken = Soak._look_at_store
    monkeypatch.setattr(Soak, "_look_at_store", lambda _: None)
    return taken


def test_what_is_on_disk_is_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After every round the summary holds all rounds; at the end it says so; a next part goes on from it."""
    path, kept = tmp_path / "summary.json", []

    def rounds(name: str) -> Result:
        kept.append(json.loads(path.read_text())["rounds"] if path.exists() else 0)
        return result(name)

    summary = run(tmp_path, monkeypatch, rounds)
    assert kept == [0, 1, 2]
    assert (summary.state, summary.clean, summary.counts["acknowledged"], summary.kills) == (
        "done",
        True,
        6,
        1,
    )
    assert vars(Summary.read(path)) == vars(summary)
    assert not list((tmp_path / "rounds").iterdir())


def test_what_must_not_be_is_counted_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost and doubled records are counted by their rules, and the evidence of the round stays."""

    def rounds(name: str) -> Result:
        (tmp_path / "rounds" / name / "evidence").touch()
        return result(name, Violation("lost", "one"), Violation("doubled", "two"))

    summary = run(tmp_path, monkeypatch, rounds)
    assert (summary.lost, summary.doubled, summary.clean) == (3, 3, False)
    assert len(list((tmp_path / "rounds").glob("*/evidence"))) == 3


def test_what_changes_afterwards_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end every thread is read again: what a round found has to be there, and may have a tail."""
    for ids in (("a",), ("b", "a"), ()):
        monkeypatch.setattr(Member, "ids", ids)
        assert run(tmp_path, monkeypatch, result).rules_broken == {"changed": 3}
    monkeypatch.setattr(Member, "ids", ("a", "b", "c"))
    summary = run(tmp_path, monkeypatch, result)
    assert (summary.clean, summary.counts["late"]) == (True, 3)


def test_a_damaged_store_is_found_by_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doctor: Callable[[Soak], None]
) -> None:
    """The doctor has the last word."""
    (tmp_path / "records.db").write_bytes(b"not a store")
    monkeypatch.setattr(Soak, "_look_at_store", doctor)
    assert run(tmp_path, monkeypatch, result).rules_broken == {"doctor": 1}


def test_a_round_that_fails_does_not_end_the_soak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble is written down and the next round tried; after five in a row the soak says that it failed."""
    left = [RuntimeError("first"), None, None]

    def rounds(name: str) -> Result:
        error = left.pop(0)
        if error is not None:
            raise error
        return result(name)

    summary = run(tmp_path, monkeypatch, rounds)
    assert (summary.state, summary.rounds, len(summary.troubles)) == ("done", 2, 1)
    assert "first" in summary.troubles[0]
    left = [RuntimeError("again")] * 9
    summary = run(tmp_path, monkeypatch, rounds, most=9)
    assert (summary.state, summary.rounds, len(summary.troubles), len(left)) == ("failed", 0, 5, 4)
