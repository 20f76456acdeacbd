"""A daemon in the background: start it and wait until it answers, find it, stop it, read its log."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import ssl
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from .errors import DaemonError, already_running, not_writable, several_running
from .options import parse_options, settings_of
from .settings import STATE_SUFFIX, Settings
from .state import State, find_states, process_started, read_state

_LOG_BYTES = 4 * 1024 * 1024
_POLL_SECONDS = 0.05
_KILL_GRACE_SECONDS = 5.0
_KEPT = (
    *("host", "access_log", "config", "auth", "tls_cert", "tls_key", "require_tls", "cors_origins"),
    *("rate_limit", "require_signatures", "did_web_hosts", "audiences", "token_key"),
)


@dataclass(frozen=True)
class Status:
    """What is known of a store's daemon.

    Attributes:
        state: Its note, or None when no daemon runs.
        answering: Whether it answered its readiness route just now.
    """

    state: State | None
    answering: bool


def start(settings: Settings, timeout: float = 30.0) -> State:
    """Start a daemon in the background and return once it answers.

    Args:
        settings: What to serve, and where.
        timeout: Seconds to wait for it.

    Raises:
        DaemonError: It could not start, with its own reason; or a daemon serves the store already.
    """
    if os.name != "posix":
        raise DaemonError("a daemon in the background needs a POSIX system: run `spl serve` without --daemon")
    running = read_state(settings.state_path)
    if running is not None:
        raise already_running(settings.store.url, running.url, running.pid)
    told = _spawn(settings, timeout)
    if "error" in told:
        raise DaemonError(told["error"])
    state = read_state(replace(settings, port=urlsplit(told["url"]).port or settings.port).state_path)
    if state is None:
        raise DaemonError(f"the daemon ended before it was ready; see {settings.log_path}")
    return state


def stop(settings: Settings) -> State | None:
    """Stop the store's daemon and wait for its end; return what ran, or None when nothing did.

    It drains first; when it does not end in the time allowed for that, it is killed, which loses nothing that
    was acknowledged.
    """
    state = _find(settings)
    if state is not None:
        _end(state, settings)
    return state


def _end(state: State, settings: Settings) -> None:
    _signal(state, signal.SIGTERM)
    if not _ended(state, settings.drain_seconds + _KILL_GRACE_SECONDS):
        _signal(state, getattr(signal, "SIGKILL", signal.SIGTERM))
        if not _ended(state, _KILL_GRACE_SECONDS):
            raise DaemonError(f"process {state.pid} did not end when it was killed")


def status(settings: Settings) -> Status:
    """Return whether a daemon serves the store, where, and whether it answers."""
    state = _find(settings)
    return Status(state, state is not None and _answers(state.url))


def restart(settings: Settings, timeout: float = 30.0) -> State:
    """Stop the store's daemon, if one runs, and start it again; what is not said anew stays as it was.

    A daemon that asks for tokens would ask for none after a restart otherwise, for want of a word.

    Raises:
        DaemonError: It could not be stopped or started.
    """
    before = _find(settings)
    if before is not None:
        # Before the old one is stopped: what cannot be started again goes on.
        settings = _as_before(settings, before)
        _end(before, settings)
    return start(settings, timeout)


def _find(settings: Settings) -> State | None:
    """Return the note of the store's daemon, None when none runs.

    Raises:
        DaemonError: Several on this machine serve the database, and no port says which is meant.
    """
    database = settings.store.database
    if database is None or (settings.port_given and settings.port):
        return read_state(settings.state_path)
    found = find_states(settings.state_path.parent, f"{database.mark}-*{STATE_SUFFIX}")
    if len(found) > 1:
        raise several_running(settings.store.url, [state.url for state in found])
    return found[0] if found else None


def _as_before(settings: Settings, before: State) -> Settings:
    fresh = Settings(settings.store)
    old = settings_of(parse_options(before.arguments), environ={}) if before.arguments else fresh
    kept = {name: getattr(old, name) for name in _KEPT if getattr(settings, name) == getattr(fresh, name)}
    if not settings.port_given:
        kept["port"] = urlsplit(before.url).port or settings.port
    return replace(settings, **kept)


def logs(settings: Settings, *, follow: bool = False, lines: int = 200) -> Iterator[str]:
    """Return the last lines of the log of the daemon in the background, without their line ends.

    Args:
        settings: Names the store.
        follow: Go on with what is written from now on, until the caller stops.
        lines: How many of the old lines to begin with.

    Raises:
        DaemonError: There is no log.
    """
    path = _newest_log(settings)
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DaemonError(f"there is no log at {path}: no daemon was started with --daemon") from error
    # Read before the first line is asked for, so that "from now on" means the call.
    old = [line.rstrip("\n") for line in deque(file, maxlen=lines)]
    return _read_on(file, old, follow)


def _newest_log(settings: Settings) -> Path:
    """Return the log of the store's daemon; of several on one database, that which was written last."""
    path, database = settings.log_path, settings.store.database
    if database is None or (settings.port_given and settings.port):
        return path
    pattern = f"{database.mark}-*{path.suffixes[-2]}{path.suffix}"
    return max(path.parent.glob(pattern), key=lambda each: each.stat().st_mtime, default=path)


def _read_on(file: IO[str], old: list[str], follow: bool) -> Iterator[str]:
    with file:
        yield from old
        rest = ""
        while follow:
            rest += file.readline()
            if rest.endswith("\n"):
                yield rest.rstrip("\n")
                rest = ""
            else:
                time.sleep(_POLL_SECONDS)


def _spawn(settings: Settings, timeout: float) -> dict[str, Any]:
    """Start `python -m syncropel.daemon --detach` and return what it says of itself through a pipe."""
    reader, writer = os.pipe()
    try:
        command = [sys.executable, "-m", "syncropel.daemon", "--detach", str(writer)]
        command += settings.arguments()
        with _open_log(settings.log_path) as log:
            # It forks and ends at once, so that the daemon is nobody's child and leaves no zombie.
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writer,),
                check=False,
                env={**os.environ, **settings.environment()},
            )
    finally:
        os.close(writer)
    try:
        return _read_note(reader, timeout, settings)
    finally:
        os.close(reader)


def _read_note(reader: int, timeout: float, settings: Settings) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    text = b""
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            _abandon(text)
            raise DaemonError(f"the daemon was not ready within {timeout:g} s; see {settings.log_path}")
        part = os.read(reader, 65536)
        text += part
        if not part:
            break
    told = _told(text)
    if told.keys() <= {"pid"}:
        return {"error": f"the daemon ended before it was ready; see {settings.log_path}"}
    return told


def _told(text: bytes) -> dict[str, Any]:
    """Return what the whole lines of the notes say together."""
    told: dict[str, Any] = {}
    for line in text.splitlines(keepends=True):
        if line.endswith(b"\n"):
            told.update(json.loads(line))
    return told


def _abandon(text: bytes) -> None:
    """Kill a daemon that did not become ready, and wait until it has let go of its store."""
    pid = _told(text).get("pid")
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _KILL_GRACE_SECONDS
    while process_started(pid) is not None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _open_log(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))
        return path.open("ab")
    except OSError as error:
        raise not_writable(path.parent, error.strerror or str(error)) from error


def _signal(state: State, number: int) -> None:
    if state.alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, number)


def _ended(state: State, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process_started(state.pid) == state.started:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _answers(url: str) -> bool:
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=2.0)
    if address.scheme == "https":
        # Whether it answers is all that is asked, of a process that is known: its certificate may name
        # another host than this machine's own, and nothing secret is sent.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection(address.hostname or "", address.port, timeout=2.0, context=context)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
