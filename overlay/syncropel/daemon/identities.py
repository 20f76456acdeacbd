"""Whose key is it: DID documents of `did:web` actors, fetched with care.

An actor's name decides where the daemon connects to, and a stranger chooses the name. So the address is
looked up once, must be a public one unless its host was listed, and is the one that is connected to; nothing
is followed elsewhere, and time and size are bounded. What failed is not tried again for a minute, and callers
who want the same document wait for the same attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import h11

from .. import __version__
from ..errors import ConfigurationError, InvalidJson, UsageError
from ..keys.documents import document_url, keys_of_document
from ..rules import limits
from ..rules.strict_json import parse_json

T = TypeVar("T")
FORGET_SECONDS = 60.0
_MAX_KEPT = 1000
_MAX_FETCHES = 16
_MAX_HEAD_BYTES = 16 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What of IPv6 is handed out to machines; elsewhere are further notations of private ones.
_GLOBAL = ipaddress.ip_network("2000::/3")


class Unresolved(Exception):
    """The document could not be had, or has no usable key; the message says why."""


class _Place(NamedTuple):
    host: str
    port: int
    path: str
    authority: str
    tls: bool


class Resolver:
    """Fetches DID documents. Everything happens on one event loop.

    Args:
        hosts: `HOST` or `HOST:PORT`, in lower case, that may be on this machine or in a private network; on
            this machine documents come over plain HTTP.
        seconds: Time for one document, everything included.
        tls: How certificates are checked; default against the authorities that this system trusts.
        clock: Seconds that only grow.

    Attributes:
        now: The clock.
    """

    def __init__(
        self,
        hosts: Iterable[str] = (),
        *,
        seconds: float = limits.DID_DOCUMENT_SECONDS,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = frozenset(hosts)
        self._seconds = seconds
        self._tls = tls
        self.now = clock
        self._running: dict[str, asyncio.Task[list[str]]] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._found: dict[str, tuple[float, list[str]]] = {}

    async def keys(self, did: str, since: float = math.inf) -> list[str]:
        """Return the keys, as multibase, that a DID's document lists.

        Args:
            did: The DID.
            since: When the question arose: an answer that came later, to somebody else, is good enough.

        Raises:
            Unresolved: They could not be had, now or within the last minute.
        """
        at, keys = self._found.get(did, (0.0, []))
        if keys and at >= since:
            return keys
        until, message = self._failed.get(did, (0.0, ""))
        if message and self.now() < until:
            raise Unresolved(message)
        task = self._running.get(did)
        if task is None:
            if len(self._running) >= _MAX_FETCHES:
                raise Unresolved("too many DID documents are being fetched; try again")
            task = self._running[did] = asyncio.ensure_future(self._look(did))
            task.add_done_callback(lambda done: self._done(did, done))
        # Shielded: whoever asked first may leave, the others still want the answer.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, did: str) -> list[str]:
        try:
            content = await asyncio.wait_for(self._fetch(did), self._seconds)
            return keys_of_document(did, parse_json(content))
        except asyncio.TimeoutError:
            raise Unresolved(f"its document did not come within {self._seconds:g} s") from None
        except InvalidJson as error:
            raise Unresolved(f"its document is not JSON: {error}") from None
        except (UsageError, ConfigurationError) as error:
            raise Unresolved(str(error)) from None

    def _done(self, did: str, task: asyncio.Task[list[str]]) -> None:
        self._running.pop(did, None)
        if task.cancelled():
            return
        error = task.exception()
        self._failed.pop(did, None)
        self._found.pop(did, None)
        if error is None:
            _keep(self._found, did, (self.now(), task.result()))
        else:
            _keep(self._failed, did, (self.now() + FORGET_SECONDS, str(error) or type(error).__name__))

    async def _fetch(self, did: str) -> bytes:
        place = _place(document_url(did))
        addresses = await self._addresses(place)
        context = (self._tls or ssl.create_default_context()) if place.tls else None
        reason = ""
        for address in addresses[:2]:
            try:
                reader, writer = await asyncio.open_connection(
                    address, place.port, ssl=context, server_hostname=place.host if place.tls else None
                )
            except OSError as error:
                reason = error.strerror or str(error)
                continue
            try:
                return await _get(reader, writer, place)
            except (OSError, h11.RemoteProtocolError) as error:
                raise Unresolved(f"its document at {place.authority} could not be read: {error}") from None
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        raise Unresolved(f"{place.authority} could not be reached: {reason}")

    async def _addresses(self, place: _Place) -> list[str]:
        listed = not self._hosts.isdisjoint((place.host, f"{place.host}:{place.port}"))
        if not place.tls and not listed:
            raise Unresolved(f"{place.authority} is this machine, and not listed with --did-web-host")
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # a label that is too long is no name either
            reason = error.strerror if isinstance(error, OSError) else None
            raise Unresolved(f"the name {place.host} was not found: {reason or error}") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        # All of them: a name that stands for a private address too is tried again until that one comes up.
        if not listed and not all(map(is_public, addresses)):
            raise Unresolved(f"{place.host} has a private address, and is not listed with --did-web-host")
        return addresses


def _keep(kept: dict[str, T], did: str, value: T) -> None:
    """Note a value, and forget the oldest when there are too many: strangers choose the names."""
    while len(kept) >= _MAX_KEPT:
        del kept[next(iter(kept))]
    kept[did] = value


def is_public(address: str) -> bool:
    """Tell whether a numeric address is a machine's on the open internet, whatever its notation."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found not in _GLOBAL:
            return False
    return found.is_global and not found.is_multicast


def _place(url: str) -> _Place:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    try:
        port = parts.port or (443 if tls else 80)
    except ValueError:
        raise Unresolved(f"{parts.netloc} names no port") from None
    return _Place((parts.hostname or "").lower(), port, parts.path, parts.netloc, tls)


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: _Place) -> bytes:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
    head = h11.Request(
        method="GET",
        target=place.path,
        headers=[
            ("host", place.authority),
            ("accept", "application/did+json, application/json"),
            ("user-agent", f"syncropel/{__version__}"),
            ("connection", "close"),
        ],
    )
    writer.write((connection.send(head) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    content = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            if event.status_code != 200:
                kind = "; redirects are not followed" if 300 <= event.status_code < 400 else ""
                raise Unresolved(f"{place.authority} answered {event.status_code}{kind}")
        elif isinstance(event, h11.Data):
            content += event.data
            if len(content) > limits.DID_DOCUMENT_BYTES:
                raise Unresolved(f"its document is larger than {limits.DID_DOCUMENT_BYTES} bytes")
        elif isinstance(event, h11.EndOfMessage):
            return bytes(content)
