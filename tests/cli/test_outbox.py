"""`spl outbox`: what waits and what was refused, seen and mended from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncropel.transport.outbox import Outbox
from syncropel.transport.outbox_rows import Refusal
from tests.cli.running import homeless, spl
from tests.support.daemons import running_daemon
from tests.support.outboxes import SENDER, draft, entry, number_of

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    homeless(monkeypatch, tmp_path)
    monkeypatch.delenv("SYNCROPEL_ENDPOINT", raising=False)
    monkeypatch.setenv("SYNCROPEL_OUTBOX", str(tmp_path / "box.db"))


@pytest.fixture
def box(tmp_path: Path) -> Any:
    """The outbox that the environment names, with two records that wait and one that was refused."""
    with Outbox(tmp_path / "box.db") as made:
        for n in range(3):
            made.put(entry(n, f"t{n}", endpoint=NOBODY)).result(10)
        number = made.list_waiting()[1].number
        made.settle("", refused=[Refusal(number, 400, "INGEST_FAILED", "DuplicateClock: taken")])
        yield made


def test_path_and_an_outbox_that_is_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`path` names the file; without one nothing waits, and no verb makes one."""
    assert spl(capsys, "outbox", "path").out == f"{tmp_path / 'box.db'}\n"
    monkeypatch.setenv("SYNCROPEL_OUTBOX", "1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert json.loads(spl(capsys, "outbox", "path", "--json").out)["exists"] is False
    for words in (["list"], ["flush"]):
        ran = spl(capsys, "outbox", *words)
        assert (ran.code, ran.out) == (0, "")
        assert "nothing waits" in ran.err
    assert json.loads(spl(capsys, "outbox", "list", "--json").out)["data"] == []
    ran = spl(capsys, "outbox", "retry", "--all")
    assert (ran.code, "there is no outbox" in ran.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_list_and_show(capsys: pytest.CaptureFixture[str], box: Outbox) -> None:
    """Every record is listed with its state and its reason, and shown whole by the beginning of its id."""
    ran = spl(capsys, "outbox", "list")
    assert ran.code == 0
    assert ran.out.count("waiting") == 2
    assert ran.out.count("dead") == 1
    assert "2 waiting, 1 refused" in ran.err
    listed = json.loads(spl(capsys, "outbox", "list", "--limit", str(10**20), "--json").out)
    assert [row["state"] for row in listed["data"]] == ["waiting", "waiting", "dead"]
    assert (listed["waiting"], listed["dead"]) == (2, 1)
    assert [
        row["code"] for row in json.loads(spl(capsys, "outbox", "list", "--dead", "--json").out)["data"]
    ] == ["INGEST_FAILED"]
    record = draft(1, "t1")
    shown = json.loads(spl(capsys, "outbox", "show", record.id[:12], "--json").out)
    assert (shown["id"], shown["state"], shown["error"]) == (record.id, "dead", "DuplicateClock: taken")
    assert shown["record"] == json.loads(record.payload)
    assert "DuplicateClock" in spl(capsys, "outbox", "show", record.id[:12]).out
    assert spl(capsys, "outbox", "show", "").code == 2
    ran = spl(capsys, "outbox", "show", "zzz")
    assert (ran.code, "begins with 'zzz'" in ran.err) == (2, True)


def test_retry(capsys: pytest.CaptureFixture[str], box: Outbox) -> None:
    """A refused record waits again; with a new clock it is another record, and its new id is told."""
    dead = draft(1, "t1")
    assert spl(capsys, "outbox", "retry").code == 2
    ran = spl(capsys, "outbox", "retry", draft(0, "t0").id)
    assert (ran.code, "waits already" in ran.err) == (2, True)
    ran = spl(capsys, "outbox", "retry", dead.id, "--new-clock", "--json")
    new_id = json.loads(ran.out)["new_ids"][dead.id]
    (found,) = box.find(new_id)
    assert new_id == found.entry.id != dead.id
    assert json.loads(found.entry.payload)["clock"] > 1_000_000
    assert box.totals()[:2] == (3, 0)
    number = found.number
    box.settle("", refused=[Refusal(number, 400, None, "no")])
    assert spl(capsys, "outbox", "retry", "--all").err.endswith("retried 1 record\n")
    assert box.totals()[:2] == (3, 0)


def test_drop(capsys: pytest.CaptureFixture[str], box: Outbox) -> None:
    """Records are dropped by id, the refused ones together, or all of them."""
    assert spl(capsys, "outbox", "drop").code == 2
    assert "dropped 1 record" in spl(capsys, "outbox", "drop", draft(0, "t0").id[:20]).err
    assert json.loads(spl(capsys, "outbox", "drop", "--dead", "--json").out)["dropped"] == 1
    assert [number_of(row.entry) for row in box.list_waiting()] == [2]
    assert "dropped 1 record" in spl(capsys, "outbox", "drop", "--all").err
    assert box.totals() == (0, 0, 0)


def test_emit_without_a_daemon_and_flush_with_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With an outbox `spl emit` keeps the record and ends well; `flush` delivers it to the daemon."""
    with running_daemon() as daemon:
        url = daemon.url
    words = ("emit", "PUT", "test.outbox.entry", "-t", "t", "--endpoint", url, "--did", SENDER)
    ran = spl(capsys, *words)
    assert (ran.code, "kept in the outbox" in ran.err) == (0, True)
    record_id = ran.out.strip()
    assert json.loads(spl(capsys, *words, "--json").out)["queued"] is True
    ran = spl(capsys, "outbox", "flush", "--endpoint", url, "--did", SENDER, "--timeout", "0.3")
    assert (ran.code, "2 records left: ConnectError" in ran.err) == (3, True)
    with running_daemon(port=int(url.rpartition(":")[2])) as daemon:
        ran = spl(capsys, "outbox", "flush", "--endpoint", url, "--did", "did:example:other")
        assert (ran.code, "2 records of other identities" in ran.err) == (0, True)
        ran = spl(capsys, "outbox", "flush", "--endpoint", url, "--did", SENDER, "--json")
        assert json.loads(ran.out) == {"delivered": 2, "dead": 0, "waiting": 0, "error": None, "others": 0}
        assert spl(capsys, "record", record_id, "--endpoint", url, "--json").code == 0
        with Outbox(tmp_path / "box.db") as again:
            again.put(entry(7, endpoint=url)).result(10)
            again.put(entry(7, thread="t", endpoint=url, sender="did:example:x")).result(10)
        assert spl(capsys, "outbox", "flush", "--endpoint", url, "--all").code == 0
        with Outbox(tmp_path / "box.db") as again:
            again.put(entry(8, endpoint=NOBODY)).result(10)
        ran = spl(
            capsys,
            "outbox",
            "flush",
            "--endpoint",
            url,
            "--did",
            SENDER,
            "--moved-from",
            f"{NOBODY}/",
            "--json",
        )
        assert json.loads(ran.out)["delivered"] == 1
