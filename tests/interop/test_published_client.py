"""The published client works against our daemon: emits, reads, queries, subscribes, and resumes."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.rules.hashing import record_id
from tests.support.daemons import Daemon, running_daemon
from tests.support.sockets import Connection, record

Peer = Callable[..., list[str]]


def contributor(daemon: LocalDaemon) -> dict[str, str]:
    """Return the environment in which the published client holds a token for what it does, and no more."""
    scopes = ("records:read", "records:write")
    return {**os.environ, "PEER_TOKEN": daemon.kernel.mint(scopes=scopes, actors=("did:example:peer",))}


@pytest.fixture(scope="module", params=["open", "guarded"])
def seen(
    request: pytest.FixtureRequest, peer: Peer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the published client got back from a daemon with an empty store, with and without authentication.

    It sends its token as `x-api-key` alone; a daemon without authentication takes any.
    """
    with contextlib.ExitStack() as stack:
        if request.param == "open":
            url, environ = stack.enter_context(running_daemon(tmp_path_factory.mktemp("store"))).url, None
        else:
            guarded = stack.enter_context(LocalDaemon(auth=True))
            url, environ = guarded.url, contributor(guarded)
        done = subprocess.run(
            peer("basics", url), capture_output=True, text=True, timeout=100, env=environ, check=False
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return dict(json.loads(done.stdout))


def test_it_is_the_published_one(seen: dict[str, Any]) -> None:
    """The script ran with the published package, not with this project's."""
    assert seen["version"] == "0.7.0"


def test_emits(seen: dict[str, Any]) -> None:
    """Emitting works, asynchronously and not; the same record again is a success with the same id."""
    first = seen["emit"]
    assert (first["success"], first["clock"], first["retried"]) == (True, 1, 0)
    assert len(first["record_id"]) == 64
    assert (seen["again"]["success"], seen["again"]["record_id"]) == (True, first["record_id"])
    assert (seen["sync"]["success"], seen["sync"]["clock"]) == (True, 2)
    assert [result["success"] for result in seen["automatic"]] == [True] * 3
    assert seen["intend"]["success"]
    assert seen["fulfill"]["success"]
    assert seen["correction"]["success"]
    assert seen["erasure"]["success"]


def test_refusal(seen: dict[str, Any]) -> None:
    """A duplicate clock is a failure that the published client shows as it does with its own mock."""
    result = seen["duplicate"]
    assert (result["success"], result["record_id"], result["retried"]) == (False, None, 0)
    assert result["error"].startswith("HTTP 400: ")
    # The published client keeps 200 characters of the answer: the code and the clock must be among them.
    assert "INGEST_FAILED" in result["error"]
    assert "DuplicateClock: thread=peer.library actor=did:example:peer clock=1" in result["error"]


def test_reads(seen: dict[str, Any]) -> None:
    """Thread reads and queries give rows whose ids are the ones that the project's rules compute."""
    assert [row["clock"] for row in seen["thread"]] == [1, 2]
    assert all(row["id"] == record_id(row) for row in seen["thread"])
    assert seen["thread"][0]["id"] == seen["emit"]["record_id"]
    assert seen["since"] == []
    assert len(seen["query"]) == 5
    assert [row["body"]["title"] for row in seen["where"]] == ["Glow"] * 5


def test_rich_query_and_search(seen: dict[str, Any]) -> None:
    """A rich query crosses references, sorts and explains; search says that it is disabled."""
    assert [row["clock"] for row in seen["rich"]["records"]] == [2, 1]
    assert set(seen["rich"]["plan"]) >= {"indexed_fields", "unindexed_fields"}
    assert seen["wrong"] == {"records": []}
    assert seen["search"] == {"embedder": None, "k": 3, "hits": [], "disabled": True}


def test_health(seen: dict[str, Any]) -> None:
    """Health is an object that says ok."""
    assert seen["health"]["status"] == "ok"


def test_inference_is_recorded(seen: dict[str, Any]) -> None:
    """An inference that is not waited for begins the thread it names with its INTEND."""
    pending = seen["infer"]
    assert pending["pending"] is True
    row, *_ = seen["infer_thread"]
    assert (row["id"], row["thread"]) == (pending["correlation_id"], pending["thread_id"])
    assert (row["act"], row["body"]["kind"]) == ("INTEND", "infer.query.v1")


class Follower:
    """The published client's subscription, in its process; a context manager."""

    def __init__(self, command: list[str], environ: dict[str, str] | None = None) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._process = subprocess.Popen(command, **pipes, text=True, env=environ)  # type: ignore[call-overload]
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Follower:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next event that fits; those before it are kept in `events` too."""
        while True:
            event = self._lines.get(timeout=60)
            self.events.append(event)
            if wanted(event):
                return event

    def record(self, clock: int) -> None:
        """Wait for the record with this clock."""
        self.until(lambda event: event.get("record", {}).get("clock") == clock)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for an event of this name."""
        return self.until(lambda event: event.get("event") == name)

    def finish(self) -> dict[str, Any]:
        """End the subscription and return its last word."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.stdin = None
        last = self.event("closed")
        assert self._process.wait(30) == 0
        return last

    @property
    def clocks(self) -> list[int]:
        """The clocks of every record received so far, in order."""
        return [event["record"]["clock"] for event in self.events if "record" in event]


def emit(daemon: Daemon, *clocks: int) -> None:
    """Store one record per clock on the followed thread."""
    with Connection(daemon.url) as connection:
        for clock in clocks:
            assert connection.emit(record("th follow", clock=clock)).status == 201


def test_subscribes_and_resumes(peer: Peer, tmp_path: Path) -> None:
    """Each record arrives once and in order, across a restart, a kill, and what was stored in between."""
    with running_daemon(tmp_path) as daemon:
        port = daemon.port
        emit(daemon, 1, 2)
        follower = Follower(peer("follow", daemon.url, "th%20follow", "0"))
        with follower:
            follower.record(2)
            emit(daemon, 3)
            follower.record(3)
            assert follower.events[0] == {"event": "open"}
            assert {"event": "heartbeat"} in follower.events

            assert daemon.terminate()[0] == 0
            follower.event("server_shutdown")
            with running_daemon(tmp_path, port=port) as restarted:
                emit(restarted, 4, 5)
                follower.record(5)
                emit(restarted, 6)
                follower.record(6)
                restarted.kill()
                follower.event("transport_error")
            with running_daemon(tmp_path, port=port) as last:
                emit(last, 7)
                follower.record(7)
                closed = follower.finish()
    assert follower.clocks == [1, 2, 3, 4, 5, 6, 7]
    assert closed["cursor"] == "7"


def test_subscribes_with_its_token(peer: Peer) -> None:
    """Where a token is needed, the one that the published client sends with a stream is taken, no other."""
    with LocalDaemon(auth=True) as daemon:
        with Connection(daemon.url, token=daemon.token) as connection:
            assert connection.emit(record("th follow", clock=1)).status == 201
        command = peer("follow", daemon.url, "th%20follow", "0")
        with Follower(command, contributor(daemon)) as follower:
            follower.record(1)
            follower.finish()
        with Follower(command) as stranger:
            assert stranger.event("transport_error")["message"].startswith("HTTP 401")


def test_resumes_before_any_record(peer: Peer, tmp_path: Path) -> None:
    """A live subscription that is cut off before its first record gets what was stored in between."""
    with running_daemon(tmp_path) as daemon:
        port = daemon.port
        emit(daemon, 1)
        with Follower(peer("follow", daemon.url, "th%20follow")) as follower:
            follower.event("heartbeat")
            daemon.kill()
            follower.event("transport_error")
            with running_daemon(store=daemon.store) as elsewhere:
                emit(elsewhere, 2)
            with running_daemon(port=port, store=daemon.store):
                follower.record(2)
                follower.finish()
    assert follower.clocks == [2]
