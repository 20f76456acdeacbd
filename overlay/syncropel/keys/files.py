"""Files that hold a secret: written so that their owner alone can read them, and refused when others can."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shlex
import stat
from os import PathLike
from pathlib import Path

from ..errors import ConfigurationError, UsageTypeError
from .material import Held, Hidden

MAX_SECRET_BYTES = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def held_source(source: str | bytes | PathLike[str] | Hidden) -> Held:
    """Return the key that was given itself, or what the file holds that was named.

    Raises:
        ConfigurationError: The file cannot be read, or others can read it.
        UsageTypeError: What was given is neither a path, text nor bytes.
    """
    given = source if isinstance(source, Hidden) else Hidden(source)
    del source
    if isinstance(given.as_given(), (bytes, bytearray)):
        return Held(bytes(given.as_given()))
    if isinstance(given.as_given(), str) and _is_key_text(given):
        return Held(given.as_given().encode("utf-8", "surrogateescape"))
    if not isinstance(given.as_given(), (str, PathLike)):
        raise UsageTypeError(f"a key is given as a path, text or bytes, not {given.kind}")
    return read_secret_file(given.as_given())


def _is_key_text(source: Hidden) -> bool:
    return source.as_given().lstrip().startswith(("-----BEGIN ", "{")) or "\n" in source.as_given()


def read_secret_file(path: str | PathLike[str], what: str = "key") -> Held:
    """Return what a file holds, if its owner alone can read it.

    Args:
        path: The file; `~` stands for the home folder.
        what: What it is called in messages.

    Raises:
        ConfigurationError: It is missing, no file, too large, cannot be read, or its group or others can read
            or change it; the message has the command that mends it.
    """
    file = _expanded(path)
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        hint = "; `spl identity new PATH` makes one" if what == "key" else ""
        raise ConfigurationError(f"there is no {what} file {str(file)!r}{hint}") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the {what} file {str(file)!r} cannot be read: {_why(error)}") from None
    try:
        # Asked of the open file, not of its name: a name can be given to another file in between.
        check_private(os.fstat(descriptor), file, what)
        with os.fdopen(descriptor, "rb", closefd=False) as opened:
            held = Held(opened.read(MAX_SECRET_BYTES + 1))
    except OSError as error:
        raise ConfigurationError(f"the {what} file {str(file)!r} cannot be read: {_why(error)}") from None
    finally:
        os.close(descriptor)
    if len(held.reveal()) > MAX_SECRET_BYTES:
        raise ConfigurationError(
            f"{str(file)!r} is no {what} file: it has more than {MAX_SECRET_BYTES} bytes"
        )
    return held


def check_private(status: os.stat_result, file: Path, what: str) -> None:
    """Refuse what is a folder, or open to anybody but its owner.

    Raises:
        ConfigurationError: As said; the message has the command that mends it.
    """
    if stat.S_ISDIR(status.st_mode):
        raise ConfigurationError(f"{str(file)!r} is a folder, not a {what} file")
    if os.name == "posix" and status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigurationError(
            f"the {what} file {str(file)!r} is open to others (mode {mode:04o}): "
            f"chmod 600 {shlex.quote(str(file))}"
        )


def write_secret_file(
    path: str | PathLike[str], data: Held | bytes, *, overwrite: bool = False, what: str = "key"
) -> Path:
    """Write a file that its owner alone can read (0600), whole or not at all; return its path.

    Args:
        path: The file; `~` stands for the home folder, and missing folders are made (0700).
        data: What it will hold.
        overwrite: Replace a file that is there.
        what: What it is called in messages.

    Raises:
        ConfigurationError: There is a file already, or it cannot be written.
    """
    held = data if isinstance(data, Held) else Held(data)
    del data
    file = _expanded(path)
    beside = file.with_name(f".{file.name[:100]}.{secrets.token_hex(8)}")
    try:
        _make_folder(file.parent)
        try:
            _write_new(beside, held)
            if overwrite:
                beside.replace(file)
            else:
                _place(beside, file, held)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(file.parent)
    except FileExistsError:
        raise ConfigurationError(
            f"there is a file {str(file)!r} already, and it was left as it is; choose another path, "
            "or ask to overwrite it"
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"the {what} file {str(file)!r} cannot be written: {_why(error)}") from None
    return file


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _place(beside: Path, file: Path, held: Held) -> None:
    """Give the finished file its name, unless something has the name."""
    try:
        os.link(beside, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is claimed first, and filled afterwards
        try:
            _write_new(file, held)
        except FileExistsError:
            raise
        except OSError:
            file.unlink(missing_ok=True)
            raise


def _write_new(file: Path, held: Held) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(file, flags | getattr(os, "O_BINARY", 0), 0o600), "wb") as opened:
        opened.write(held.reveal())
        opened.flush()
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the name itself durable, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _expanded(path: str | PathLike[str]) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(f"{str(path)!r} names no file: {error}") from None


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
