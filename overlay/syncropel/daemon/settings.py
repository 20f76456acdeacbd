"""What a daemon is told: arguments win over the environment, the environment wins over the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..kernel.claims import LEASE_SECONDS
from ..rules import limits
from .door import (
    check_rate,
    is_loopback,
    listening_address,
    parse_document_hosts,
    parse_origins,
    parse_seconds,
    parse_switch,
)
from .errors import DaemonError
from .store_url import StoreLocation, parse_store

if TYPE_CHECKING:
    from .configuration import Configuration

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9100
STATE_SUFFIX = ".daemon.json"
WHOLE_STORE = "_SYNCROPEL_WHOLE_STORE"
"""The variable in which a daemon in the background is handed the URL of its store, password and all.

What stands on a command line every user of the machine can read.
"""


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
        host: Numeric address to listen on.
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
        auth: Whether callers need a token; None: they do unless only this machine reaches the address.
        tls_cert: The certificate chain, PEM, absolute; None for plain HTTP.
        tls_key: Its private key.
        require_tls: Refuse plain HTTP on an address that others reach, instead of warning of it.
        cors_origins: Origins whose pages may call the daemon.
        rate_limit: Requests per second that one token may make; None for the usual limit, 0 for none.
        require_signatures: Whether records without a signature are refused.
        did_web_hosts: Hosts of DID documents that may be on this machine or in a private network, and on
            this machine without TLS.
        audiences: Further names under which self-issued tokens may address the daemon, such as its address
            behind a proxy.
        max_connections: How many connections may be open.
        handshake_seconds: How long a TLS handshake may take.
        token_key: The file with the key of the tokens, absolute; None for the store's own.
        lease_seconds: How long the queries of a daemon that died wait for another one on the same database.

    Raises:
        DaemonError: The settings contradict one another, or would let strangers in.
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
    auth: bool | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    require_tls: bool = False
    cors_origins: tuple[str, ...] = ()
    rate_limit: float | None = None
    require_signatures: bool = False
    did_web_hosts: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    max_connections: int = limits.MAX_CONNECTIONS
    handshake_seconds: float = limits.TLS_HANDSHAKE_SECONDS
    token_key: Path | None = None
    lease_seconds: float = LEASE_SECONDS

    def __post_init__(self) -> None:
        check_rate(self.rate_limit)
        if (self.tls_cert is None) != (self.tls_key is None):
            raise DaemonError("--tls-cert and --tls-key go together: give both, or neither for plain HTTP")
        if self.local:
            return
        if self.auth is False:
            raise DaemonError(
                f"--no-auth and --host {self.host} exclude each other: whoever reaches the address could do "
                "everything; leave --no-auth out, or listen on 127.0.0.1"
            )
        if self.require_tls and not self.tls:
            raise DaemonError(
                f"--require-tls forbids plain HTTP on {self.host}: give --tls-cert and --tls-key"
            )

    @property
    def local(self) -> bool:
        """Whether only this machine reaches the address."""
        return is_loopback(self.host)

    @property
    def authenticated(self) -> bool:
        """Whether callers need a token."""
        return not self.local if self.auth is None else self.auth

    @property
    def tls(self) -> bool:
        """Whether the daemon speaks TLS."""
        return self.tls_cert is not None

    @classmethod
    def resolve(
        cls,
        host: str | None = None,
        port: int | None = None,
        store: str | None = None,
        *,
        access_log: bool = False,
        config: str | None = None,
        auth: bool | None = None,
        tls_cert: str | None = None,
        tls_key: str | None = None,
        require_tls: bool = False,
        cors_origins: Sequence[str] = (),
        rate_limit: float | None = None,
        require_signatures: bool = False,
        did_web_hosts: Sequence[str] = (),
        audiences: Sequence[str] = (),
        token_key: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Find the settings from arguments, then the environment, then defaults.

        Args:
            host: Numeric address, or `localhost`; `SYNCROPEL_HOST`; default 127.0.0.1.
            port: TCP port, 0 for a free one; `SYNCROPEL_PORT`; default 9100.
            store: Store URL; `SYNCROPEL_STORE`; default `records.db` in the user's data folder.
            access_log: Whether each request is logged.
            config: The configuration file; `SYNCROPEL_CONFIG`; default none. `SYNCROPEL_TRUST_API` set to 1
                lets the API register responders that run commands or send keys.
            auth: Whether callers need a token; `SYNCROPEL_AUTH` (1 or 0); default: unless only this machine
                reaches the address.
            tls_cert: Certificate chain, a PEM file; `SYNCROPEL_TLS_CERT`; default none.
            tls_key: Its private key, a PEM file; `SYNCROPEL_TLS_KEY`.
            require_tls: Refuse plain HTTP on an address that others reach; `SYNCROPEL_REQUIRE_TLS`.
            cors_origins: Origins whose pages may call the daemon; none by default.
            rate_limit: Requests per second that one token may make; 0 for no limit.
            require_signatures: Refuse records without a signature.
            did_web_hosts: Hosts of DID documents that may have private addresses.
            audiences: Further names under which self-issued tokens may address the daemon.
            token_key: The file with the key of the tokens; `SYNCROPEL_TOKEN_KEY`; default the store's own.
                `SYNCROPEL_LEASE_SECONDS` says how long the queries of a dead daemon wait for another one.
            environ: The environment to read; default this process's.

        Raises:
            DaemonError: A value is not one the daemon can work with.
        """
        env = os.environ if environ is None else environ
        named = port if port is not None else env.get("SYNCROPEL_PORT") or None
        text = _whole(store or env.get("SYNCROPEL_STORE"), env)
        cert, key = tls_cert or env.get("SYNCROPEL_TLS_CERT"), tls_key or env.get("SYNCROPEL_TLS_KEY")
        return cls(
            store=parse_store(text) if text else StoreLocation(data_folder() / "records.db"),
            host=listening_address(host or env.get("SYNCROPEL_HOST") or DEFAULT_HOST),
            port=DEFAULT_PORT if named is None else parse_port(named),
            port_given=named is not None,
            access_log=access_log,
            config=_path(config or env.get("SYNCROPEL_CONFIG")),
            trust_api=env.get("SYNCROPEL_TRUST_API") == "1",
            auth=parse_switch("SYNCROPEL_AUTH", env.get("SYNCROPEL_AUTH")) if auth is None else auth,
            tls_cert=_path(cert),
            tls_key=_path(key),
            require_tls=require_tls
            or bool(parse_switch("SYNCROPEL_REQUIRE_TLS", env.get("SYNCROPEL_REQUIRE_TLS"))),
            cors_origins=parse_origins(cors_origins),
            rate_limit=rate_limit,
            require_signatures=require_signatures,
            did_web_hosts=parse_document_hosts(did_web_hosts),
            audiences=tuple(audiences),
            token_key=_path(token_key or env.get("SYNCROPEL_TOKEN_KEY")),
            lease_seconds=parse_seconds("SYNCROPEL_LEASE_SECONDS", env.get("SYNCROPEL_LEASE_SECONDS"))
            or LEASE_SECONDS,
        )

    def arguments(self) -> list[str]:
        """Return the options that lead here, for `spl serve` and `python -m syncropel.daemon` alike.

        The password in a store's URL is not among them: see `environment`.
        """
        words = ["--host", self.host, "--port", str(self.port), "--store", self.store.url]
        valued = {
            "--config": self.config,
            "--tls-cert": self.tls_cert,
            "--tls-key": self.tls_key,
            "--token-key": self.token_key,
        }
        for name, value in valued.items():
            words += [] if value is None else [name, str(value)]
        if self.auth is not None:
            words.append("--auth" if self.auth else "--no-auth")
        if self.rate_limit is not None:
            words += ["--rate-limit", repr(self.rate_limit)]
        repeated = {
            "--cors-origin": self.cors_origins,
            "--did-web-host": self.did_web_hosts,
            "--audience": self.audiences,
        }
        for name, values in repeated.items():
            for each in values:
                words += [name, each]
        switches = {
            "--access-log": self.access_log,
            "--require-tls": self.require_tls,
            "--require-signatures": self.require_signatures,
        }
        return [*words, *(name for name, given in switches.items() if given)]

    def environment(self) -> dict[str, str]:
        """Return what a daemon needs in its environment beside its options: the whole URL of its store."""
        database = self.store.database
        return {WHOLE_STORE: database.given} if database is not None and database.has_secret else {}

    def configuration(self) -> Configuration:
        """Read the configuration file; without one, everything is at its default.

        Raises:
            DaemonError: The file cannot be read, or says something that cannot be.
        """
        from .configuration import Configuration, load_configuration

        return Configuration() if self.config is None else load_configuration(self.config)

    @property
    def state_path(self) -> Path:
        """The file that says which daemon serves the store: beside it, or in this user's data folder.

        Of a database, several daemons may run on one machine, so their ports are part of the names.
        """
        if self.store.path is not None:
            return self.store.path.with_name(self.store.path.name + STATE_SUFFIX)
        name = "memory" if self.store.database is None else f"{self.store.database.mark}-{self.port}"
        return data_folder() / f"{name}{STATE_SUFFIX}"

    @property
    def log_path(self) -> Path:
        """The log of a daemon in the background; beside `state_path`."""
        return self.state_path.with_suffix(".log")


def _whole(text: str | None, env: Mapping[str, str]) -> str | None:
    """Return a store's URL with the password that whoever started this daemon put into its environment."""
    whole = env.get(WHOLE_STORE)
    return whole if whole and text and parse_store(whole).url == text else text


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None
