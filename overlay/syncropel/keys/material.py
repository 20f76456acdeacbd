"""Secrets in memory: held so that no text shows them, and passphrases from wherever they come."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ConfigurationError, UsageTypeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

ENV_PASSPHRASE = "SYNCROPEL_KEY_PASSPHRASE"  # noqa: S105 - the variable's name
"""The environment variable that opens an encrypted key when no passphrase is given."""

Passphrase: TypeAlias = "str | bytes | Callable[[], str | bytes | None] | Hidden | None"  # noqa: S105


class Hidden:
    """A value that shows nothing of itself: not in `repr`, a traceback with locals, a pickle or a copy.

    What a caller gives is wrapped before it is looked at, because the error about it is raised where the
    argument is still a local.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def kind(self) -> str:
        """The name of the value's type."""
        return type(self._value).__name__

    def as_given(self) -> Any:
        """Return the value. Pass it on; do not bind it to a name that a traceback could show."""
        return self._value

    def __repr__(self) -> str:
        return "<held back>"

    def __reduce__(self) -> NoReturn:
        raise UsageTypeError("a secret is not pickled: the copy would carry it in the clear")

    def __copy__(self) -> Hidden:
        return self

    def __deepcopy__(self, memo: Any) -> Hidden:
        return self


class Held(Hidden):
    """Secret bytes."""

    __slots__ = ()

    def reveal(self) -> bytes:
        """Return the bytes. Pass them on; do not bind them to a name that a traceback could show."""
        data: bytes = self._value
        return data


def hidden(passphrase: Passphrase) -> Hidden | Callable[[], Any] | None:
    """Return a passphrase so that no local shows it."""
    if passphrase is None or isinstance(passphrase, Hidden) or callable(passphrase):
        return passphrase
    return Hidden(passphrase)


def passphrase_of(given: Hidden | Callable[[], Any] | None) -> Held | None:
    """Return the passphrase that was given, or the environment's, or None where there is neither.

    Raises:
        ConfigurationError: It is of another type, or what was called for it failed or returned one; the
            message shows neither the passphrase nor the failure's text.
    """
    source, chosen = "passphrase", given
    if callable(chosen):
        source, chosen = "what passphrase() returned", _called(chosen)
    if chosen is None or chosen.as_given() is None:
        chosen = Hidden(os.environ.get(ENV_PASSPHRASE) or None)
    if isinstance(chosen.as_given(), str):
        return Held(chosen.as_given().encode("utf-8", "surrogateescape"))
    if isinstance(chosen.as_given(), (bytes, bytearray)):
        return Held(bytes(chosen.as_given()))
    if chosen.as_given() is None:
        return None
    raise ConfigurationError(f"{source} must be a string or bytes, not {chosen.kind}")


def _called(ask: Callable[[], Any]) -> Hidden:
    try:
        return Hidden(ask())
    except Exception as error:  # noqa: BLE001 - the caller's function: its failure may quote what was typed
        failure = type(error).__name__
    raise ConfigurationError(f"passphrase() raised {failure}")
