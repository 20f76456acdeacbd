"""The key of a store's tokens: 32 random bytes in a file of its own beside the store.

Tokens are stored as a keyed hash. A copy of the database without this file tells nothing about them, and a
database put beside another key knows none of them.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from ..errors import ConfigurationError
from ..keys.files import read_secret_file, write_secret_file
from ..rules.tokens import TOKEN_KEY_BYTES
from .errors import DaemonError
from .store_url import StoreLocation

SUFFIX = ".token-key"
_WHAT = "token-key"


def token_key(store: StoreLocation) -> bytes:
    """Return the key of a store's tokens, made at the first call; a store in memory has a new one each time.

    The file holds it as hexadecimal digits, and only its owner may read it (0600).

    Raises:
        DaemonError: The file cannot be made or read, others can read it, or it holds something else.
    """
    if store.path is None:
        return secrets.token_bytes(TOKEN_KEY_BYTES)
    path = key_path(store.path)
    try:
        if not path.exists():
            _create(path)
        text = read_secret_file(path, _WHAT).reveal()
    except ConfigurationError as error:
        raise DaemonError(str(error)) from error
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != TOKEN_KEY_BYTES:
        raise DaemonError(
            f"{path} does not hold the key of the tokens ({2 * TOKEN_KEY_BYTES} hexadecimal digits): put the "
            "right file back, or remove it, which ends every token of this store"
        )
    return key


def key_path(store: Path) -> Path:
    """Return where the key of a store in this file is."""
    return store.with_name(store.name + SUFFIX)


def _create(path: Path) -> None:
    try:
        write_secret_file(path, secrets.token_hex(TOKEN_KEY_BYTES).encode() + b"\n", what=_WHAT)
    except ConfigurationError:
        # Another process made it meanwhile, and the first one's stays.
        if not path.exists():
            raise
