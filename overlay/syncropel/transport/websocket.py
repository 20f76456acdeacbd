"""WebSockets of topics: where they lead, and what their ends mean. The sockets are in the modules beside."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from syncropel.errors import MissingExtraError, SynapError, UsageError
from syncropel.transport.convert import Answer
from syncropel.transport.store_config import StoreSettings
from syncropel.transport.store_wire import WATCH, error_of_answer, route_of

EXTRA = "store"
MAX_FRAME_BYTES = 16 * 1024 * 1024
WAITING_FRAMES = 64
"""Frames that wait here for their reader; the next ones wait at the server, which bounds them, too."""

CLOSE_SECONDS = 1.0
"""How long an end waits for the other side's word of it."""

POLICY_VIOLATION = 1008
_MEANINGS = {
    1000: "the server ended the connection",
    1001: "the server goes away",
    1008: "the server ended the connection: the token is not valid any more",
    1009: "the server ended the connection: a frame was too large",
    1011: "the server failed",
    1012: "the server restarts",
    1013: "the server ended the connection: this reader was too slow",
}


class Listening(NamedTuple):
    """What a subscription listens to, and how it gets there.

    Attributes:
        settings: The client's settings.
        transport: The transport in place of connections; None for none.
        topics: Topics and patterns.
    """

    settings: StoreSettings
    transport: Any
    topics: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Listening({', '.join(self.topics)})"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{route_of(WATCH)['url']}?topics={quote(','.join(self.topics), safe=',*:')}"

    @property
    def url(self) -> str:
        """The address, with the scheme of WebSockets.

        Raises:
            SocketLost: The endpoint is no URL.
        """
        base = self.settings.base
        if base.problem is not None:
            raise SocketLost(SynapError(base.problem), passing=False)
        scheme, _, rest = base.endpoint.partition("://")
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}{self.target}"

    def opener(self) -> Any:
        """Return the function of the user's transport that opens WebSockets, None when there is no transport.

        Raises:
            UsageError: It has none.
        """
        if self.transport is None:
            return None
        found = getattr(self.transport, "open_websocket", None)
        if found is None:
            raise UsageError(
                f"the transport {type(self.transport).__name__} knows no WebSocket: it has no open_websocket"
            )
        return found


class SocketLost(Exception):
    """A connection was not made, or has ended.

    Attributes:
        error: What a caller is told.
        passing: Whether another attempt may succeed.
    """

    def __init__(self, error: SynapError, *, passing: bool = True) -> None:
        super().__init__(str(error))
        self.error = error
        self.passing = passing


def ended(code: int | None, settings: StoreSettings, reason: str = "") -> SocketLost:
    """Return what the end of a connection means, by its close code."""
    text = _MEANINGS.get(code or 0, "the connection was lost" if code is None else f"closed with {code}")
    error = SynapError(f"{text} ({reason})" if reason and reason not in text else text)
    settings.hide(error)
    return SocketLost(error, passing=code != POLICY_VIOLATION)


def lost(error: Exception, settings: StoreSettings) -> SocketLost:
    """Return what a library raised on a connection means.

    Raises:
        Exception: It is not about the connection.
    """
    if isinstance(error, OSError):
        return not_opened(error, settings)
    if isinstance(error, EOFError):  # how a transport's own WebSocket ends
        return ended(None, settings)
    if not hasattr(error, "rcvd"):  # not the library's word for the end of a connection
        raise error
    frame = error.rcvd
    return ended(None, settings) if frame is None else ended(frame.code, settings, frame.reason)


def unwelcome(settings: StoreSettings) -> SocketLost:
    """Return why a connection that stands is of no use: nothing says that what is published is told on it."""
    return not_opened(TimeoutError("the server accepted the connection and said nothing"), settings)


def not_opened(error: Exception, settings: StoreSettings) -> SocketLost:
    """Return why no connection came about, for what a library raised."""
    found = SynapError(f"{type(error).__name__}: {error} (at {settings.base.endpoint})")
    settings.hide(found)
    found.__cause__ = error
    return SocketLost(found)


def refused(status: int, headers: Any, content: bytes, settings: StoreSettings) -> SocketLost:
    """Return why the handshake was refused."""
    raw = [(str(name).lower().encode(), str(value).encode()) for name, value in headers]
    answer = Answer(status, raw, content)
    error = error_of_answer(answer, answer.json_or_none())
    settings.hide(error)
    return SocketLost(error)


def missing(error: ImportError) -> MissingExtraError:
    """Return what to install."""
    found = MissingExtraError("listening to topics", EXTRA)
    found.__cause__ = error
    return found
