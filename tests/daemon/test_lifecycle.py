"""A daemon's life in the foreground: how it starts, refuses to start, and ends."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.support.daemons import Daemon, running_daemon, wait_for
from tests.support.sockets import Connection, Watch, record

COMMAND = [sys.executable, "-m", "syncropel.daemon"]


def refused(*arguments: str) -> str:
    """Start a daemon that must not start; return its one line on stderr."""
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("error: ")
    return ended.stderr


def test_it_says_where_it_listens_and_what_it_serves(tmp_path: Path) -> None:
    """One line with address and store, once it answers."""
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        assert daemon.url.startswith("http://127.0.0.1:")
        answer = connection.get("/health/ready")
        assert answer.status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_zero_and_nothing_on_stderr(tmp_path: Path, number: int) -> None:
    """SIGTERM and Ctrl-C are the ordinary end: clean, and silent."""
    with running_daemon(tmp_path) as daemon:
        daemon.process.send_signal(number)
        assert daemon.terminate() == (0, "")
    assert not (tmp_path / "records.db.daemon.json").exists()


def test_what_was_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    """The store outlives its daemon."""
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        emitted = connection.emit(record())
        assert emitted.status == 201
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        assert connection.get(f"/v1/records/{emitted.body['id']}").body["id"] == emitted.body["id"]


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    """Another program on the port: one line that names the port and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = refused("--port", str(port), "--store", f"sqlite:///{tmp_path}/records.db")
    assert str(port) in line
    assert "--port" in line


def test_a_refused_start_leaves_the_store_to_others(tmp_path: Path) -> None:
    """The lock on a store does not outlive a start that failed for another reason."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused("--port", str(other.getsockname()[1]), "--store", f"sqlite:///{tmp_path}/records.db")
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        assert connection.emit(record()).status == 201


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path below a file (no user may make it, root neither): one line that names the folder."""
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(
        "--port", "0", "--store", f"sqlite:///{tmp_path}/file/sub/records.db"
    )


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """The store's path names a folder: one line."""
    assert str(tmp_path) in refused("--port", "0", "--store", f"sqlite:///{tmp_path}")


def test_a_database_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A file that a later version wrote is left alone, and the line says so."""
    with running_daemon(tmp_path):
        pass
    path = tmp_path / "records.db"
    with sqlite3.connect(path) as database:
        format_number = database.execute("PRAGMA user_version").fetchone()[0]
        database.execute(f"PRAGMA user_version = {format_number + 1000}")
    database.close()
    before = path.read_bytes()
    assert "newer" in refused("--port", "0", "--store", f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of another program is neither read nor overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text(
        "my notes, which are no database, and are longer than a header of one hundred bytes. " * 20
    )
    before = path.read_bytes()
    assert str(path) in refused("--port", "0", "--store", f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_second_daemon_on_the_same_file_is_refused_with_the_first_ones_address(tmp_path: Path) -> None:
    """Whoever comes second learns where the first answers, also when it asks for the same port."""
    with running_daemon(tmp_path) as first:
        for port in ("0", str(first.port)):
            assert first.url in refused("--port", port, "--store", first.store)


def test_the_lock_alone_keeps_a_second_daemon_away(tmp_path: Path) -> None:
    """Without its note, the first daemon still holds its file."""
    with running_daemon(tmp_path) as first:
        (tmp_path / "records.db.daemon.json").unlink()
        assert first.url in refused("--port", "0", "--store", first.store)


def test_without_the_extra_it_names_what_to_install(tmp_path: Path) -> None:
    """A missing server package is one line, not a traceback."""
    (tmp_path / "uvicorn").mkdir()
    (tmp_path / "uvicorn" / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'uvicorn'\", name='uvicorn')\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from syncropel.daemon.__main__ import main; "
    code += "sys.exit(main(['--port', '0', '--store', 'memory:']))"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1), ended.stderr
    assert "pip install 'syncropel[daemon]'" in ended.stderr


def test_sigterm_drains(tmp_path: Path) -> None:
    """Writers under way are acknowledged or refused, never left without an answer that was promised."""
    with running_daemon(tmp_path) as daemon:
        acknowledged: list[str] = []
        writers = [threading.Thread(target=_write_until_cut, args=(daemon, acknowledged)) for _ in range(4)]
        for writer in writers:
            writer.start()
        wait_for(lambda: len(acknowledged) > 50, "fifty emits")
        assert daemon.terminate() == (0, "")
        for writer in writers:
            writer.join(30)
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        for record_id in acknowledged:
            assert connection.get(f"/v1/records/{record_id}").status == 200


def test_sigterm_sends_watchers_away_with_a_time_to_come_back(daemon: Daemon) -> None:
    """The last event of a stream is `server_shutdown`, with the milliseconds to wait."""
    with Watch(daemon.url, "th_test") as watch:
        assert watch.next().name == "heartbeat"
        daemon.process.send_signal(signal.SIGTERM)
        assert [(event.name, event.data) for event in watch.events()] == [
            ("server_shutdown", {"retry_after_ms": 1000})
        ]
    assert daemon.terminate() == (0, "")


def test_a_kill_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """SIGKILL while eight connections write: after a restart every acknowledged record is there."""
    with running_daemon(tmp_path) as daemon:
        acknowledged: list[str] = []
        writers = [threading.Thread(target=_write_until_cut, args=(daemon, acknowledged)) for _ in range(8)]
        for writer in writers:
            writer.start()
        wait_for(lambda: len(acknowledged) > 300, "three hundred emits")
        daemon.kill()
        for writer in writers:
            writer.join(30)
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        rows = []
        cursor = ""
        while True:
            page = connection.get(f"/v1/threads/th_test/records?limit=1000{cursor}").body
            rows += page["data"]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
    assert set(acknowledged) <= {row["id"] for row in rows}
    sequences = [row["sequence"] for row in rows if "sequence" in row]
    assert sequences == list(range(1, len(rows) + 1))[: len(sequences)]


def test_a_kill_leaves_a_stale_note_that_stops_nobody(tmp_path: Path) -> None:
    """The next daemon sees that the process of the note is gone, and takes over."""
    with running_daemon(tmp_path) as daemon:
        daemon.kill()
    assert (tmp_path / "records.db.daemon.json").exists()
    with running_daemon(tmp_path) as daemon, Connection(daemon.url) as connection:
        assert connection.emit(record()).status == 201


def test_the_environment_names_the_store(tmp_path: Path) -> None:
    """`SYNCROPEL_STORE` stands in for `--store`, and the folder is made."""
    path = tmp_path / "new" / "folder" / "records.db"
    environ = {**os.environ, "SYNCROPEL_STORE": f"sqlite:///{path}", "SYNCROPEL_PORT": "0"}
    with subprocess.Popen(COMMAND, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert str(path) in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert path.exists()


def test_the_access_log_is_off_until_it_is_asked_for(tmp_path: Path) -> None:
    """A request leaves a line on stderr with `--access-log`, and none without."""
    for options, expected in (([], False), (["--access-log"], True)):
        command = [*COMMAND, "--port", "0", "--store", f"sqlite:///{tmp_path}/records.db", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            with Connection(process.stdout.readline().split()[3]) as connection:
                assert connection.get("/health/ready").status == 200
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
        assert ("GET /health/ready" in errors) is expected


def _write_until_cut(daemon: Daemon, acknowledged: list[str]) -> None:
    with Connection(daemon.url) as connection:
        while True:
            try:
                answer = connection.emit(record())
            except (OSError, HTTPException):
                return
            if answer.status != 201:
                return
            acknowledged.append(answer.body["id"])
