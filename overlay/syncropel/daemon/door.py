"""Who can reach the daemon: addresses, origins and switches, read from text.

On loopback, being on this machine is enough. Anywhere else it is not: `Settings` refuses what would let
strangers in, and `nobody_could_enter` is the answer to a daemon that has no account yet.
"""

from __future__ import annotations

import ipaddress
import math
import os
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from .errors import DaemonError

_ON = frozenset({"1", "true", "yes", "on"})
_OFF = frozenset({"0", "false", "no", "off"})


def listening_address(host: str) -> str:
    """Return the numeric address that `host` stands for.

    Raises:
        DaemonError: It is a name other than `localhost`: what a name stands for may change.
    """
    if host.lower() == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        raise DaemonError(
            f"host {host!r} is not a numeric address: give 127.0.0.1 (this machine only), the address of one "
            "of this machine's interfaces, or 0.0.0.0 or :: (all of them)"
        ) from None


def is_loopback(address: str) -> bool:
    """Tell whether only this machine reaches a numeric address."""
    return ipaddress.ip_address(address).is_loopback


def near_address(address: str) -> str:
    """Return the address under which this machine reaches a listener on `address`."""
    found = ipaddress.ip_address(address)
    if not found.is_unspecified:
        return address
    return "127.0.0.1" if found.version == 4 else "::1"


def parse_switch(name: str, text: str | None) -> bool | None:
    """Read a variable of the environment that is on or off; None when it is absent or empty.

    Raises:
        DaemonError: It is neither.
    """
    if not text:
        return None
    word = text.strip().lower()
    if word not in _ON | _OFF:
        raise DaemonError(f"{name} is {text!r}: give 1 or 0")
    return word in _ON


def parse_seconds(name: str, text: str | None) -> float | None:
    """Read a variable of the environment that is a length of time; None when it is absent or empty.

    Raises:
        DaemonError: It is none, or not a second to a day long.
    """
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1.0 <= seconds <= 86400.0:
        raise DaemonError(f"{name} is {text!r}: give a number of seconds from 1 to 86400")
    return seconds


def parse_origins(texts: Iterable[str]) -> tuple[str, ...]:
    """Return origins as browsers send them: `https://app.example`, with a port that is not the usual one.

    Raises:
        DaemonError: One is no origin; `*` is none: whom a page may be from is said one by one.
    """
    return tuple(_origin(text) for text in texts)


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise DaemonError(f"--cors-origin {text!r} is not an origin: give for example https://app.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise DaemonError(f"--cors-origin {text!r} is more than an origin: give scheme, host and port only")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in {None, usual} else f"{parts.scheme}://{host}:{port}"


def check_rate(rate: float | None) -> None:
    """Check a rate limit, requests per second; None is the usual one and 0 none.

    Raises:
        DaemonError: It is negative, or no number.
    """
    if rate is not None and (not math.isfinite(rate) or rate < 0):
        raise DaemonError(f"--rate-limit {rate!r} is not a number of requests per second (0 for no limit)")


def parse_document_hosts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts of DID documents that may be on this machine or in a private network.

    Args:
        texts: `HOST` or `HOST:PORT` each.

    Raises:
        DaemonError: One is neither.
    """
    hosts = []
    for text in texts:
        try:
            parts = urlsplit(f"//{text}")
            valid = bool(parts.hostname) and parts.netloc == text and "@" not in text and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise DaemonError(f"--did-web-host {text!r} is not a host: give HOST or HOST:PORT")
        hosts.append(text.lower())
    return tuple(hosts)


def command_line(words: Sequence[str]) -> str:
    """Return a command as it can be typed."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def nobody_could_enter(host: str, store: str, serve: Sequence[str]) -> DaemonError:
    """Return the error for a daemon with authentication on and no account, on an address others reach.

    Args:
        host: Where it would have listened.
        store: The store's URL.
        serve: The words that start it again.
    """
    bootstrap = command_line(["spl", "service-account", "bootstrap", "--store", store])
    return DaemonError(
        f"--host {host} can be reached from other machines, and {store} has no account that could enter. "
        "Make one, keep the token that is shown once, and start again:\n"
        f"  {bootstrap}\n  {command_line(serve)}"
    )
