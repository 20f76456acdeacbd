"""A WebSocket on a thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncropel.transport.websocket import (
    MAX_FRAME_BYTES,
    WAITING_FRAMES,
    Listening,
    ended,
    missing,
    not_opened,
    refused,
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
        opener = listening.opener()
        if opener is not None:
            answer = opener(listening.target, settings.socket_headers)
            if not hasattr(answer, "receive"):
                raise refused(answer.status_code, answer.headers.items(), answer.content, settings)
            socket = answer
        else:
            socket = _connected(listening)
        opened = cls(socket, listening)
        for _ in opened:
            return opened
        raise ended(None, settings)

    def __iter__(self) -> Iterator[str]:
        try:
            for frame in self._socket:
                yield frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        except OSError as error:
            raise not_opened(error, self._listening.settings) from error
        except Exception as error:
            if not hasattr(error, "rcvd"):  # not the library's word for the end of a connection
                raise
            code, reason = _closing(error)
            raise ended(code, self._listening.settings, reason) from error
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


def _closing(error: Any) -> tuple[int | None, str]:
    frame = error.rcvd
    return (None, "") if frame is None else (frame.code, frame.reason)
