"""The tokens that `spl login` keeps: one for each origin, in a file that its owner alone can read (0600).

The file is `credentials.json` in the user's configuration folder (`~/.config/syncropel` on Linux). A token is
handed out for the origin it was kept for and for no other: scheme, host and port must be the same.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import ConfigurationError, MissingExtraError
from .files import read_secret_file, write_secret_file
from .material import Held

FILE_NAME = "credentials.json"
FORMAT = 1
_WHAT = "credential"
_EMPTY = b'{"format": 1, "tokens": {}}'
_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(endpoint: str) -> str:
    """Return `scheme://host:port` of an endpoint, in lower case, its port always written.

    Raises:
        ConfigurationError: The endpoint names no host.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError as error:
        raise ConfigurationError(f"the endpoint is no URL: {error}") from None
    if not parts.scheme or not host:
        raise ConfigurationError("the endpoint names no host; write it as https://HOST:PORT")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}" if port else f"{parts.scheme}://{shown}"


def credentials_path(folder: Path | None = None) -> Path:
    """Return the file, in the user's configuration folder or the one given.

    Raises:
        MissingExtraError: `platformdirs`, which knows the folder, is not installed.
    """
    if folder is None:
        try:
            from platformdirs import user_config_path
        except ImportError:
            raise MissingExtraError("the user's configuration folder", "cli") from None
        folder = Path(user_config_path("syncropel", appauthor=False))
    return folder / FILE_NAME


def read(origin: str, *, folder: Path | None = None) -> str | None:
    """Return the token that is kept for an origin, or None.

    Raises:
        ConfigurationError: The file cannot be read, is open to others, or is damaged.
    """
    return _parsed(_held(credentials_path(folder))).get(origin)


def write(origin: str, token: str, *, folder: Path | None = None) -> Path:
    """Keep a token for an origin, in place of the one kept before; return the file.

    Raises:
        ConfigurationError: The file cannot be read or written, or is damaged.
    """
    kept = Held(token.encode("utf-8"))
    del token  # a traceback with the values of locals would show it, here and below
    path = credentials_path(folder)
    with _alone(path):
        write_secret_file(path, _changed(_held(path), origin, kept), overwrite=True, what=_WHAT)
    return path


def forget(origin: str, *, folder: Path | None = None) -> bool:
    """Drop the token of an origin; return whether there was one.

    Raises:
        ConfigurationError: The file cannot be read or written, or is damaged.
    """
    path = credentials_path(folder)
    if not path.exists():
        return False
    with _alone(path):
        held = _held(path)
        if origin not in _parsed(held):
            return False
        write_secret_file(path, _changed(held, origin, None), overwrite=True, what=_WHAT)
    return True


def find(endpoint: str, *, folder: Path | None = None) -> str:
    """Return the token that is kept for an endpoint's origin.

    Raises:
        ConfigurationError: There is none; the message has the command that makes one.
    """
    way = f"spl login --endpoint {endpoint}"
    try:
        token = read(origin_of(endpoint), folder=folder)
    except MissingExtraError as error:
        raise ConfigurationError(
            f"api_key='auto' finds no token in the environment (SYNCROPEL_API_KEY, SPL_TOKEN), and {error}"
        ) from None
    if token is None:
        raise ConfigurationError(
            "api_key='auto' finds no token: neither in SYNCROPEL_API_KEY or SPL_TOKEN, nor kept for "
            f"{origin_of(endpoint)}; to keep one: {way}"
        )
    return token


def _held(path: Path) -> Held:
    """Return what the file holds, checked; a missing one holds nothing."""
    if not path.exists():
        return Held(_EMPTY)
    held = read_secret_file(path, _WHAT)
    if not _is_whole(held):
        raise ConfigurationError(f"the credential file {str(path)!r} is damaged; remove it, then: spl login")
    return held


def _is_whole(held: Held) -> bool:
    try:
        value = json.loads(held.reveal())
        tokens = value["tokens"].values()
        return value["format"] == FORMAT and all(isinstance(token, str) for token in tokens)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _parsed(held: Held) -> dict[str, str]:
    return dict(json.loads(held.reveal())["tokens"])


def _changed(held: Held, origin: str, token: Held | None) -> Held:
    """Return the file's content with another token for an origin, or with none."""
    tokens = _parsed(held)
    if token is None:
        tokens.pop(origin, None)
    else:
        tokens[origin] = token.reveal().decode("utf-8")
    return Held(json.dumps({"format": FORMAT, "tokens": dict(sorted(tokens.items()))}, indent=1).encode())


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from changing the file between reading and writing it, where locks exist."""
    try:
        import fcntl
    except ImportError:  # Windows: the last writer wins, and the file is whole either way
        yield
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {str(path.parent)!r} cannot be written: {error.strerror}"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
