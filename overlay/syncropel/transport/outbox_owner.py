"""Who delivers: a name for each deliverer by which other processes see whether it still lives."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def new_owner() -> str:
    """Return a name for a deliverer of this process."""
    return f"{_place()} {os.getpid()} {secrets.token_hex(8)}"


def is_gone(owner: str) -> bool:
    """Say whether the process that gave itself this name has ended, as far as this one can see.

    Of another machine or container nothing is known: its lease has to run out. A process id that was given to
    somebody else in the meantime looks alive, with the same effect.
    """
    place, _, rest = owner.partition(" ")
    pid = rest.partition(" ")[0]
    if place != _place() or not pid.isdigit() or os.name != "posix":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _place() -> str:
    """Return where process ids mean the same: this machine since its boot, and the container in it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except (OSError, ValueError):
        return socket.gethostname().replace(" ", "-")
