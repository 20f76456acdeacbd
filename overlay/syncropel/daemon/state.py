"""The note a daemon leaves beside its store: who serves it, and where.

It names the process by id *and* start time, because an id alone may belong to a stranger by now. The note
only informs; what keeps a second daemon off the file is the store's own lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Settings


@dataclass(frozen=True)
class State:
    """What a running daemon says of itself.

    Attributes:
        pid: Its process id.
        started: When the process started, in the operating system's own notation.
        url: Where it answers.
        version: Version of this package that it runs.
        store: The URL of its store.
        auth: Whether callers need a token.
        tls: Whether it speaks TLS.
        host: The address it listens on.
        arguments: The options it was started with.
    """

    pid: int
    started: str
    url: str
    version: str
    store: str
    # Notes of daemons that could have neither lack these.
    auth: bool = False
    tls: bool = False
    host: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def door(self) -> str:
        """Say in a few words who may enter, and whether others can listen."""
        who = "tokens needed" if self.auth else "no authentication"
        return f"{who}, {'TLS' if self.tls else 'plain HTTP'}"

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return process_started(self.pid) == self.started


def read_state(path: Path) -> State | None:
    """Return the note of the daemon that runs; None when the note is absent, stale or broken."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        state = State(**{**note, "arguments": tuple(note.get("arguments", ()))})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return state if state.alive else None


def find_states(path: Path, pattern: str) -> list[State]:
    """Return the notes of the daemons that run, in the order of their addresses.

    Args:
        path: The folder.
        pattern: What the names of the notes match.
    """
    found = [read_state(each) for each in path.glob(pattern)]
    return sorted((state for state in found if state is not None), key=lambda state: state.url)


def write_state(path: Path, *, url: str, version: str, settings: Settings) -> State:
    """Note down this process's daemon; a reader sees the old note or the new one, never half of one.

    Raises:
        OSError: The folder cannot be written.
    """
    pid = os.getpid()
    state = State(
        pid,
        process_started(pid) or "",
        url,
        version,
        settings.store.url,
        settings.authenticated,
        settings.tls,
        settings.host,
        tuple(settings.arguments()),
    )
    draft = path.with_name(f"{path.name}.{pid}")
    draft.write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return state


def remove_state(path: Path, state: State) -> None:
    """Remove the note if it is still `state`'s; another daemon's note stays."""
    if read_state(path) == state:
        with contextlib.suppress(OSError):
            path.unlink()


def process_started(pid: int) -> str | None:
    """Return when a process started, or None when there is no such process (a zombie is none).

    The text is only ever compared with another one of the same machine.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _started_by_ps(pid)
    if fields[0] in "ZX":
        return None
    # The start is counted from the boot, so the same number may come back after the next one.
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{boot}+{fields[19]}"


def _started_by_ps(pid: int) -> str | None:
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    status, _, started = shown.stdout.strip().partition(" ")
    return started.strip() if status and not status.startswith("Z") else None
