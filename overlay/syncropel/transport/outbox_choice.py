"""Whether a client has an outbox, and what goes into it; the outbox itself is loaded where there is one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigurationError, UsageTypeError
from ..rules.signatures import ROTATION_KIND
from .retry import is_retried_status

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from .outbox import Outbox

    OutboxChoice: TypeAlias = bool | str | os.PathLike[str] | Outbox | None

ENV_OUTBOX = "SYNCROPEL_OUTBOX"
_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no", "off")


class FlushResult(NamedTuple):
    """What `flush` came to. True when nothing waits any more.

    Attributes:
        delivered: Records that were delivered.
        dead: Records that the server refused for good.
        waiting: Records of this client that still wait; None when the file cannot be read.
        error: Why, or None.
    """

    delivered: int
    dead: int
    waiting: int | None
    error: str | None

    def __bool__(self) -> bool:
        return self.waiting == 0


def environment_path(environ: Mapping[str, str] | None = None) -> Path | None:
    """Return the path that `SYNCROPEL_OUTBOX` names; None when it names none."""
    from pathlib import Path

    text = (os.environ if environ is None else environ).get(ENV_OUTBOX, "")
    return None if text.lower() in (*_NO, *_YES) else Path(text).expanduser().absolute()


def resolve_outbox(
    given: OutboxChoice, environ: Mapping[str, str] | None = None
) -> tuple[Outbox | None, bool]:
    """Return the outbox a client uses, and whether the client made it (and closes it).

    Args:
        given: The client's argument: an outbox, a path, True for the default path, False for none; None
            leaves it to `SYNCROPEL_OUTBOX`: a path, or 1 or 0.
        environ: The environment.

    Raises:
        ConfigurationError: Its file cannot be used.
        UsageTypeError: The argument is nothing of these (a `TypeError`).
    """
    env = os.environ if environ is None else environ
    if given is None:
        text = env.get(ENV_OUTBOX, "")
        given = text.lower() not in _NO and (environment_path(env) or True)
    if given is False:
        return None, False
    from .outbox import Outbox

    if isinstance(given, Outbox):
        given.open()
        return given, False
    if given is not True and not isinstance(given, (str, os.PathLike)):
        raise UsageTypeError(f"outbox must be True, a path or an Outbox, not {type(given).__name__}")
    if given == "":
        raise ConfigurationError("outbox is an empty path; give a file, or True for the default one")
    made = Outbox(None if given is True else given)
    made.open()
    return made, True


def is_keepable(wire: Mapping[str, Any]) -> bool:
    """Say whether a record may wait at all.

    A change of keys may not: the client signs by the new key only once the server knows it, so it has to be
    known at once whether it does.
    """
    return bool(wire["body"].get("kind") != ROTATION_KIND)


def is_kept(status: int | None) -> bool:
    """Say whether a record that was not delivered belongs in the outbox.

    Args:
        status: HTTP status of the last answer; None when none arrived.

    Returns:
        True for a failure that may pass: no answer, 408, 425, 429 and every 5xx. A refusal of the record, of
        the token or of the address is not kept: waiting mends none of them, and the caller learns it at once.
    """
    return status is None or status >= 500 or is_retried_status(status)
