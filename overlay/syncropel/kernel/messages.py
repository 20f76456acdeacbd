"""What goes into the kernel and what comes out: plain values, so that any shell can carry them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .access.visibility import EVERYTHING, Visibility


@dataclass(slots=True)
class Request:
    """One request, as a shell received it.

    Attributes:
        method: HTTP method in capitals.
        target: The raw path, still percent-encoded, and the query string after `?` when there is one.
        headers: Header values by lower-case name.
        body: The body's bytes, empty when there is none.
        asked: DIDs whose documents were asked for because an earlier answer to this request held them.
    """

    method: str
    target: str
    # Left out of the text form, which logs and crash reports show: they hold the token.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    asked: frozenset[str] = frozenset()


class Inbound(NamedTuple):
    """What a responder watches: the calls that wait for it.

    Attributes:
        responder: Its DID.
    """

    responder: str


Topic = str | Inbound
"""What can be watched: a thread by its name, or the calls of a responder."""


@dataclass(frozen=True)
class WatchStart:
    """Where a watch stream begins.

    Attributes:
        thread: The thread that is watched, or the responder whose calls are.
        after_sequence: Replay what follows this sequence (the `Last-Event-ID`), or None.
        since_clock: Replay the stored records with this clock or a higher one, or None.
        cursor_error: Why the cursor cannot be used; the stream then says `invalid_cursor` and ends.
        head: The store's last sequence when the request was taken: what is live and what is replay.
        visibility: What the reader reaches; only that is sent.
    """

    thread: Topic
    after_sequence: int | None = None
    since_clock: int | None = None
    cursor_error: str | None = None
    head: int = 0
    visibility: Visibility = EVERYTHING

    def filter_from(self, cursor: int) -> WatchStart | None:
        """Return what a page after a place must be filtered by, the same for equal pages; None for nothing.

        Args:
            cursor: The sequence of the last row that was delivered.
        """
        if self.since_clock is not None and cursor < self.head:
            return self
        return (
            None
            if self.visibility.everything
            else WatchStart(self.thread, cursor, visibility=self.visibility)
        )


class Again(NamedTuple):
    """Nothing yet: when a request is to be made again, to be answered with what is there then.

    The shell subscribes to the topic, makes the request once more (something may have come before it
    listened), and again whenever the topic is signalled; when the time is over, it gives what it has. A shell
    that cannot wait gives the first answer.

    Attributes:
        topic: The topic of the store's signals that tells that there may be something.
        until: How long to go on, unix seconds; that of the first answer counts.
    """

    topic: str
    until: float


class SocketStart(NamedTuple):
    """A WebSocket that tells messages.

    Attributes:
        space: Where it subscribes.
        topics: To which topics and patterns, checked.
    """

    space: str
    topics: tuple[str, ...]


@dataclass(slots=True)
class Reply:
    """One answer.

    Attributes:
        status: HTTP status code.
        body: The answer as a JSON value.
        headers: Header values by lower-case name.
        watch: Set when the answer is an event stream, which the shell has to produce.
        resolve: Set when the answer may be another once the keys in this DID's document are pinned: the shell
            fetches the document, calls `Kernel.pin_keys`, and submits the request once more.
        held: DIDs whose documents come first: nothing of a batch was stored. The shell pins the keys that it
            can get, and submits the request once more with all of them as `asked`.
        again: Set when who asked would wait for another answer.
        socket: Set when the answer is a WebSocket, which the shell has to make: it subscribes at the kernel's
            hub, and sends `services.pubsub.welcome` and then what the hub has for it.
    """

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    watch: WatchStart | None = None
    resolve: str | None = None
    held: tuple[str, ...] = ()
    again: Again | None = None
    socket: SocketStart | None = None


class Commit(NamedTuple):
    """One record that has become durable.

    Attributes:
        thread: The record's thread.
        sequence: Its place in the store.
        queries: Ids of the queries that it begins, belongs to, or lets go on.
        responder: Whom it calls, when it is a call; None otherwise.
    """

    thread: str
    sequence: int
    queries: tuple[str, ...] = ()
    responder: str | None = None

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What can be watched to hear of it."""
        return (self.thread,) if self.responder is None else (self.thread, Inbound(self.responder))
