"""Secrets on a command line: asked for without echo, taken from a pipe, shown once, never an argument."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from .session import Session

TokenStdin = Annotated[bool, typer.Option("--token-stdin", help="Read the token from stdin.")]
Save = Annotated[
    bool, typer.Option("--save", help="Keep the token as your login for the endpoint instead of showing it.")
]
_MOST_BYTES = 64 * 1024


def hidden(question: str) -> str | None:
    """Ask on the terminal without echo; None where there is no terminal to ask on."""
    try:
        # The terminal itself, not stdin: a body may come in there.
        os.close(os.open(os.ctermid(), os.O_RDWR | os.O_NOCTTY))
    except (OSError, AttributeError):
        if not sys.stdin.isatty():
            return None
    try:
        return getpass.getpass(question)
    except EOFError:
        return ""


def new_passphrase() -> str:
    """Return a passphrase for a new key: of the environment, else asked for twice.

    Raises:
        UsageError: There is none, or the two differ.
    """
    from ..keys.material import ENV_PASSPHRASE

    given = os.environ.get(ENV_PASSPHRASE) or hidden("passphrase for the new key: ")
    if not given:
        raise UsageError(f"--encrypt: no passphrase; type one, or set {ENV_PASSPHRASE}")
    if not os.environ.get(ENV_PASSPHRASE) and hidden("the same again: ") != given:
        raise UsageError("--encrypt: the two passphrases differ; nothing was written")
    return given


def token_of(session: Session, *, stdin: bool, argument: str | None = None, verb: str = "login") -> str:
    """Return the token that a user hands over: piped in, or typed without echo.

    Raises:
        UsageError: It was given as an argument, or there is none.
        ConfigurationError: It holds what no header can carry.
    """
    from ..transport.auth import check_token

    if argument is not None or session.options.api_key is not None:
        raise UsageError(
            "a token on the command line stays in the shell's history and is seen by other users of this "
            f"machine: run `spl {verb}` and paste it, or pipe it into `spl {verb} --token-stdin`"
        )
    if stdin and not sys.stdin.isatty():
        text: str | None = sys.stdin.read(_MOST_BYTES)
    else:
        text = hidden(f"token for {session.settings().endpoint}: ")
        if text is None:
            raise UsageError(
                f"there is no terminal to ask on: pipe the token into `spl {verb} --token-stdin`"
            )
    token = (text or "").strip()
    if not token:
        raise UsageError("no token was given: `spl service-account bootstrap` makes the first one")
    return check_token(token, "the token")


def hand_over(session: Session, facts: dict[str, Any], token: str, said: str, *, save: bool) -> None:
    """Give a new token to the user, this once: kept as the login for the endpoint, or shown.

    Args:
        session: The run.
        facts: What was made, for `--json`; the token is added to it.
        token: The secret.
        said: What was made, for people.
        save: Whether to keep it.
    """
    endpoint = session.settings().endpoint
    kept = _kept(session, endpoint, token) if save else None
    if session.json:
        session.document({**facts, "token": token if kept is None else None, "saved": kept})
        return
    session.say(said)
    if kept is not None:
        session.say(f"its token is your login for {endpoint} now, in {kept}; it is not shown")
        return
    session.say("")
    session.say(token)
    session.say("")
    session.say("That is its token, shown this once: keep it now, nobody can show it again.")
    session.say(f"To use it here: spl login --endpoint {endpoint}")


def keep(endpoint: str, token: str) -> str:
    """Keep a token as the login for an endpoint and return the file's name.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    from ..keys import credentials

    return str(credentials.write(credentials.origin_of(endpoint), token))


def _kept(session: Session, endpoint: str, token: str) -> str | None:
    try:
        return keep(endpoint, token)
    except (ConfigurationError, OSError) as error:
        # It exists only here now: shown after all, or it would be lost.
        session.note(f"the token could not be kept and is shown instead: {error}")
        return None
