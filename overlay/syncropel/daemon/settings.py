"""What a daemon is told: arguments win over the environment, the environment wins over the defaults."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..rules import limits
from .errors import DaemonError, not_loopback

if TYPE_CHECKING:
    from .configuration import Configuration

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9100
MEMORY_URL = "memory:"
_SQLITE_PREFIX = "sqlite:///"
_STORE_FORMS = f"give {_SQLITE_PREFIX}PATH (or {_SQLITE_PREFIX}/ABSOLUTE/PATH) or {MEMORY_URL}"


@dataclass(frozen=True)
class StoreLocation:
    """Where the records are kept.

    Attributes:
        path: The database file, absolute; None for a store in memory.
    """

    path: Path | None

    @property
    def url(self) -> str:
        """The location as it is given to `--store`."""
        return MEMORY_URL if self.path is None else f"{_SQLITE_PREFIX}{self.path}"

    def __str__(self) -> str:
        return self.url


def parse_store(text: str) -> StoreLocation:
    """Read a store's URL.

    Args:
        text: `memory:`, or `sqlite:///PATH`: what follows the third slash is the path, so an absolute one
            begins with a fourth; a relative one is taken from the current folder, `~` is the home folder.

    Raises:
        DaemonError: It has neither form, or names no file.
    """
    if text == MEMORY_URL:
        return StoreLocation(None)
    if not text.startswith(_SQLITE_PREFIX):
        raise DaemonError(f"store {text!r} is not understood: {_STORE_FORMS}")
    name = text[len(_SQLITE_PREFIX) :]
    if not name or "\0" in name:
        raise DaemonError(f"store {text!r} names no file: {_STORE_FORMS}")
    try:
        path = Path(name).expanduser()
    except RuntimeError as error:
        raise DaemonError(f"store {text!r} cannot be resolved ({error}): {_STORE_FORMS}") from error
    return StoreLocation(path.resolve())


def data_folder() -> Path:
    """Return this user's data folder for the daemon, absolute; it may not exist yet.

    Raises:
        DaemonError: The `daemon` extra, whose `platformdirs` knows the folder, is not installed.
    """
    try:
        from platformdirs import user_data_path
    except ImportError as error:
        raise DaemonError(
            "the default store needs the 'daemon' extra: pip install 'syncropel[daemon]', or give --store"
        ) from error
    return Path(user_data_path("syncropel", appauthor=False)).absolute()


def loopback_address(host: str) -> str:
    """Return the numeric loopback address that `host` stands for.

    Raises:
        DaemonError: `host` is anything but a loopback address or `localhost`.
    """
    if host.lower() == "localhost":
        return DEFAULT_HOST
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise not_loopback(host) from None
    if not address.is_loopback:
        raise not_loopback(host)
    return str(address)


def parse_port(value: int | str) -> int:
    """Return a port number from 0 (any free port) to 65535.

    Raises:
        DaemonError: It is not one.
    """
    try:
        port = int(value)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise DaemonError(f"port {value!r} is not a number from 0 (any free port) to 65535")
    return port


@dataclass(frozen=True)
class Settings:
    """One daemon's settings, checked and complete; see `resolve` for how they are found.

    Attributes:
        store: Where the records are kept.
        host: Numeric loopback address to listen on.
        port: TCP port; 0 lets the system choose a free one.
        port_given: Whether an argument or the environment named the port.
        access_log: Whether each request is logged.
        detached: Whether it runs in the background; then a store in memory, too, leaves a note for `--stop`.
        heartbeat_seconds: The longest silence on a watch stream.
        max_lag: Records by which a live watcher may fall behind.
        stall_seconds: How long a client may take none of the bytes sent to it.
        read_seconds: How long a client may take to send one request.
        drain_seconds: How long requests may still run after the daemon was told to stop.
        config: The configuration file, absolute; None for none.
        trust_api: Whether responders registered through the API may run commands and send keys.
    """

    store: StoreLocation
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    port_given: bool = True
    access_log: bool = False
    detached: bool = False
    heartbeat_seconds: float = limits.WATCH_HEARTBEAT_SECONDS
    max_lag: int = limits.WATCH_MAX_LAG
    stall_seconds: float = limits.WATCH_STALL_SECONDS
    read_seconds: float = limits.REQUEST_READ_SECONDS
    drain_seconds: float = limits.DRAIN_SECONDS
    config: Path | None = None
    trust_api: bool = False

    @classmethod
    def resolve(
        cls,
        host: str | None = None,
        port: int | None = None,
        store: str | None = None,
        *,
        access_log: bool = False,
        config: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Find the settings from arguments, then the environment, then defaults.

        Args:
            host: Loopback address; `SYNCROPEL_HOST`; default 127.0.0.1.
            port: TCP port, 0 for a free one; `SYNCROPEL_PORT`; default 9100.
            store: Store URL; `SYNCROPEL_STORE`; default `records.db` in the user's data folder.
            access_log: Whether each request is logged.
            config: The configuration file; `SYNCROPEL_CONFIG`; default none. `SYNCROPEL_TRUST_API` set to 1
                lets the API register responders that run commands or send keys.
            environ: The environment to read; default this process's.

        Raises:
            DaemonError: A value is not one the daemon can work with.
        """
        env = os.environ if environ is None else environ
        named = port if port is not None else env.get("SYNCROPEL_PORT") or None
        text = store or env.get("SYNCROPEL_STORE")
        named_config = config or env.get("SYNCROPEL_CONFIG")
        return cls(
            store=parse_store(text) if text else StoreLocation(data_folder() / "records.db"),
            host=loopback_address(host or env.get("SYNCROPEL_HOST") or DEFAULT_HOST),
            port=DEFAULT_PORT if named is None else parse_port(named),
            port_given=named is not None,
            access_log=access_log,
            config=Path(named_config).expanduser().absolute() if named_config else None,
            trust_api=env.get("SYNCROPEL_TRUST_API") == "1",
        )

    def configuration(self) -> Configuration:
        """Read the configuration file; without one, everything is at its default.

        Raises:
            DaemonError: The file cannot be read, or says something that cannot be.
        """
        from .configuration import Configuration, load_configuration

        return Configuration() if self.config is None else load_configuration(self.config)

    @property
    def state_path(self) -> Path:
        """The file that says which daemon serves the store; beside the store."""
        if self.store.path is None:
            return data_folder() / "memory.daemon.json"
        return self.store.path.with_name(self.store.path.name + ".daemon.json")

    @property
    def log_path(self) -> Path:
        """The log of a daemon in the background; beside the store."""
        return self.state_path.with_suffix(".log")
