"""What the doctor concludes from what it sees."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel import __version__
from syncropel.cli import doctor
from syncropel.daemon.local import LocalDaemon
from syncropel.kernel.store.errors import StoreUnavailable
from tests.cli.running import spl

Capture = pytest.CaptureFixture[str]


@settings(deadline=None)
@given(st.floats(0, 2**33), st.floats(0, 5))
def test_a_daemon_with_the_same_clock_never_differs(now: float, took: float) -> None:
    """Whatever the moment and however slow the answer, a clock cut to the second is no difference."""
    assert doctor._skew(int(now), now, now + took).value == "differs by 0 s"


@pytest.mark.parametrize(("theirs", "seconds"), [(1_000_010, 10), (999_989, 10)])
def test_a_clock_that_differs_is_told_with_the_way_out(theirs: int, seconds: int) -> None:
    """A daemon some seconds ahead or behind is a finding with a hint."""
    found = doctor._skew(theirs, 1_000_000.0, 1_000_000.0)
    assert (found.ok, found.value) == (False, f"differs by {seconds} s")
    assert found.hint


@pytest.mark.parametrize("theirs", [None, "noon", True])
def test_a_daemon_that_does_not_tell_its_time_is_no_fault(theirs: Any) -> None:
    """Other daemons need not have a `time` in their health."""
    assert doctor._skew(theirs, 0.0, 0.0).ok is None


def test_the_doctor_works_without_a_daemon(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the daemon is reported when nobody answers, and the exit code is 3."""
    monkeypatch.setenv("SYNCROPEL_STORE", "memory:")
    ran = spl(capsys, "doctor", "--endpoint", "http://127.0.0.1:1", "--json")
    assert ran.code == 3
    found = {finding["name"]: finding for finding in json.loads(ran.out)["findings"]}
    assert found["syncropel"]["value"] == __version__
    assert found["daemon"]["ok"] is False
    assert found["endpoint"]["value"].endswith("(from the command line)")


def test_a_store_that_cannot_be_used_is_a_finding(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong SYNCROPEL_STORE does not stop the doctor: it is what a doctor is for."""
    monkeypatch.setenv("SYNCROPEL_STORE", "nonsense")
    found = json.loads(spl(capsys, "doctor", "--endpoint", "http://127.0.0.1:1", "--json").out)["findings"]
    assert next(finding for finding in found if finding["name"] == "store")["ok"] is False


def test_a_daemon_whose_store_is_away_is_a_finding(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a daemon answers, and is of no use now: the doctor says which of the two is the matter."""

    def away(_: object) -> None:
        raise StoreUnavailable("the database cannot be reached now")

    with LocalDaemon() as daemon:
        monkeypatch.setattr(daemon.kernel.store, "read", away)
        ran = spl(capsys, "doctor", "--endpoint", daemon.url, "--json")
    found = {finding["name"]: finding for finding in json.loads(ran.out)["findings"]}
    assert (ran.code, found["daemon"]["ok"], found["records"]["ok"]) == (3, True, False)
    assert found["records"]["hint"]
