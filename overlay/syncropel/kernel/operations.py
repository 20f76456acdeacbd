"""What an operation is: a function that checks its input and returns an answer, or work for the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..rules import limits
from .access.caller import LOCAL, Caller
from .access.settings import AccessSettings
from .access.signing import Resolutions
from .calls import Responder
from .hub import Hub
from .messages import Reply, Request
from .readers import Readers
from .refusals import Refusal
from .store.base import Store, Task
from .tally import Tally

ROWS_AMONG_WRITES = 20_000
"""Rows that searches for keys look at together in a batch that writes: nobody else writes meanwhile."""


@dataclass(slots=True)
class Call:
    """One request after routing and decoding.

    Attributes:
        path: Path parameters by name, percent-decoded.
        query: Query parameters by name, percent-decoded.
        headers: Header values by lower-case name.
        body: The decoded JSON body, None for operations without one.
        now: When the request was taken, unix seconds.
        caller: Whoever asks.
        room: How many bytes of stored values the answer may still hold.
        writes: Whether others wait for their turn to write meanwhile.
        rows: How many rows the search for keys may still look at.
        asked: DIDs whose documents were asked for; see `Request.asked`.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    now: float = 0.0
    caller: Caller = LOCAL
    room: int = limits.MAX_PAGE_BYTES
    writes: bool = False
    rows: int = limits.MAX_ROWS_SCANNED
    asked: frozenset[str] = frozenset()

    def takes(self, size: int) -> bool:
        """Make room in the answer for so many bytes; false when there is not so much left."""
        if size > self.room:
            return False
        self.room -= size
        return True

    def begin(self) -> None:
        """Give back what was taken: this may be another attempt."""
        self.room = limits.MAX_PAGE_BYTES
        self.rows = ROWS_AMONG_WRITES if self.writes else limits.MAX_ROWS_SCANNED

    @property
    def now_ms(self) -> int:
        """`now` in whole milliseconds, as times are stored by which things end."""
        return int(self.now * 1000)


@dataclass(frozen=True)
class Context:
    """What operations know about the kernel they run in.

    Attributes:
        store: Where records are.
        version: The version that the daemon reports.
        instance_did: The DID of this instance.
        openapi: The contract, as it is served.
        tags: The families of operations that are routed.
        started: When the kernel was built, unix seconds.
        check_responder: Raises `UsageError` for a responder that the shell cannot call; None for no check.
        access: Who may do what.
        resolutions: When the documents of identities were asked for.
        tally: What this process counts of the use of keys.
        readers: What it knows of those who read streams.
        hub: Who waits for messages, and for something to come, in this process.
    """

    store: Store
    version: str
    instance_did: str
    openapi: Mapping[str, Any]
    tags: frozenset[str]
    started: float
    hub: Hub
    check_responder: Callable[[Responder], None] | None = None
    access: AccessSettings = field(default_factory=AccessSettings)
    resolutions: Resolutions = field(default_factory=Resolutions)
    tally: Tally = field(default_factory=Tally)
    readers: Readers = field(default_factory=Readers)


# Work may raise a refusal, or return it where raising would undo more than it must.
Answer = Reply | Refusal
Handler = Callable[[Context, Call], "Reply | Task[Reply] | Task[Answer]"]


class BodyLimit(NamedTuple):
    """How large a request's body may be, and what is said about a larger one.

    Attributes:
        size: In bytes.
        code: The code of the refusal.
        thing: What the body is, for the message.
        hint: What to do about it.
    """

    size: int = limits.MAX_BODY_BYTES
    code: str = "BODY_TOO_LARGE"
    thing: str = "body"
    hint: str | None = None

    def refusal(self) -> Refusal:
        """Return the refusal of a body that is larger."""
        details: dict[str, Any] = {} if self.hint is None else {"hint": self.hint}
        return Refusal(self.code, f"the {self.thing} is larger than {self.size} bytes", **details)


ONE_BODY = BodyLimit()


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Attributes:
        handler: Checks the call and returns the answer, or the work that makes it.
        writes: Whether the work writes; it then joins the store's group commit. A function guesses it from
            the bytes of the request, for shells that have to choose a thread; the work of such an operation
            writes exactly when it is `Bulk`.
        has_body: Whether the request carries a JSON body.
        changes_access: Whether the work changes who may do what, so that nothing read before it counts.
        names_caller: Whether it wants to know its caller although its route is open.
        body_limit: How large its body may be.
        read_body: How its body is read; None for one JSON value.
        refused: Makes the answer of a refusal from it, the request and the request id, for every refusal of
            the operation, whoever refuses; None for the one error envelope.
        query_key: Whether a token may stand in the query parameter `api_key`.
    """

    handler: Handler
    writes: bool | Callable[[Request], bool] = False
    has_body: bool = False
    changes_access: bool = False
    names_caller: bool = False
    body_limit: BodyLimit = ONE_BODY
    read_body: Callable[[Request], Any] | None = None
    refused: Callable[[Refusal, Request, str], Reply] | None = None
    query_key: bool = False
