"""`python -m syncropel.daemon`: the daemon without the command line's packages."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from dataclasses import replace

from . import log
from .errors import DaemonError
from .serve import run
from .settings import Settings


def main(argv: list[str] | None = None) -> int:
    """Run the daemon in the foreground; return the exit code."""
    arguments = _parser().parse_args(argv)
    log.configure()
    parent = Parent(arguments.detach)
    try:
        parent.leave()
        settings = Settings.resolve(
            arguments.host,
            arguments.port,
            arguments.store,
            access_log=arguments.access_log,
            config=arguments.config,
            auth=arguments.auth,
            tls_cert=arguments.tls_cert,
            tls_key=arguments.tls_key,
            require_tls=arguments.require_tls,
            cors_origins=arguments.cors_origin,
            rate_limit=arguments.rate_limit,
            require_signatures=arguments.require_signatures,
            did_web_hosts=arguments.did_web_host,
            audiences=arguments.audience,
        )
        settings = replace(settings, detached=arguments.detach is not None)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m syncropel.daemon", description="Run the Syncropel daemon."
    )
    parser.add_argument("--host", help="numeric address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="TCP port, 0 for a free one (9100)")
    parser.add_argument("--store", help="sqlite:///PATH or memory: (a file in the user's data folder)")
    parser.add_argument("--config", help="configuration file, JSON (none)")
    parser.add_argument("--access-log", action="store_true", help="log every request")
    _add_door(parser)
    parser.add_argument("--detach", type=int, metavar="FD", help=argparse.SUPPRESS)
    return parser


def _add_door(parser: argparse.ArgumentParser) -> None:
    """Add the options that say who may enter."""
    add = parser.add_argument
    add("--auth", action=argparse.BooleanOptionalAction, help="callers need a token (off this machine)")
    add("--insecure-localhost", dest="auth", action="store_false", help="the same as --no-auth")
    parser.set_defaults(auth=None)
    add("--tls-cert", metavar="FILE", help="certificate chain, PEM (none: plain HTTP)")
    add("--tls-key", metavar="FILE", help="its private key, PEM")
    add("--require-tls", action="store_true", help="refuse plain HTTP off this machine")
    add("--cors-origin", action="append", default=[], metavar="ORIGIN", help="whose pages may call")
    add("--rate-limit", type=float, metavar="N", help="requests per second and token, 0 for any")
    add("--require-signatures", action="store_true", help="refuse records without a signature")
    add(
        "--did-web-host",
        action="append",
        default=[],
        metavar="HOST",
        help="whose DID documents may be private",
    )
    add("--audience", action="append", default=[], metavar="NAME", help="a name for self-issued tokens")


if __name__ == "__main__":
    sys.exit(main())
