"""A console that tells when its reader has left, instead of ending the process itself."""

from __future__ import annotations

import errno
from typing import NoReturn

from rich.console import Console


class PipeConsole(Console):
    """rich's console, whose own answer to a closed pipe is to exit with 1."""

    def on_broken_pipe(self) -> NoReturn:
        """Let the one place that knows exit codes decide."""
        raise BrokenPipeError(errno.EPIPE, "the reader has left")
