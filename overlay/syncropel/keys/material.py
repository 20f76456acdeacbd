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

Passphrase: TypeAlias = "str | bytes | Callable[[], str | bytes | None] | None"  # noqa: S105


class Held:
    """Bytes that show nothing of themselves: not in `repr`, a traceback with locals, a pickle or a copy."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def reveal(self) -> bytes:
        """Return the bytes. Pass them on; do not bind them to a name that a traceback could show."""
        return self._data

    def __repr__(self) -> str:
        return "<held back>"

    def __reduce__(self) -> NoReturn:
        raise UsageTypeError("a secret is not pickled: the copy would carry it in the clear")

    def __copy__(self) -> Held:
        return self

    def __deepcopy__(self, memo: Any) -> Held:
        return self


def passphrase_of(given: Passphrase) -> Held | None:
    """Return the passphrase that was given, or the environment's, or None where there is neither.

    Raises:
        ConfigurationError: It is of another type, or what was called for it failed or returned one; the
            message shows neither the passphrase nor the failure's text.
    """
    source = "passphrase"
    if callable(given):
        given, source = _called(given), "what passphrase() returned"
    if given is None:
        given = os.environ.get(ENV_PASSPHRASE) or None
    if isinstance(given, str):
        return Held(given.encode("utf-8", "surrogateescape"))
    if isinstance(given, (bytes, bytearray)):
        return Held(bytes(given))
    if given is None:
        return None
    raise ConfigurationError(f"{source} must be a string or bytes, not {type(given).__name__}")


def _called(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - the caller's function: its failure may quote what was typed
        failure = type(error).__name__
    raise ConfigurationError(f"passphrase() raised {failure}")
