"""`spl thread verify` and `--identity-key`: what is emitted is signed, and what was altered is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon.local import LocalDaemon
from tests.cli.conftest import Repo
from tests.cli.running import homeless, spl

Capture = pytest.CaptureFixture[str]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module; each test uses threads of its own."""
    with LocalDaemon("memory:") as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon."""
    homeless(monkeypatch, tmp_path)
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", daemon.url)


@pytest.fixture
def key(capsys: Capture, tmp_path: Path) -> str:
    """A key file."""
    path = str(tmp_path / "me.pem")
    assert spl(capsys, "identity", "new", path).code == 0
    return path


def emit(capsys: Capture, thread: str, number: int, *words: str) -> str:
    """Emit a record and return its id."""
    body = ["--body", json.dumps({"n": number}), "--clock", str(number)]
    ran = spl(capsys, "emit", "PUT", "test.cli.thing", "-t", thread, *body, *words)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def exported(capsys: Capture, *threads: str) -> list[Row]:
    """Return the records of threads, as `spl query --all` prints them."""
    lines = [
        line for thread in threads for line in spl(capsys, "query", "-t", thread, "--all").out.splitlines()
    ]
    return [json.loads(line) for line in lines]


def judged(capsys: Capture, file: Path, rows: list[Row], *words: str) -> tuple[int, Row]:
    """Verify rows from a file, and return exit code and judgement."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ran = spl(capsys, "thread", "verify", "--file", str(file), "--json", *words)
    return ran.code, json.loads(ran.out)


def test_what_is_emitted_with_a_key_is_signed(
    capsys: Capture, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--identity-key` and its variable sign what verbs emit; the thread verifies as signed."""
    emit(capsys, "v.signed", 1, "--identity-key", key)
    monkeypatch.setenv("SYNCROPEL_IDENTITY_KEY", key)
    emit(capsys, "v.signed", 2)
    did = json.loads(spl(capsys, "identity", "show", "--json").out)["did"]
    rows = exported(capsys, "v.signed")
    assert [(row["actor"], row["sig"]["alg"]) for row in rows] == [(did, "Ed25519")] * 2
    ran = spl(capsys, "thread", "verify", "v.signed", "--require-signatures")
    assert (ran.code, ran.err) == (0, "")
    assert "2 records, 2 signed, 0 unsigned; nothing was altered" in ran.out


def test_unsigned_records_are_fine_unless_signatures_are_asked_for(capsys: Capture) -> None:
    """A thread of unsigned records verifies; with `--require-signatures` it fails, and says why."""
    emit(capsys, "v.unsigned", 1)
    assert spl(capsys, "thread", "verify", "v.unsigned").code == 0
    ran = spl(capsys, "thread", "verify", "v.unsigned", "--require-signatures", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["ok"] is False
    assert "--require-signatures" in ran.err


def change_body(row: Row) -> None:
    """Change what it says."""
    row["body"]["n"] = 99


def change_author(row: Row) -> None:
    """Say that somebody else wrote it."""
    row["actor"] = "did:example:somebody"


def change_thread(row: Row) -> None:
    """Move it to another thread."""
    row["thread"] = "elsewhere"


def change_signature(row: Row) -> None:
    """Spoil the signature."""
    value = row["sig"]["value"]
    row["sig"]["value"] = ("B" if value[0] == "A" else "A") + value[1:]


def drop_signature(row: Row) -> None:
    """Take the signature away."""
    del row["sig"]


@pytest.mark.parametrize(
    "change",
    [change_body, change_author, change_thread, change_signature, drop_signature],
    ids=lambda change: change.__name__,
)
def test_the_altered_record_is_named(capsys: Capture, key: str, tmp_path: Path, change: Any) -> None:
    """Offline, one record changed in any of these ways is found, and it alone."""
    ids = [emit(capsys, f"v.{change.__name__}", number, "--identity-key", key) for number in range(3)]
    rows = exported(capsys, f"v.{change.__name__}")
    assert judged(capsys, tmp_path / "rows.jsonl", rows)[0] == 0
    change(rows[1])
    code, found = judged(capsys, tmp_path / "rows.jsonl", rows)
    assert code == 1
    assert [wrong["record_id"] for wrong in found["invalid"]] == [ids[1]]
    people = spl(capsys, "thread", "verify", "--file", str(tmp_path / "rows.jsonl"))
    assert ids[1][:10] in people.out
    assert "1 is not as written" in people.out


def test_a_replaced_key_goes_on_for_the_same_did(capsys: Capture, key: str, tmp_path: Path) -> None:
    """After `spl identity rotate` the old key is refused, the new one signs, and the thread verifies."""
    emit(capsys, "v.rotated", 1, "--identity-key", key)
    did = json.loads(spl(capsys, "identity", "show", key, "--json").out)["did"]
    new = str(tmp_path / "new.pem")
    ran = spl(capsys, "identity", "rotate", new, "--identity-key", key, "--reason", "a test")
    assert ran.code == 0, ran.err
    assert f"SYNCROPEL_DID={did}" in ran.out
    words = ["emit", "PUT", "test.cli.thing", "-t", "v.rotated", "--body", '{"n": 2}', "--identity-key"]
    old = spl(capsys, *words, key)
    assert old.code == 1
    assert "SIGNATURE_INVALID" in old.err
    assert spl(capsys, *words, new, "--did", did).code == 0
    ran = spl(capsys, "thread", "verify", "v.rotated")
    assert "2 records, 2 signed" in ran.out, ran.out
    assert ran.code == 0
    # Offline the file needs the record that handed over.
    rows, handover = exported(capsys, "v.rotated"), exported(capsys, f"identity:{did}")
    assert judged(capsys, tmp_path / "rows.jsonl", rows)[0] == 1
    assert "identity:DID" in spl(capsys, "thread", "verify", "--file", str(tmp_path / "rows.jsonl")).err
    assert judged(capsys, tmp_path / "rows.jsonl", handover + rows)[0] == 0
    assert judged(capsys, tmp_path / "rows.jsonl", rows + handover)[0] == 0


def test_a_rotation_without_a_key_is_a_slip(capsys: Capture, tmp_path: Path) -> None:
    """Without an old key there is nothing to replace, and no new key is made."""
    ran = spl(capsys, "identity", "rotate", str(tmp_path / "new.pem"))
    assert (ran.code, ran.out) == (2, "")
    assert "--identity-key" in ran.err
    assert not (tmp_path / "new.pem").exists()


def test_the_document_of_a_thread_is_read_too(capsys: Capture, key: str, tmp_path: Path) -> None:
    """What `spl thread show --json` prints can be verified as it is."""
    emit(capsys, "v.document", 1, "--identity-key", key)
    file = tmp_path / "thread.json"
    file.write_text(spl(capsys, "thread", "show", "v.document", "--json").out, encoding="utf-8")
    ran = spl(capsys, "thread", "verify", "--file", str(file))
    assert ran.code == 0
    assert "1 record, 1 signed" in ran.out


@pytest.mark.parametrize(
    ("content", "hint"),
    [(None, "cannot read"), ("", "no records"), ("{}\n", "line 1"), ('{"id": "x"}\nnonsense\n', "line 2")],
)
def test_a_file_that_holds_no_records(
    capsys: Capture, tmp_path: Path, content: str | None, hint: str
) -> None:
    """What is no list of records is a usage error that names the place; it does not pass as verified."""
    file = tmp_path / "rows.jsonl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    ran = spl(capsys, "thread", "verify", "--file", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err


def test_a_thread_or_a_file(capsys: Capture) -> None:
    """One of them has to be given, and only one; a thread that nobody wrote to does not verify."""
    assert spl(capsys, "thread", "verify").code == 2
    assert spl(capsys, "thread", "verify", "t", "--file", "f").code == 2
    ran = spl(capsys, "thread", "verify", "v.nobody")
    assert ran.code == 1
    assert "THREAD_NOT_FOUND" in ran.err


def test_a_history_is_signed_by_who_imports_it(capsys: Capture, key: str, story: Repo) -> None:
    """With a key the importer is the actor and signs; the authors stay in the bodies."""
    words = ["import", "git", str(story.path), "--thread", "v.history", "--identity-key", key, "--json"]
    first, second = (json.loads(spl(capsys, *words).out) for _ in range(2))
    assert (first["new"], second["new"], second["known"]) == (5, 0, 5)
    rows = exported(capsys, "v.history")
    assert len({row["actor"] for row in rows}) == 1
    assert {row["body"]["author"]["name"] for row in rows} == {"Ada", "Bob"}
    assert spl(capsys, "thread", "verify", "v.history", "--require-signatures").code == 0
