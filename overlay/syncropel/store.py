"""Keys and values, queues, streams and topics of a daemon, or of any server that speaks as Synap does.

Example:
    >>> from syncropel.store import SynapClient
    >>> with SynapClient("http://localhost:9100") as client:
    ...     client.kv.set("user:1", "John Doe", ttl=3600)
    ...     client.kv.get("user:1")
    True
    'John Doe'
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING

from ._async.store import client as _async_client
from ._async.store.topics import AsyncTopics
from ._sync.store import client as _sync_client
from ._sync.store.pubsub import SyncPubSub
from ._sync.store.topics import SyncTopics
from .errors import SynapError
from .transport.auth import ApiKey
from .transport.config import DEFAULT_TIMEOUT_SECONDS
from .transport.store_arguments import texts
from .transport.store_results import DeadLetter, Event, Message, Stats, TopicMessage
from .transport.websocket import Listening

if TYPE_CHECKING:
    import httpx

__all__ = [
    "AsyncSynapClient",
    "DeadLetter",
    "Event",
    "Message",
    "Stats",
    "SynapClient",
    "SynapError",
    "TopicMessage",
]


class AsyncSynapClient(_async_client.AsyncSynapClient):
    """The asynchronous client: every call is awaited.

    Args:
        url: Its address. Default: `SYNAP_URL`, else `SYNCROPEL_ENDPOINT`, else `http://localhost:9100`.
        api_key: A token; or a plain function that returns it, asked for every request; or `"auto"`: the
            environment's, else what `spl login` keeps for this address. Default: `SYNAP_API_KEY`, else the
            user of `SYNAP_USERNAME`, else `SYNCROPEL_API_KEY` or `SPL_TOKEN`; `""` for none at all.
        username: A user, in place of a token.
        password: Their password.
        timeout: Seconds a call may take.
        transport: An httpx transport in place of connections to the address; it is closed with the client.
        coalesce: Let calls that wait while a request is under way leave together, where the server takes
            that.

    Attributes:
        kv: Keys and values.
        queue: Queues.
        stream: Streams.
        pubsub: Topics.

    Raises:
        ConfigurationError: An argument cannot be used (a `ValueError`).
        UsageTypeError: An argument has the wrong type (a `TypeError`).
    """

    async def close(self) -> None:
        """Give back what workers have in hand, and close the connections. Twice is the same as once."""
        await self.aclose()


class SynapClient(_sync_client.SyncSynapClient):
    """The synchronous client, for threads and scripts.

    Args:
        url: Its address. Default: `SYNAP_URL`, else `SYNCROPEL_ENDPOINT`, else `http://localhost:9100`.
        api_key: A token; or a plain function that returns it, asked for every request; or `"auto"`: the
            environment's, else what `spl login` keeps for this address. Default: `SYNAP_API_KEY`, else the
            user of `SYNAP_USERNAME`, else `SYNCROPEL_API_KEY` or `SPL_TOKEN`; `""` for none at all.
        username: A user, in place of a token.
        password: Their password.
        timeout: Seconds a call may take.
        transport: An httpx transport in place of connections to the address; it is closed with the client.
        coalesce: Let calls of several threads that wait while a request is under way leave together, where
            the server takes that.

    Attributes:
        kv: Keys and values.
        queue: Queues.
        stream: Streams.
        pubsub: Topics; what `subscribe` returns can be gone through with `for` and with `async for`.

    Raises:
        ConfigurationError: An argument cannot be used (a `ValueError`).
        UsageTypeError: An argument has the wrong type (a `TypeError`).
    """

    pubsub: PubSub

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: ApiKey | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
        coalesce: bool = True,
    ) -> None:
        super().__init__(
            url,
            api_key=api_key,
            username=username,
            password=password,
            timeout=timeout,
            transport=transport,
            coalesce=coalesce,
        )
        self.pubsub = PubSub(self._carrier)


class PubSub(SyncPubSub):
    """Topics, for the synchronous client."""

    def subscribe(
        self,
        topics: Iterable[str],
        *,
        on_gap: Callable[[Exception], object] | None = None,
        max_reconnects: float = float("inf"),
    ) -> Topics:
        """Return the messages of some topics, for a `for` or an `async for` loop that never ends by itself.

        The connection is made when the first message is asked for, or on entering a `with` block: from then
        on everything that is published is told. One that is lost is made again, after a random delay that
        grows; what is published meanwhile is not told: a gap that `on_gap` hears of. Somebody who reads too
        slowly is sent away, which is a gap, too.

        Args:
            topics: Topics, and patterns: `*` stands for one level or a part of it, `#` as the last level for
                any number of them.
            on_gap: Called with what ended the connection, when there is a new one. Default: it is logged.
            max_reconnects: Attempts in a row after the first one. Default: no bound.

        Raises:
            UsageError: An argument cannot be used, or the transport knows no WebSocket.
        """
        carrier = self._carrier
        listening = Listening(carrier.settings, carrier.transport, tuple(texts(topics, "topics")))
        found = Topics(listening, lambda: carrier.closed, on_gap, max_reconnects)
        carrier.listening.add(found)
        return found


class Topics(SyncTopics):
    """The messages of some topics, on a thread or on an event loop."""

    def __aiter__(self) -> AsyncIterator[TopicMessage]:
        twin = AsyncTopics(self._listening, self._client_closed, self._on_gap, self._max_reconnects)
        return twin.__aiter__()
