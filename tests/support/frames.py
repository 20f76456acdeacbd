"""WebSockets by hand, so that tests can send what no client library would."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
from typing import Any
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(
    opcode: int, payload: bytes = b"", *, last: bool = True, reserved: int = 0, masked: bool = True
) -> bytes:
    """Return a frame as a client sends it (RFC 6455, section 5.2)."""
    first = (0x80 if last else 0) | reserved << 4 | opcode
    size, mask_bit = len(payload), 0x80 if masked else 0
    if size < 126:
        head = bytes([first, mask_bit | size])
    elif size < 65536:
        head = bytes([first, mask_bit | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, mask_bit | 127]) + size.to_bytes(8, "big")
    # A mask of zeros is a mask.
    return head + (b"\0\0\0\0" if masked else b"") + payload


class RawSocket:
    """One connection that asks for a WebSocket. A context manager.

    Args:
        url: The daemon's URL.
        target: Path and query.
        headers: Headers that are added to those of the handshake, or take their place; None leaves one out.
        method: The method of the request.
        receive_bytes: The size of the receive buffer, for readers that are to be slow.

    Attributes:
        status: The status of the answer.
        headers: Its headers, by lower-case name.
        body: What follows them, decoded, when it is no WebSocket.
    """

    def __init__(
        self,
        url: str,
        target: str = "/pubsub/ws?topics=%23",
        headers: dict[str, str | None] | None = None,
        *,
        method: str = "GET",
        receive_bytes: int | None = None,
    ) -> None:
        address = urlsplit(url)
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(20.0)
        self.socket.connect((address.hostname, address.port))
        sent: dict[str, str | None] = {
            "host": address.netloc,
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(),
            "sec-websocket-version": "13",
            **(headers or {}),
        }
        lines = [f"{name}: {value}" for name, value in sent.items() if value is not None]
        self.socket.sendall("\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode())
        self._received = b""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        self.status = int(head[0].split()[1])
        pairs = (line.partition(":") for line in head[1:])
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.body: Any = None
        if self.status != 101:
            content = self._exactly(int(self.headers.get("content-length", 0)))
            self.body = json.loads(content) if content else None

    def __enter__(self) -> RawSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; a connection that is closed already takes none."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def receive(self) -> tuple[int, bytes] | None:
        """Return the next frame's opcode and payload; None when the connection has ended."""
        try:
            first, second = self._exactly(2)
            assert not second & 0x80, "a server masks nothing"
            assert first & 0x80, "a server sends whole messages here"
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
            return first & 0x0F, self._exactly(size)
        except (EOFError, ConnectionResetError):
            return None

    def text(self) -> Any:
        """Return the next frame decoded, which must be a text."""
        received = self.receive()
        assert received is not None, "the connection has ended"
        assert received[0] == TEXT, received
        return json.loads(received[1])

    def close_code(self) -> int | None:
        """Read to the end, answer the closing frame, and return its code; None when there is none."""
        while (received := self.receive()) is not None:
            if received[0] == CLOSE:
                self.send(frame(CLOSE, received[1]))
                assert self.receive() is None, "nothing follows a closing frame"
                return int.from_bytes(received[1][:2], "big")
        return None

    def _until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._more()
        found, _, self._received = self._received.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            self._more()
        found, self._received = self._received[:size], self._received[size:]
        return found

    def _more(self) -> None:
        part = self.socket.recv(65536)
        if not part:
            raise EOFError
        self._received += part
