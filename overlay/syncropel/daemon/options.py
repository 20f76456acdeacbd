"""The daemon's options as words: `python -m syncropel.daemon` reads them, and so does a restart."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .settings import Settings


def parse_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the words of a command line; default those of this process.

    Raises:
        SystemExit: The words are not understood, or ask for help.
    """
    return _parser().parse_args(words)


def settings_of(given: argparse.Namespace, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that options stand for.

    Args:
        given: The options.
        environ: The environment to read; default this process's.

    Raises:
        DaemonError: A value is not one the daemon can work with.
    """
    settings = Settings.resolve(
        given.host,
        given.port,
        given.store,
        access_log=given.access_log,
        config=given.config,
        auth=given.auth,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        require_tls=given.require_tls,
        cors_origins=given.cors_origin,
        rate_limit=given.rate_limit,
        require_signatures=given.require_signatures,
        did_web_hosts=given.did_web_host,
        audiences=given.audience,
        token_key=given.token_key,
        environ=environ,
    )
    return replace(settings, detached=given.detach is not None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m syncropel.daemon", description="Run the Syncropel daemon."
    )
    add = parser.add_argument
    add("--host", help="numeric address to listen on (127.0.0.1)")
    add("--port", type=int, help="TCP port, 0 for a free one (9100)")
    add("--store", help="sqlite:///PATH, postgresql://… or memory: (a file in the user's data folder)")
    add("--config", help="configuration file, JSON (none)")
    add("--access-log", action="store_true", help="log every request")
    add("--auth", action=argparse.BooleanOptionalAction, help="callers need a token (off this machine)")
    add("--insecure-localhost", dest="auth", action="store_false", help="the same as --no-auth")
    parser.set_defaults(auth=None)
    add("--tls-cert", metavar="FILE", help="certificate chain, PEM (none: plain HTTP)")
    add("--tls-key", metavar="FILE", help="its private key, PEM")
    add("--require-tls", action="store_true", help="refuse plain HTTP off this machine")
    add("--cors-origin", action="append", default=[], metavar="ORIGIN", help="whose pages may call")
    add("--rate-limit", type=float, metavar="N", help="requests per second and token, 0 for any")
    add("--require-signatures", action="store_true", help="refuse records without a signature")
    add("--did-web-host", action="append", default=[], metavar="HOST", help="whose documents may be private")
    add("--audience", action="append", default=[], metavar="NAME", help="a name for self-issued tokens")
    add("--token-key", metavar="FILE", help="the key of the tokens (the store's own)")
    add("--detach", type=int, metavar="FD", help=argparse.SUPPRESS)
    return parser
