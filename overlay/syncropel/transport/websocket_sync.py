"""A WebSocket on a thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncropel.transport.deadline import Allowance, deadline_in, seconds_left
from syncropel.transport.websocket import (
    CLOSE_SECONDS,
    MAX_FRAME_BYTES,
    WAITING_FRAMES,
    Listening,
    ended,
    lost,
    missing,
    not_opened,
    refused,
    unwelcome,
)


class SyncSocket:
    """The frames of one connection.

    Args:
        socket: The library's connection, or that of a transport.
        listening: What it is for.
    """

    def __init__(self, socket: Any, listening: Listening) -> None:
        self._socket = socket
        self._listening = listening

    @classmethod
    def open(cls, listening: Listening) -> SyncSocket:
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
            if not hasattr(answer, "receive"):
                raise refused(answer.status_code, answer.headers.items(), answer.content, settings)
            socket = answer
        else:
            socket = _connected(listening)
        opened = cls(socket, listening)
        try:
            opened._welcomed(seconds_left(allowed))
        except BaseException:
            opened.close()
            raise
        return opened

    def _welcomed(self, seconds: float | None) -> None:
        """Wait for the first frame: from then on everything that is published is told."""
        settings = self._listening.settings
        receive = getattr(self._socket, "receive", None) or self._socket.recv
        try:
            receive(timeout=seconds)
        except TimeoutError:
            raise unwelcome(settings) from None
        except Exception as error:  # `lost` raises again what is not about the connection
            raise lost(error, settings) from error

    def __iter__(self) -> Iterator[str]:
        try:
            for frame in self._socket:
                yield frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        except Exception as error:  # `lost` raises again what is not about the connection
            raise lost(error, self._listening.settings) from error
        raise ended(self._socket.close_code, self._listening.settings)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def _connected(listening: Listening) -> Any:
    try:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect
    except ImportError as error:
        raise missing(error) from error
    settings = listening.settings
    try:
        # Entered here and closed by `close`: newer versions complain of a connection that is not entered.
        return connect(
            listening.url,
            ssl=settings.base.tls,
            additional_headers=settings.socket_headers,
            open_timeout=settings.base.timeout,
            close_timeout=CLOSE_SECONDS,
            max_size=MAX_FRAME_BYTES,
            max_queue=WAITING_FRAMES,
        ).__enter__()
    except InvalidStatus as error:
        answer = error.response
        raise refused(
            answer.status_code, answer.headers.raw_items(), bytes(answer.body or b""), settings
        ) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        raise not_opened(error, settings) from error
