"""The command line of this process, as every user of the machine can read it."""

from __future__ import annotations

import sys
from pathlib import Path

_SELF = Path("/proc/self")
# Counted from behind the name of the program, which may hold spaces and brackets.
_BEGIN, _END = 45, 46


def hide_argument(*secrets: str) -> None:
    """Overwrite secrets on the command line of this process, where the system lets it.

    Linux shows the memory in which the arguments were handed over; elsewhere this does nothing. Until it is
    called the secret can be read, so an environment variable or a password file is the better place.

    Args:
        secrets: Texts that may be part of an argument.
    """
    if not secrets or not sys.platform.startswith("linux"):
        return
    try:
        fields = (_SELF / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        begin, end = int(fields[_BEGIN]), int(fields[_END])
        with (_SELF / "mem").open("r+b", buffering=0) as memory:
            memory.seek(begin)
            shown = memory.read(end - begin)
            hidden = shown
            for secret in secrets:
                text = secret.encode()
                hidden = hidden.replace(text, b"*" * len(text))
            if hidden != shown:
                memory.seek(begin)
                memory.write(hidden)
    except (OSError, ValueError, IndexError):
        return  # the system keeps this from us: nothing can be done, and nothing else depends on it
