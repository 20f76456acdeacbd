"""The key of a store's tokens: 32 random bytes, which every daemon of the store needs.

Tokens are stored as a keyed hash. Beside a SQLite file the key is in a file of its own: a copy of the
database without it tells nothing about the tokens, and a database put beside another key knows none of them.
Of a database that several machines serve, the key is in the database unless a file is named for it. A mark of
it is there in any case, so that no daemon with another key begins to refuse the tokens of all the others.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..kernel.store.base import Store
from ..keys.files import read_secret_file, write_secret_file
from ..rules.tokens import TOKEN_KEY_BYTES
from .errors import DaemonError

if TYPE_CHECKING:
    from .settings import Settings

SUFFIX = ".token-key"
_WHAT = "token-key"
_KEY, _MARK = "token_key", "token_key_mark"


def token_key(settings: Settings, store: Store) -> bytes:
    """Return the key of a store's tokens, made at the first call; a store in memory has a new one each time.

    A file holds it as hexadecimal digits, and only its owner may read it (0600).

    Args:
        settings: Name the store, and the file if there is one.
        store: The store, open.

    Raises:
        DaemonError: The file cannot be made or read, others can read it, it holds something else, or another
            key than that of the other daemons.
    """
    if settings.store.database is not None:
        return _shared(settings, store)
    if settings.token_key is not None:
        return _read(settings.token_key)
    if settings.store.path is None:
        return secrets.token_bytes(TOKEN_KEY_BYTES)
    path = key_path(settings.store.path)
    if not path.exists():
        _create(path)
    return _read(path)


def key_path(store: Path) -> Path:
    """Return where the key of a store in this file is."""
    return store.with_name(store.name + SUFFIX)


def _shared(settings: Settings, store: Store) -> bytes:
    from ..kernel.store.postgres import PostgresStore
    from ..kernel.store.postgres_claims import keep_secret

    if not isinstance(store, PostgresStore):
        raise TypeError(f"a database is served by a PostgresStore, not by {type(store).__name__}")
    if settings.token_key is not None:
        key = _read(settings.token_key)
    else:
        key = bytes.fromhex(keep_secret(store.direct, _KEY, secrets.token_hex(TOKEN_KEY_BYTES)))
    mark = hashlib.sha256(b"syncropel token key\0" + key).hexdigest()[:16]
    if keep_secret(store.direct, _MARK, mark) != mark:
        given = "the one in the database" if settings.token_key is None else f"that in {settings.token_key}"
        raise DaemonError(
            f"the tokens of {settings.store} are kept under another key than {given}: start every daemon of "
            "this store with the same --token-key FILE, or all of them without one"
        )
    return key


def _read(path: Path) -> bytes:
    try:
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


def _create(path: Path) -> None:
    try:
        write_secret_file(path, secrets.token_hex(TOKEN_KEY_BYTES).encode() + b"\n", what=_WHAT)
    except ConfigurationError as error:
        # Another process may have made it meanwhile, and the first one's stays.
        if not path.exists():
            raise DaemonError(str(error)) from error
