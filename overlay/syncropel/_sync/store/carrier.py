# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The way of every command to the server: alone at once, together with those that wait, or waiting itself."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncropel import __version__
from syncropel._sync.send import SyncSender
from syncropel.errors import ClosedError, SynapError
from syncropel.rules import compiled_json
from syncropel.transport.batching import BatchLimits
from syncropel.transport.convert import Answer
from syncropel.transport.failures import Undelivered
from syncropel.transport.forking import Locked
from syncropel.transport.lanes_sync import SyncLane
from syncropel.transport.request import Prepared, RequestBuilder
from syncropel.transport.store_config import StoreSettings
from syncropel.transport.store_results import Told
from syncropel.transport.store_wire import (
    BARE,
    RUN,
    Errand,
    Outcome,
    Outcomes,
    command,
    crowded_out,
    envelope,
    error_of_transport,
    outcomes_of,
    route_of,
)

if TYPE_CHECKING:
    import httpx
    from syncropel._sync.store.topics import SyncTopics
    from syncropel.transport.store_wire import Command

MAX_RESPONSE_BYTES = 128 * 1024 * 1024
TOGETHER = BatchLimits(1000, 7 * 1024 * 1024)
"""What one request may hold: a little less than the largest body of a command, for what stands around it."""


Lane = SyncLane[Errand, Outcomes]


class SyncCarrier(Locked):
    """Sends the commands of one client.

    Args:
        settings: The client's settings.
        transport: The transport to use in place of connections; it is closed with the client.

    Attributes:
        ours: Whether the server turned out to be one of ours, which takes more than the protocol has.
        listening: The subscriptions, which end with the client.
    """

    def __init__(self, settings: StoreSettings, transport: httpx.BaseTransport | None) -> None:
        super().__init__()
        self.settings = settings
        self.transport = transport
        self.ours = False
        self.listening: weakref.WeakSet[SyncTopics] = weakref.WeakSet()
        self._timeout = settings.base.timeout
        self._builder = RequestBuilder(settings.base, __version__)
        self._route = route_of(RUN)
        self._headers = settings.headers or None
        self._sender = SyncSender(settings.base, transport, max_response_bytes=MAX_RESPONSE_BYTES)
        # Requests that wait would take the places of the short ones.
        self._waiting = SyncSender(
            settings.base,
            transport,
            max_connections=None,
            owns_transport=False,
            max_response_bytes=MAX_RESPONSE_BYTES,
        )
        self._together = settings.coalesce
        self._lanes: dict[object, Lane] = {}
        # Many programs never close their client; its connections end with it all the same.
        weakref.finalize(self, _abandon, self._sender, self._waiting).atexit = False

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._sender.closed

    def run(self, name: str, payload: dict[str, Any], order: str = "", *, wait: float = 0.0) -> Any:
        """Carry out one command and return its answer: a value, or what was `Told`.

        Args:
            name: The command.
            payload: Its members.
            order: What it is about: commands about the same thing keep their order.
            wait: Seconds that the server may wait before it answers; such a command travels alone.

        Raises:
            SynapError: It was refused, or no usable answer arrived.
            UsageError: The payload cannot be JSON.
            ClosedError: The client is closed.
        """
        (outcome,) = self._carried([command(name, payload)], order, wait)
        answer = self._read(outcome)
        return answer if name in BARE else Told(name, answer)

    def run_all(self, commands: Sequence[tuple[str, dict[str, Any]]], order: str = "") -> list[Outcome]:
        """Carry out several commands in their order, in one request where the server takes that.

        Raises:
            UsageError: A payload cannot be JSON.
            ClosedError: The client is closed.
        """
        return self._carried([command(name, payload) for name, payload in commands], order, 0.0)

    def _read(self, outcome: Outcome) -> Any:
        if outcome.error is not None:
            raise self.hidden(outcome.error)
        return outcome.payload

    def hidden(self, error: SynapError) -> SynapError:
        """Return an error with the credential taken out of whatever it quotes."""
        self.settings.hide(error)
        return error

    def _carried(self, commands: list[Command], order: str, wait: float) -> list[Outcome]:
        if self.closed:
            raise ClosedError("this client is closed; make a new one")
        compiled_json.load_when_it_pays()
        errand = Errand(commands, order, self._timeout + wait)
        outcomes: Outcomes | Undelivered
        if wait:
            outcomes = self._sent(commands, errand, self._waiting)
        elif self._together:
            outcomes = self._lane().send(errand, self)
        else:
            outcomes = self._alone(errand)
        if isinstance(outcomes, Undelivered):
            outcomes = [Outcome(error=error_of_transport(outcomes))] * len(commands)
        found: list[Outcome] = self._one_by_one(errand) if outcomes is None else outcomes
        self.ours = self.ours or any(outcome.ours for outcome in found)
        return found

    def _alone(self, errand: Errand) -> Outcomes:
        if len(errand.commands) > 1 and not self._together:
            return self._one_by_one(errand)
        return self._sent(errand.commands, errand, self._sender)

    def _coalesced(self, crew: Sequence[Errand]) -> list[Outcomes]:
        """Send the commands of several calls as one batch."""
        commands = [each for errand in crew for each in errand.commands]
        latest = max(crew, key=lambda errand: errand.deadline)
        outcomes = self._sent(commands, latest, self._sender)
        if outcomes is None:
            return [None] * len(crew)
        found: list[Outcomes] = []
        start = 0
        for errand in crew:
            end = start + len(errand.commands)
            found.append(None if crowded_out(errand, outcomes[start:end]) else outcomes[start:end])
            start = end
        return found

    def _one_by_one(self, errand: Errand) -> list[Outcome]:
        """Send the commands of a call each alone."""
        outcomes: list[Outcome] = []
        for each in errand.commands:
            outcomes += self._sent([each], errand, self._sender) or []
        return outcomes

    def _sent(self, commands: Sequence[Command], errand: Errand, sender: SyncSender) -> Outcomes:
        answer: Answer | Undelivered | ClosedError
        ours = False
        try:
            request = self._prepared(commands)
            answer = sender.attempt(request, errand.deadline, errand.timeout)
            # Others may put an id of theirs on every answer; ours sends back the one that it was sent.
            ours = answer.request_id == request.request_id
        except (Undelivered, ClosedError) as error:
            answer = error
        outcomes = outcomes_of(answer, len(commands), ours=ours)
        # A server that knows no batches is not asked for one again.
        self._together = self._together and outcomes is not None
        return outcomes

    def _prepared(self, commands: Sequence[Command]) -> Prepared:
        if self.settings.base.problem is not None:
            raise Undelivered(self.settings.base.problem)
        return self._builder.build(self._route, content=envelope(commands), headers=self._headers)

    def _lane(self) -> Lane:
        """Return the lane of where we are; made under the lock: threads that each made one would pass by."""
        home = None
        lane = self._lanes.get(home)
        if lane is None or lane.pid != os.getpid():
            with self._lock:
                lane = self._lanes.get(home)
                if lane is None or lane.pid != os.getpid():
                    for other in [other for other in self._lanes if other is not None]:
                        del self._lanes[other]
                    lane = self._lanes[home] = SyncLane()
                    lane.limits = TOGETHER
        return lane

    def pause(self, seconds: float) -> None:
        """Wait between two attempts."""
        self._sender.pause(seconds)

    def rest(self, asked_at: float, step: float, end: float) -> None:
        """Wait before the next request, unless the server has waited itself as it was asked to.

        Args:
            asked_at: When it was asked, by `time.monotonic`.
            step: Seconds that it was asked to wait.
            end: When the whole wait ends.
        """
        now = time.monotonic()
        if now - asked_at < step / 2:
            self.pause(min(1.0, end - now))

    def abandon(self) -> None:
        """Close our own connections at once."""
        _abandon(self._sender, self._waiting)

    def close(self) -> None:
        """Close the connections."""
        for topics in list(self.listening):
            topics.close()
        self._waiting.close()
        self._sender.close()


def _abandon(*senders: SyncSender) -> None:
    for sender in senders:
        sender.closed = True
        sender.abandon()
