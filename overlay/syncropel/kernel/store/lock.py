"""A lock on a side file, so that one process at a time writes to a database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import StoreLocked, StoreNotWritable


class FileLock:
    """Held from construction to `release`; the system drops it when the process dies.

    Args:
        path: The side file. It stays behind, empty of meaning when nobody holds the lock.
        owner: One line about the holder, which a refused process shows to its user.

    Raises:
        StoreLocked: Another process holds it; carries that process's `owner` line.
        StoreNotWritable: The side file cannot be created.
    """

    def __init__(self, path: Path, owner: str, database: str) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise StoreNotWritable(f"{database} cannot be opened for writing: {error.strerror}") from error
        try:
            _take(self._fd)
        except OSError as error:
            held_by = os.pread(self._fd, 4096, 0).decode("utf-8", "replace").strip() if _HAS_PREAD else ""
            os.close(self._fd)
            by = f" by {held_by}" if held_by else " by another process"
            raise StoreLocked(f"{database} is in use{by}", held_by) from error
        os.ftruncate(self._fd, 0)
        os.write(self._fd, owner.replace("\n", " ").encode())

    def release(self) -> None:
        """Give the lock up."""
        os.ftruncate(self._fd, 0)
        os.close(self._fd)

    def abandon(self) -> None:
        """Close the inherited descriptor in a forked child; the parent keeps the lock."""
        os.close(self._fd)


_HAS_PREAD = hasattr(os, "pread")

if sys.platform == "win32":
    import msvcrt

    def _take(fd: int) -> None:
        # A byte far behind the text, so that others can still read who holds the lock.
        os.lseek(fd, 1 << 20, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        os.lseek(fd, 0, os.SEEK_SET)

else:
    import fcntl

    def _take(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
