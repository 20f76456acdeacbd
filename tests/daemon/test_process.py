"""A daemon in the background: started, found, restarted and stopped through its note."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncropel.daemon import process
from syncropel.daemon.errors import DaemonError
from syncropel.daemon.settings import Settings
from syncropel.daemon.state import State, process_started, read_state, remove_state, write_state
from tests.support.daemons import running_daemon, wait_for
from tests.support.sockets import Connection, record


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a store in a new folder; whatever daemon serves it at the end is stopped."""
    made = Settings.resolve(port=0, store=f"sqlite:///{tmp_path}/records.db", environ={})
    yield made
    process.stop(made)


def test_start_returns_once_it_answers(settings: Settings) -> None:
    """No polling for the caller: the first request after `start` is answered."""
    state = process.start(settings)
    with Connection(state.url) as connection:
        assert connection.emit(record()).status == 201
    assert state.store == settings.store.url
    assert process.status(settings) == process.Status(state, True)


def test_it_is_nobodys_child(settings: Settings) -> None:
    """It has a session of its own, so that a closed terminal takes nothing along."""
    state = process.start(settings)
    assert os.getsid(state.pid) != os.getsid(0)
    with pytest.raises(ChildProcessError):
        os.waitpid(state.pid, os.WNOHANG)


def test_stop_waits_for_the_end(settings: Settings) -> None:
    """After `stop` the process is gone and so is its note."""
    state = process.start(settings)
    assert process.stop(settings) == state
    assert process_started(state.pid) is None
    assert process.status(settings) == process.Status(None, False)
    assert process.stop(settings) is None


def test_a_second_start_is_refused_with_the_address(settings: Settings) -> None:
    """There is one daemon per store, and the message says where it is."""
    state = process.start(settings)
    with pytest.raises(DaemonError, match=state.url):
        process.start(settings)


def test_a_failure_is_the_daemons_own_line(settings: Settings, tmp_path: Path) -> None:
    """The reason why a daemon in the background did not start reaches whoever started it."""
    (tmp_path / "records.db").write_text("not a database at all " * 100)
    with pytest.raises(DaemonError, match=r"records\.db") as caught:
        process.start(settings)
    assert "\n" not in str(caught.value)
    assert process.status(settings).state is None


def test_restart_keeps_the_address_and_the_records(settings: Settings) -> None:
    """Without a given port the new daemon answers where the old one did."""
    before = process.start(settings)
    with Connection(before.url) as connection:
        emitted = connection.emit(record())
    after = process.restart(replace(settings, port_given=False))
    assert after.url == before.url
    assert after.pid != before.pid
    with Connection(after.url) as connection:
        assert connection.get(f"/v1/records/{emitted.body['id']}").status == 200


def test_restart_keeps_what_is_not_said_anew(settings: Settings) -> None:
    """A daemon that asks for tokens still does, with the same limits; what is said anew counts."""
    process.start(replace(settings, auth=True, rate_limit=5.0, cors_origins=("https://app.example",)))
    kept = process.restart(replace(settings, port_given=False))
    assert kept.auth
    assert {"--auth", "--rate-limit", "https://app.example"} <= set(kept.arguments)
    changed = process.restart(replace(settings, auth=False, port_given=False))
    assert not changed.auth
    assert "https://app.example" in changed.arguments


def test_restart_starts_a_daemon_that_was_not_there(settings: Settings) -> None:
    """Restart means: afterwards one runs."""
    assert process.restart(settings).alive


def test_a_killed_daemon_is_seen_as_gone(settings: Settings) -> None:
    """A stale note is no daemon, and a new one may start."""
    state = process.start(settings)
    os.kill(state.pid, signal.SIGKILL)
    wait_for(lambda: not state.alive, "the end of the killed process")
    assert settings.state_path.exists()
    assert process.status(settings).state is None
    assert process.start(settings).pid != state.pid


def test_a_note_with_the_process_id_of_a_stranger_is_stale(settings: Settings) -> None:
    """Process ids are used again: only the same start time makes it the same process."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        note = {"pid": stranger.pid, "started": "earlier", "url": "x", "version": "1", "store": "y"}
        settings.state_path.write_text(json.dumps(note))
        assert process.stop(settings) is None
        assert stranger.poll() is None
        stranger.communicate(b"\n")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x"}', "\x00\xff"])
def test_a_broken_note_is_no_daemon(settings: Settings, text: str) -> None:
    """Whatever is in the file, reading it is safe."""
    settings.state_path.write_text(text)
    assert read_state(settings.state_path) is None


def test_another_daemons_note_is_left_alone(tmp_path: Path) -> None:
    """Only the process that a note names removes it."""
    path = tmp_path / "note.json"
    memory = Settings.resolve(store="memory:", environ={})
    own = write_state(path, url="http://127.0.0.1:1", version="1", settings=memory)
    remove_state(path, State(own.pid, "other", own.url, own.version, own.store))
    assert read_state(path) == own
    remove_state(path, own)
    assert not path.exists()


def test_a_daemon_in_the_foreground_is_found_and_stopped_too(tmp_path: Path, settings: Settings) -> None:
    """`--status` and `--stop` do not care who started it."""
    with running_daemon(tmp_path) as daemon:
        state = process.status(settings).state
        assert state is not None
        assert (state.pid, state.url) == (daemon.process.pid, daemon.url)
        # A zombie counts as ended, so this does not wait for us to collect it.
        process.stop(settings)
        assert daemon.terminate() == (0, "")


def test_a_store_in_memory_can_run_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its note is in the user's data folder, since it has no file to lie beside."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings.resolve(port=0, store="memory:", environ={})
    state = process.start(settings)
    try:
        assert process.status(settings) == process.Status(state, True)
        assert settings.state_path.is_relative_to(tmp_path)
    finally:
        process.stop(settings)
    assert process.status(settings).state is None


def test_logs_begin_with_the_line_that_names_the_address(settings: Settings) -> None:
    """What the daemon says in the background goes to a file beside its store."""
    state = process.start(settings)
    assert any(state.url in line for line in process.logs(settings))


def test_logs_can_be_followed(settings: Settings) -> None:
    """With `follow` new lines come as they are written."""
    process.start(settings)
    followed = process.logs(settings, follow=True, lines=0)
    with settings.log_path.open("a") as log:
        log.write("one\ntw")
        log.flush()
        assert next(followed) == "one"
        log.write("o\n")
        log.flush()
        assert next(followed) == "two"
    followed.close()


def test_without_a_log_the_reason_is_said(settings: Settings) -> None:
    """No daemon was ever started in the background here."""
    with pytest.raises(DaemonError, match="no log"):
        next(process.logs(settings))


def test_a_daemon_that_does_not_become_ready_is_not_left_behind(settings: Settings) -> None:
    """When the time is up, the process that was started is killed."""
    with pytest.raises(DaemonError, match="not ready"):
        process.start(settings, timeout=0.0)
    assert process.start(settings).alive
