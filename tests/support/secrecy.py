"""No token may stay anywhere: after every test its files and its log are searched for the form of one.

The one place that keeps a token on purpose is the file of `spl login`, which has its own tests.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

TOKEN = re.compile(rb"spl_[a-z0-9]{1,16}_sa_[a-z0-9]{16}_[A-Za-z0-9]{32}")
KEPT_ON_PURPOSE = {"credentials.json"}
MOST_BYTES = 64 * 1024 * 1024


def tokens_in_files(folder: Path) -> list[str]:
    """Return the files below a folder that hold a token, as their paths inside it."""
    return [
        str(path.relative_to(folder))
        for path in _files(folder)
        if path.name not in KEPT_ON_PURPOSE and TOKEN.search(path.read_bytes())
    ]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_BYTES:
            yield path


class LogWatch(logging.Handler):
    """Remembers the lines of the log that hold a token, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Judge one line."""
        line = self.format(record)
        if TOKEN.search(line.encode("utf-8", "replace")):
            self.found.append(f"{record.name}: {record.msg}")
