"""Plain HTTP for tests of the daemon: no client of ours in between, so that what is seen is what was sent."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

JSON_HEADERS = {"content-type": "application/json"}
_clocks = itertools.count(1)


class Answer(NamedTuple):
    """One answer: status, headers by lower-case name, decoded JSON body."""

    status: int
    headers: dict[str, str]
    body: Any


class Event(NamedTuple):
    """One server-sent event: its name, its `id`, its decoded data."""

    name: str
    cursor: str | None
    data: dict[str, Any]


def record(thread: str = "th_test", **fields: Any) -> dict[str, Any]:
    """Return a valid record with a clock that no other record of this process has."""
    body = {"kind": "test.record.made", "text": "héllo"}
    clock = next(_clocks)
    return {
        "act": "KNOW",
        "actor": "did:sync:user:test",
        "body": body,
        "clock": clock,
        "thread": thread,
        **fields,
    }


class Connection:
    """One keep-alive connection to a daemon. A context manager.

    Args:
        url: The daemon's URL; an `https` one needs `tls`.
        timeout: Seconds of silence to endure.
        token: Sent with every request as a bearer.
        tls: What a certificate is checked against.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 30.0,
        *,
        token: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        address = urlsplit(url)
        host = address.hostname or ""
        self._connection = http.client.HTTPConnection(host, address.port, timeout=timeout)
        if address.scheme == "https":
            self._connection = http.client.HTTPSConnection(host, address.port, timeout=timeout, context=tls)
        self._headers = {} if token is None else {"authorization": f"Bearer {token}"}

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def request(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a request and read the whole answer."""
        self._connection.request(method, target, body, {**self._headers, **(headers or {})})
        response = self._connection.getresponse()
        content = response.read()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, answered, json.loads(content) if content else None)

    def get(self, target: str) -> Answer:
        """Send a GET request."""
        return self.request("GET", target)

    def emit(self, value: dict[str, Any]) -> Answer:
        """Post a record."""
        return self.request("POST", "/v1/records", json.dumps(value).encode(), JSON_HEADERS)


def exchange(address: tuple[str, int], data: bytes, *, finish: bool = False, timeout: float = 30.0) -> bytes:
    """Send raw bytes on a new connection and return all that comes back until the daemon closes it.

    Args:
        address: Host and port.
        data: What to send; ask for `connection: close`, or the daemon waits for the next request.
        finish: Close our sending side afterwards.
        timeout: Seconds of silence to endure.
    """
    with socket.create_connection(address, timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if finish:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the daemon has answered and left; the answer is still to be read
        received = b""
        while True:
            try:
                part = connection.recv(65536)
            except ConnectionResetError:
                return received
            if not part:
                return received
            received += part


def split_answer(data: bytes) -> Answer:
    """Read the first answer of raw bytes."""
    head, _, content = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", len(content)))
    return Answer(int(status.split()[1]), headers, json.loads(content[:length]))


def parse_event(block: bytes) -> Event:
    """Read one event from its lines."""
    fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
    return Event(fields["event"], fields.get("id"), json.loads(fields["data"]))


class Watch:
    """One watch stream, read frame by frame. A context manager."""

    def __init__(
        self,
        url: str,
        thread: str,
        *,
        after: str | None = None,
        since_clock: int | None = None,
        timeout: float = 30.0,
        token: str | None = None,
    ) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
        query = "" if since_clock is None else f"?since_clock={since_clock}"
        headers = {"accept": "text/event-stream"} | ({} if after is None else {"last-event-id": after})
        headers |= {} if token is None else {"x-api-key": token}
        self._connection.request("GET", f"/v1/threads/{quote(thread, safe='')}/watch{query}", headers=headers)
        self.response = self._connection.getresponse()
        self._received = b""

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self._connection.close()

    def events(self) -> Iterator[Event]:
        """Yield events until the stream ends."""
        while True:
            block, found, rest = self._received.partition(b"\n\n")
            if found:
                self._received = rest
                yield parse_event(block)
                continue
            # By hand, because the response's own readline asks for one byte at a time.
            part = self.response.read1()
            if not part:
                return
            self._received += part

    def records(self, count: int) -> list[Event]:
        """Read until `count` records have come; other events are left out."""
        created = (event for event in self.events() if event.name == "record.created")
        return list(itertools.islice(created, count))

    def next(self) -> Event:
        """Read one event."""
        return next(self.events())
