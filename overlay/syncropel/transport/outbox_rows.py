"""The rows of the outbox: what is kept, what became of it, and the limits."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A record to be kept, and where it goes.

    Attributes:
        endpoint: Base URL it is for.
        sender: DID of the client's identity: who delivers it, when not whoever empties the whole file.
        thread: The record's thread.
        id: Its content id.
        actor: Its actor.
        act: Its act.
        kind: Its body's kind.
        payload: What is posted, to the byte.
    """

    endpoint: str
    sender: str
    thread: str
    id: str
    actor: str
    act: str
    kind: str
    payload: bytes


class Waiting(NamedTuple):
    """A record that is kept.

    Attributes:
        number: Its place: smaller numbers were kept earlier.
        entry: The record and where it goes.
        added_at: When it was kept, in seconds since the epoch.
        attempts: How often its delivery was tried from here.
        error: Why the last attempt failed.
    """

    number: int
    entry: Entry
    added_at: float
    attempts: int
    error: str | None


class DeadLetter(NamedTuple):
    """A record that the server refused for good, or that grew too old.

    Attributes:
        waiting: The record as it waited.
        died_at: When it was given up, in seconds since the epoch.
        status: HTTP status of the refusal.
        code: The server's error code, or one of the outbox's own.
        message: The reason.
    """

    waiting: Waiting
    died_at: float
    status: int | None
    code: str | None
    message: str


class Dropped(NamedTuple):
    """A record that was given up to keep within the limits: what `on_drop` is called with.

    Attributes:
        entry: The record and where it was to go.
        reason: `full`, `age` or `dead` (a dead letter that made room).
    """

    entry: Entry
    reason: str


class Refusal(NamedTuple):
    """Why a record becomes a dead letter."""

    number: int
    status: int | None
    code: str | None
    message: str


class Failure(NamedTuple):
    """A delivery that is tried again: at once, or not before some seconds passed (for its whole lane)."""

    number: int
    message: str
    wait: float = 0.0


class Bounds(NamedTuple):
    """The limits: records and bytes in the file, seconds a record waits (None: for ever), and the policy."""

    records: int
    bytes: int
    age: float | None
    when_full: str


class Totals(NamedTuple):
    """What the file holds: records that wait, dead letters, and the bytes of both."""

    waiting: int
    dead: int
    bytes: int


class Kept(NamedTuple):
    """What became of records that were to be kept: which have a place, and what was dropped for them."""

    placed: list[bool]
    dropped: list[Dropped]
