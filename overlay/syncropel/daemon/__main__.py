"""`python -m syncropel.daemon`: the daemon without the command line's packages."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from . import log
from .errors import DaemonError
from .options import parse_options, settings_of
from .serve import run
from .settings import Settings


def main(argv: list[str] | None = None) -> int:
    """Run the daemon in the foreground; return the exit code."""
    given = parse_options(argv)
    log.configure()
    parent = Parent(given.detach)
    try:
        parent.leave()
        settings = settings_of(given)
        return run(settings, lambda url: _announce(url, settings, parent))
    except DaemonError as error:
        parent.tell(error=str(error))
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


class Parent:
    """The process that started this one in the background and waits to hear of it.

    Args:
        pipe: Descriptor to write notes to, or None when this daemon runs in the foreground.
    """

    def __init__(self, pipe: int | None) -> None:
        self._pipe = pipe

    def leave(self) -> None:
        """Become nobody's child, in a session of one's own: a terminal that closes takes nothing along."""
        if self._pipe is None:
            return
        child = os.fork()
        if child > 0:
            # Told by the one that the starter waits for: whoever gives up early knows whom to kill.
            os.write(self._pipe, json.dumps({"pid": child}).encode() + b"\n")
            os._exit(0)
        os.setsid()
        os.set_inheritable(self._pipe, False)

    def tell(self, **note: str) -> None:
        """Say the last word: the address, or the reason of a failure."""
        if self._pipe is not None:
            with suppress(BrokenPipeError):  # it no longer waits
                os.write(self._pipe, json.dumps(note).encode() + b"\n")
            os.close(self._pipe)
            self._pipe = None


def _announce(url: str, settings: Settings, parent: Parent) -> None:
    print(f"syncropel daemon on {url} (store {settings.store})", flush=True)
    parent.tell(url=url)


if __name__ == "__main__":
    sys.exit(main())
