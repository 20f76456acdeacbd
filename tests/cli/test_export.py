"""Records taken out of a daemon, and into another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from syncropel import SyncClient
from syncropel.cli import export
from syncropel.daemon.local import LocalDaemon
from syncropel.rules.hashing import record_id
from tests.cli.care_support import change, fill, made, url_of
from tests.cli.running import spl

Capture = pytest.CaptureFixture[str]
ITER_DEFAULTS = SyncClient.iter_records.__kwdefaults__ or {}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A daemon with records."""
    with LocalDaemon() as daemon:
        fill(daemon.url)
        yield daemon.url


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that may hold other separators of lines."""
    return text.removesuffix("\n").split("\n")


def test_all_records_are_written_in_their_order(endpoint: str, tmp_path: Path, capsys: Capture) -> None:
    """One JSON object a line, with everything the daemon knows, each under the id of its content."""
    file = tmp_path / "records.jsonl"
    ran = spl(capsys, "export", "jsonl", str(file), "--endpoint", endpoint, "--json")
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert (ran.code, json.loads(ran.out)["records"]) == (0, len(lines))
    assert [line["sequence"] for line in lines] == list(range(1, 3 * 6 + 2 + 1 + 1))
    assert all(record_id(line) == line["id"] for line in lines)
    again = spl(capsys, "export", "jsonl", "--endpoint", endpoint)
    assert again.out.encode() == file.read_bytes()


@pytest.mark.parametrize("words", [[], ["--force"]])
def test_a_pipe_is_written_to_and_stays_one(
    endpoint: str, words: list[str], tmp_path: Path, capsys: Capture
) -> None:
    """Nothing takes the place of a pipe or a device: an export goes into it, a copy is refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = os.open(pipe, os.O_RDWR)  # until it is closed, the reader waits for more
    with ThreadPoolExecutor() as threads:
        read = threads.submit(pipe.read_bytes)
        ran = spl(capsys, "export", "jsonl", str(pipe), "--endpoint", endpoint, *words)
        os.close(held)
        assert (ran.code, read.result(30).count(b"\n")) == (0, 3 * 6 + 2 + 1)
    (tmp_path / "s").mkdir()
    ran = spl(capsys, "backup", str(pipe), "--store", url_of(made(tmp_path / "s", 1)), "--force")
    assert (ran.code, "a device or a pipe" in ran.err, pipe.is_fifo()) == (2, True, True)
    ran = spl(capsys, "export", "jsonl", str(tmp_path), "--endpoint", endpoint, "--force")
    assert (ran.code, "is a folder" in ran.err) == (2, True)


def test_a_part_can_be_chosen(endpoint: str, capsys: Capture) -> None:
    """A thread, an actor, and clocks from one on narrow what is written."""
    words = ["export", "jsonl", "--endpoint", endpoint, "--thread", "t.care.1"]
    lines = [json.loads(line) for line in lines_of(spl(capsys, *words).out)]
    assert {line["thread"] for line in lines} == {"t.care.1"}
    ada = [line for line in lines if line["actor"] == "did:example:ada"]
    narrowed = spl(capsys, *words, "--actor", "did:example:ada").out
    assert [json.loads(line) for line in lines_of(narrowed)] == ada
    late = spl(capsys, *words, "--since", str(lines[2]["clock"])).out
    assert [json.loads(line) for line in lines_of(late)] == lines[2:]


def test_what_was_exported_can_be_imported(endpoint: str, tmp_path: Path, capsys: Capture) -> None:
    """Another daemon that takes the file in holds the same records, and knows them when they come again."""
    file = str(tmp_path / "records.jsonl")
    ada = ["--actor", "did:example:ada"]
    assert spl(capsys, "export", "jsonl", file, "--endpoint", endpoint, *ada).code == 0
    with LocalDaemon(url_of(tmp_path / "other.db")) as other:
        with SyncClient(endpoint=other.url) as client:
            client.namespaces.create("team")
        for new, known in ((9, 0), (0, 9)):
            ran = spl(capsys, "import", "jsonl", file, "--endpoint", other.url, "--json")
            told = json.loads(ran.out)
            assert (ran.code, told["new"], told["known"]) == (0, new, known), ran
        back = str(tmp_path / "back.jsonl")
        assert spl(capsys, "export", "jsonl", back, "--endpoint", other.url, *ada).code == 0
    hashed = ("id", "act", "actor", "body", "clock", "data_type", "parents", "thread")
    one, two = ([json.loads(line) for line in lines_of(Path(name).read_text())] for name in (file, back))
    assert [[line[name] for name in hashed] for line in one] == [
        [line[name] for name in hashed] for line in two
    ]


def test_a_file_is_not_replaced_unasked_nor_left_half(tmp_path: Path, capsys: Capture) -> None:
    """A file that is there stays; an export that fails leaves no file at all."""
    path = made(tmp_path)
    file = tmp_path / "records.jsonl"
    file.write_text("mine")
    change(path, "UPDATE records SET body = replace(body, 'Done', 'Dome') WHERE body LIKE '%Done%'")
    with LocalDaemon(url_of(path)) as daemon:
        ran = spl(capsys, "export", "jsonl", str(file), "--endpoint", daemon.url)
        assert (ran.code, file.read_text()) == (2, "mine")
        assert "--force" in ran.err
        file.unlink()
        ran = spl(capsys, "export", "jsonl", str(file), "--endpoint", daemon.url)
        assert ran.code == 1
        assert "doctor" in ran.err
    assert list(tmp_path.glob("*.jsonl*")) == []


def test_an_export_is_written_while_it_is_read(
    endpoint: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is on its way to the file before the next one is asked for: memory stays as it is."""
    monkeypatch.setattr(SyncClient.iter_records, "__kwdefaults__", {**ITER_DEFAULTS, "page_size": 3})
    pages = []
    read = SyncClient._query

    def watched(client: SyncClient, *arguments: Any) -> Any:
        pages.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
        return read(client, *arguments)

    monkeypatch.setattr(SyncClient, "_query", watched)
    monkeypatch.setattr(export, "BUFFER_BYTES", 0)
    assert spl(capsys, "export", "jsonl", str(tmp_path / "out"), "--endpoint", endpoint).code == 0
    assert len(pages) == 7
    assert pages == sorted(set(pages))
