"""The demo: run as a user does, without building its environment again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from syncropel import Identity
from syncropel.cli.git_history import GitError, open_repository, read_commits
from syncropel.cli.git_records import drafts
from syncropel.keys.threads import verify_rows
from tests.support.daemons import wait_for

ROOT = Path(__file__).parents[2]


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The demo's module that finds commits."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from _demo import history as module

    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "_demo"]:
        del sys.modules[name]


def repository(path: Path) -> Path:
    """Make a repository of three commits that touch two files."""
    path.mkdir()
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@corp.example"}

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(path), *words], check=True, env=environ)

    git("init", "-q", "-b", "main")
    for number in range(3):
        (path / "often.txt").write_text(f"{number}\n", encoding="utf-8")
        if number == 1:
            (path / "once.txt").write_text("x\n", encoding="utf-8")
        git("add", "-A")
        git("commit", "-q", "-m", f"Change {number}")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository of three commits that touch two files."""
    return repository(tmp_path / "small")


def run_demo(*words: str | Path, root: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the demo inside this environment."""
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "_demo" / "__main__.py"), *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        env={**os.environ, **environ},
    )


def left_running(store: Path) -> list[int]:
    """Return the processes that have to do with a store."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(store) in word for word in process.info["cmdline"] or []):
            found.append(process.pid)
    return found


class Runs(NamedTuple):
    """Three runs on one store: two for machines, and one for people."""

    store: Path
    facts: Any
    again: Any
    shown: str


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The demo, run again and again on a small repository."""
    folder = tmp_path_factory.mktemp("demo")
    store = folder / "store" / "records.db"
    words = ("--path", repository(folder / "small"), "--store", store)
    done = [run_demo(*words, *more, COLUMNS="80") for more in (("--json",), ("--json",), ())]
    assert [each.returncode for each in done] == [0, 0, 0], done
    return Runs(store, json.loads(done[0].stdout), json.loads(done[1].stdout), done[2].stdout)


def test_the_demo_tells_the_truth_and_leaves_nothing_running(runs: Runs) -> None:
    """Every answer is what the repository holds, and afterwards no process and no note of one is there."""
    store, facts = runs.store, runs.facts
    assert (facts["import"]["new"], facts["import"]["known"], facts["commits"]) == (3, 0, 3)
    assert facts["most_changed"] == [
        {"file": "git:small:often.txt", "changes": 3},
        {"file": "git:small:once.txt", "changes": 1},
    ]
    assert facts["one_file"] == {"ref": "git:small:often.txt", "records": 3}
    assert facts["thread"] == {"records": 3, "actors": 1}
    assert facts["violations"] == ["$.commit", "$.insertions"]
    assert facts["consensus"] == {"answer": 3, "responders": ["did:sync:system:records"]}
    assert facts["waterfall"]["responders"] == ["did:sync:system:summary"]
    files = len(facts["most_changed"])
    assert facts["queue"] == {"messages": files, "acked": files, "handed_out_again": 1}
    assert facts["fail_open"]["success"] is False
    assert {"records": 3, "signed": 3, "invalid": 0}.items() <= facts["verified"].items()
    assert store.is_file()
    assert left_running(store) == []
    assert not store.with_name("records.db.daemon.json").exists()


def test_running_it_twice_stores_nothing_twice(runs: Runs) -> None:
    """The second run finds every record there already, and gives the same answers."""
    first, second = runs.facts, runs.again
    assert (second["import"]["new"], second["import"]["known"]) == (0, 3)
    for answer in ("commits", "most_changed", "one_file", "thread"):
        assert first[answer] == second[answer]


def test_the_records_are_signed_by_a_key_that_is_kept(runs: Runs) -> None:
    """The key is beside the store for its owner alone; what was exported verifies without daemon or demo."""
    key = runs.store.with_name("demo-identity.pem")
    assert key.stat().st_mode & 0o777 == 0o600
    exported = runs.store.with_name("thread.jsonl")
    rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    assert {row["actor"] for row in rows} == {Identity.key(key).actor_did}
    assert all("sig" in row and row["body"]["author"]["email"] == "ada@corp.example" for row in rows)
    found = verify_rows(rows)
    assert (found.ok, found.signed) == (True, 3)


def test_for_people_it_is_short_sections(runs: Runs) -> None:
    """Each step has a heading, answers fit 80 columns, violations and the failed emit are shown."""
    headings = [line for line in runs.shown.splitlines() if line.startswith("── ")]
    assert len(headings) == 13
    assert "$.insertions" in runs.shown
    assert "success=False" in runs.shown
    tables = [line for line in runs.shown.splitlines() if "often.txt" in line and "rich_query" not in line]
    assert all(len(line) <= 80 for line in tables)


def test_a_limit_imports_the_first_commits_only(small: Path, tmp_path: Path) -> None:
    """`--limit 1` imports the oldest commit."""
    done = run_demo("--path", small, "--store", tmp_path / "records.db", "--limit", "1", "--json")
    assert json.loads(done.stdout)["commits"] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_stops_its_daemon(small: Path, tmp_path: Path, number: int) -> None:
    """Whether by Ctrl-C or by being told to end, the daemon goes with the demo."""
    store = tmp_path / "records.db"
    note = tmp_path / "records.db.daemon.json"
    command = [
        sys.executable,
        str(ROOT / "scripts/_demo/__main__.py"),
        "--path",
        str(small),
        "--store",
        str(store),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(note.exists, "the start of the demo's daemon")
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    wait_for(lambda: left_running(store) == [], "the end of the demo's daemon")


def test_a_demo_that_fails_stops_its_daemon(tmp_path: Path, small: Path) -> None:
    """A step that goes wrong ends in one line, and the daemon is stopped all the same."""
    store = tmp_path / "records.db"
    root = tmp_path / "copy"
    shutil.copytree(ROOT / "scripts" / "_demo", root / "scripts" / "_demo")
    done = run_demo("--path", small, "--store", store, root=root)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "schemas" in done.stderr
    assert left_running(store) == []


def test_a_second_demo_on_the_same_store_is_refused(small: Path, tmp_path: Path) -> None:
    """While a kept daemon serves the store, another demo ends with the address of the first one."""
    store = tmp_path / "records.db"
    kept = json.loads(run_demo("--path", small, "--store", store, "--keep", "--json").stdout)["kept"]
    try:
        done = run_demo("--path", small, "--store", store)
        assert done.returncode == 1
        assert kept["url"] in done.stderr
    finally:
        stop = [sys.executable, "-m", "syncropel.cli", "serve", "--stop", "--store", kept["store"]]
        subprocess.run(stop, check=True, capture_output=True)
    assert left_running(store) == []


def test_without_git_history_the_shipped_one_is_told(tmp_path: Path) -> None:
    """A source archive has no history of its own: the demo uses the one in `examples/`, and says so."""
    for folder in (Path("scripts/_demo"), Path("examples")):
        shutil.copytree(ROOT / folder, tmp_path / "archive" / folder)
    done = run_demo("--store", tmp_path / "records.db", "--json", root=tmp_path / "archive")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert "no git history" in facts["import"]["where"]
    assert facts["commits"] >= 40
    assert len(facts["most_changed"]) == 5


def test_without_the_git_program_the_shipped_history_is_used(
    history: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without git still has something to show; a repository asked for is an error there."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = history.source(None, ROOT)
    assert "not installed" in found.where
    assert len(list(found.commits)) == found.total > 40
    with pytest.raises(GitError, match="not installed"):
        history.source(ROOT, ROOT)


def test_an_archive_inside_another_repository_does_not_take_that_ones_history(
    history: Any, small: Path, tmp_path: Path
) -> None:
    """Git looks upwards for a repository; the demo does not."""
    archive = small / "vendored"
    shutil.copytree(ROOT / "examples", archive / "examples")
    assert "no git history" in history.source(None, archive).where


def test_a_path_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    """What was asked for is never silently replaced by something else."""
    done = run_demo("--path", tmp_path, "--store", tmp_path / "records.db")
    assert done.returncode == 1
    assert "not inside a git repository" in done.stderr
    assert not (tmp_path / "records.db").exists()


def test_an_exported_history_gives_the_same_commits_without_addresses(
    history: Any, small: Path, tmp_path: Path
) -> None:
    """Exporting keeps ids, files and messages, and replaces everybody by a numbered person at example.com."""
    target = tmp_path / "examples" / "history" / history.SHIPPED.name
    assert history.export(small, target) == 3
    assert "corp.example" not in target.read_text(encoding="utf-8")
    found = history.shipped(tmp_path, "a test")
    read = list(found.commits)
    real = list(read_commits(open_repository(small)))
    assert [(c.id, c.message, c.files, c.parents) for c in read] == [
        (c.id, c.message, c.files, c.parents) for c in real
    ]
    assert {c.author.email for c in read} == {"author-1@example.com"}


def test_the_shipped_history_is_complete(history: Any) -> None:
    """Every line of the shipped history becomes a record whose parents are all there."""
    found = history.shipped(ROOT, "a test")
    made = list(drafts(found.commits, found.origin))
    ids = {draft.id for draft in made}
    assert len(ids) == found.total
    assert all(set(draft.wire["parents"]) <= ids for draft in made)
    assert all(draft.wire["body"]["author"]["email"].endswith("@example.com") for draft in made)
