"""What accounts and tokens are given, as options: scopes, actors, a namespace, an environment, an end."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any

import typer

from ..errors import UsageError
from ..rules.scopes import PRESETS, SCOPES, check_scopes
from ..rules.tokens import DEFAULT_ENV, is_env

Scope = Annotated[
    list[str] | None,
    typer.Option(
        "--scope", metavar="SCOPE", show_default=False,
        help=f"{', '.join(SCOPES)}, thread:NAME:read, namespace:NS:write, ...; or reader, contributor, "
        "store, admin for a set of them; repeatable.",
    ),
]  # fmt: skip
Actor = Annotated[
    list[str] | None,
    typer.Option(
        "--actor", metavar="DID", show_default=False,
        help="Who it may write as besides itself; a trailing * stands for any ending; repeatable.",
    ),
]  # fmt: skip
Namespace = Annotated[
    str | None, typer.Option("--namespace", metavar="NS", help="Where it may read and write, and below.")
]
Env = Annotated[
    str | None, typer.Option("--env", metavar="NAME", help=f"A word in the token. Default: {DEFAULT_ENV}.")
]
Expires = Annotated[
    str | None,
    typer.Option("--expires", metavar="WHEN", help="90d, 12h, 30min, or a day such as 2030-01-31."),
]
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_LAST_SECOND = 253402300799
"""That of the year 9999, behind which there are no dates."""


def scopes_of(given: Sequence[str] | None) -> list[str] | None:
    """Return scopes, presets replaced by what they stand for; None when none were given.

    Raises:
        UsageError: One is neither.
    """
    if not given:
        return None
    words = [word for text in given for word in text.split(",") if word]
    try:
        return list(
            check_scopes([scope for word in words for scope in PRESETS.get(word, (word,))], "--scope")
        )
    except UsageError as error:
        raise UsageError(f"{error}; or a set of them: {', '.join(PRESETS)}") from None


def expiry_of(text: str | None, now: float | None = None) -> int | None:
    """Return the second since 1970 (UTC) at which something ends.

    Args:
        text: A number with a unit, or a day or a time as ISO 8601; without a zone it is UTC.
        now: What a number with a unit is counted from; default the present.

    Raises:
        UsageError: It is neither, or it is over.
    """
    if text is None:
        return None
    began = time.time() if now is None else now
    span = re.fullmatch(r"([0-9]{1,6})\s*(s|min|h|d|w|y)", text.strip())
    if span:
        moment = began + int(span[1]) * _UNITS[span[2]]
    else:
        try:
            # Python 3.10 does not know the Z.
            read = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
        except ValueError:
            raise UsageError(f"--expires: write 90d, 12h, 30min or 2030-01-31, not {text!r}") from None
        moment = (read if read.tzinfo else read.replace(tzinfo=timezone.utc)).timestamp()
    if moment > _LAST_SECOND:
        raise UsageError(f"--expires: {text!r} ends after the year 9999; leave it out for what never ends")
    if moment <= began:
        raise UsageError(f"--expires: {text!r} is over already")
    return int(moment)


def env_of(given: str | None) -> str:
    """Return the word that a token begins with.

    Raises:
        UsageError: It cannot stand in a token.
    """
    env = given or DEFAULT_ENV
    if not is_env(env):
        raise UsageError(f"--env: 1 to 16 of a-z and 0-9, not {env!r}")
    return env


def when(seconds: Any) -> str:
    """Return a time for people, in UTC; a dash for none. It comes in seconds, or as ISO 8601."""
    if isinstance(seconds, str) and seconds:
        return seconds[:16].replace("T", " ")
    if not seconds or isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return "-"
    if seconds > _LAST_SECOND:
        return "after 9999"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M")


def reach(row: Any) -> str:
    """Return in one line what an account may do, as whom, and where."""
    actors = ", ".join(row.get("actors") or ()) or "itself alone"
    return f"{', '.join(row.get('scopes') or ())} in {row.get('namespace', 'default')}, as {actors}"
