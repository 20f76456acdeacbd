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

FILE_NAME = "credentials.json"
FORMAT = 1
_WHAT = "credential"
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
    return _load(credentials_path(folder)).get(origin)


def write(origin: str, token: str, *, folder: Path | None = None) -> Path:
    """Keep a token for an origin, in place of the one kept before; return the file.

    Raises:
        ConfigurationError: The file cannot be read or written, or is damaged.
    """
    path = credentials_path(folder)
    with _alone(path):
        _store(path, {**_load(path), origin: token})
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
        tokens = _load(path)
        if tokens.pop(origin, None) is None:
            return False
        _store(path, tokens)
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


def _load(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    held = read_secret_file(path, _WHAT)
    try:
        value = json.loads(held.reveal())
        tokens = value["tokens"]
        whole = value["format"] == FORMAT and all(isinstance(text, str) for text in tokens.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        # Not chained: a parser's error may quote the file.
        raise ConfigurationError(
            f"the credential file {str(path)!r} is damaged; remove it, then: spl login"
        ) from None
    return dict(tokens)


def _store(path: Path, tokens: dict[str, str]) -> None:
    text = json.dumps({"format": FORMAT, "tokens": dict(sorted(tokens.items()))}, indent=1) + "\n"
    write_secret_file(path, text.encode("utf-8"), overwrite=True, what=_WHAT)


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
