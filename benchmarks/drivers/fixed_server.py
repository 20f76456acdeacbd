"""A server that reads each request whole and always gives the same answer: the client's cost is what is left.

Usage: fixed_server.py PORT
"""

from __future__ import annotations

import asyncio
import sys

BODY = b'{"object":"record","id":"' + b"0" * 64 + b'","clock":1,"sequence":1}'
ANSWER = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


class Fixed(asyncio.Protocol):
    """Answers as soon as the bytes that `content-length` promises have arrived."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while True:
            head, separator, rest = self.pending.partition(b"\r\n\r\n")
            if not separator:
                return
            length = 0
            for line in head.split(b"\r\n"):
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if len(rest) < length:
                return
            self.pending = rest[length:]
            self.transport.write(ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
