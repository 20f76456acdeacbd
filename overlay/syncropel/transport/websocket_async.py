"""A WebSocket on an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from syncropel.transport.deadline import Allowance, deadline_in, seconds_left
from syncropel.transport.later import asyncio
from syncropel.transport.websocket import (
    CLOSE_SECONDS,
    MAX_FRAME_BYTES,
    WAITING_FRAMES,
    Listening,
    SocketLost,
    ended,
    lost,
    missing,
    not_opened,
    refused,
    unwelcome,
)


class AsyncSocket:
    """The frames of one connection.

    Args:
        socket: The library's connection, or that of a transport.
        listening: What it is for.
    """

    def __init__(self, socket: Any, listening: Listening) -> None:
        self._socket = socket
        self._listening = listening

    @classmethod
    async def open(cls, listening: Listening) -> AsyncSocket:
        """Connect, and return when the server has welcomed us.

        Raises:
            SocketLost: It did not.
            UsageError: The transport knows no WebSocket.
            MissingExtraError: The library is not installed.
        """
        settings = listening.settings
        allowed = Allowance.until(deadline_in(settings.base.timeout))
        opener = listening.opener()
        if opener is not None:
            answer = opener(listening.target, settings.socket_headers)
            if not hasattr(answer, "areceive"):
                raise refused(answer.status_code, answer.headers.items(), answer.content, settings)
            socket = answer
        else:
            socket = await _connected(listening)
        opened = cls(socket, listening)
        try:
            await opened._welcomed(seconds_left(allowed))
        except BaseException:
            await opened.aclose()
            raise
        return opened

    async def _welcomed(self, seconds: float | None) -> None:
        """Wait for the first frame: from then on everything that is published is told."""
        settings = self._listening.settings
        receive = getattr(self._socket, "areceive", None) or self._socket.recv
        first = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({first}, timeout=seconds)
            if not first.done():
                raise unwelcome(settings)
            first.result()
        except SocketLost:
            raise
        except Exception as error:  # `lost` raises again what is not about the connection
            raise lost(error, settings) from error
        finally:
            first.cancel()

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            async for frame in self._socket:
                yield frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        except Exception as error:  # `lost` raises again what is not about the connection
            raise lost(error, self._listening.settings) from error
        raise ended(self._socket.close_code, self._listening.settings)

    async def aclose(self) -> None:
        """Close the connection."""
        close = getattr(self._socket, "aclose", None) or self._socket.close
        await close()


async def _connected(listening: Listening) -> Any:
    try:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException
    except ImportError as error:
        raise missing(error) from error
    settings = listening.settings
    try:
        return await connect(
            listening.url,
            ssl=settings.base.tls,
            additional_headers=settings.socket_headers,
            open_timeout=settings.base.timeout,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_FRAME_BYTES,
            max_queue=WAITING_FRAMES,
        )
    except InvalidStatus as error:
        answer = error.response
        raise refused(
            answer.status_code, answer.headers.raw_items(), bytes(answer.body or b""), settings
        ) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        raise not_opened(error, settings) from error
