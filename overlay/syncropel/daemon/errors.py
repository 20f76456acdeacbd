"""Why a daemon cannot start or be reached: one clear line each, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import ConfigurationError


class DaemonError(ConfigurationError):
    """The daemon cannot be started, found or stopped as asked.

    The message is one line for people: what is wrong, where, and what to do; commands that mend it follow on
    lines of their own. Command lines print it on stderr and leave with `exit_code`.
    """

    exit_code = 2


def missing_extra() -> DaemonError:
    """Return the error for an installation without the server's packages."""
    return DaemonError("the daemon needs the 'daemon' extra: pip install 'syncropel[daemon]'")


def port_taken(host: str, port: int) -> DaemonError:
    """Return the error for an address that another program listens on."""
    return DaemonError(
        f"{host}:{port} is taken by another program: choose another port with --port (0 picks a free one)"
    )


def not_writable(folder: Path, reason: str) -> DaemonError:
    """Return the error for a folder in which the store cannot be kept."""
    return DaemonError(
        f"the folder {folder} cannot be written ({reason}): choose another store with --store sqlite:///PATH"
    )


def several_running(store: str, urls: Sequence[str]) -> DaemonError:
    """Return the error for a store of which several daemons on this machine could be meant."""
    return DaemonError(f"several daemons serve {store} here ({', '.join(urls)}): say which with --port")


def already_running(store: str, url: str, pid: int) -> DaemonError:
    """Return the error for a store that another daemon serves."""
    return DaemonError(
        f"{store} is served already at {url} (process {pid}): use it, or stop it (spl serve --stop)"
    )
