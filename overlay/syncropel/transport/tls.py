"""TLS on sockets that belong to an event loop."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore
import httpx

from syncropel.errors import ConfigurationError


def default_tls() -> ssl.SSLContext:
    """Return a TLS context that checks certificates against the known authorities.

    They are those of the file that `SSL_CERT_FILE` names, or of the folder that `SSL_CERT_DIR` names, where
    one of them is set.
    """
    return httpx.create_ssl_context()


def trusting(ca_file: str | Path) -> ssl.SSLContext:
    """Return a TLS context that checks certificates against the authorities in a PEM file, and no others.

    Raises:
        ConfigurationError: The file cannot be read, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"ca_file {str(ca_file)!r} holds no certificates in PEM: {error}") from error


class AsyncTls(httpcore.AsyncNetworkStream):
    """TLS over a stream, by Python's own `ssl` on memory buffers."""

    def __init__(
        self, stream: httpcore.AsyncNetworkStream, context: ssl.SSLContext, hostname: str | None
    ) -> None:
        self._stream = stream
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    async def handshake(self, timeout: float | None) -> None:
        """Agree on keys and check the certificate."""
        try:
            await self._drive(self._tls.do_handshake, timeout)
        except ssl.SSLError as error:
            raise httpcore.ConnectError(str(error)) from error
        except httpcore.ReadTimeout as error:
            raise httpcore.ConnectTimeout(str(error)) from error

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, decrypted; empty at the end of the stream."""
        try:
            received: bytes = await self._drive(lambda: self._tls.read(max_bytes), timeout)
            return received
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Encrypt and send all of the bytes."""
        left = memoryview(buffer)
        try:
            while left:
                left = left[await self._drive(lambda: self._tls.write(left), timeout) :]  # noqa: B023 - run at once
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        """Return what the pool asks about the connection."""
        return self._tls if info == "ssl_object" else self._stream.get_extra_info(info)

    async def _drive(self, operation: Callable[[], Any], timeout: float | None) -> Any:
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                await self._flush(timeout)
                received = await self._stream.read(65536, timeout)
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                await self._flush(timeout)
                return result

    async def _flush(self, timeout: float | None) -> None:
        if self._outgoing.pending:
            await self._stream.write(self._outgoing.read(), timeout)
