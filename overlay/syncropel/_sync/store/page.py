# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""One page of a stream: events, and where to go on."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from syncropel._sync.store.carrier import SyncCarrier
from syncropel.transport.store_arguments import MAX_POLL_SECONDS, known
from syncropel.transport.store_results import Event, event_of

Events = list[Event]


class Page(NamedTuple):
    """What a reader of a stream is given.

    Attributes:
        events: The events.
        next_offset: Where to go on.
        generation: The generation of the stream; None when the server does not say.
    """

    events: Events
    next_offset: int
    generation: int | None


def read_page(
    carrier: SyncCarrier,
    name: str,
    subscriber: str,
    from_offset: int,
    limit: int,
    *,
    partition: int | None = None,
    wait: float = 0.0,
    generation: int | None = None,
) -> Page:
    """Return events from an offset on, waiting for one when there is none.

    Args:
        carrier: What carries the calls.
        name: The stream.
        subscriber: Who reads.
        from_offset: The first offset.
        limit: The most events.
        partition: Only events of this partition. Default: of all.
        wait: Seconds to wait.
        generation: The generation that the offset is of; a stream made anew since refuses it.

    Raises:
        SynapError: The server refused it, or did not answer.
    """
    asked: dict[str, Any] = {"room": name, "subscriber_id": subscriber, "from_offset": from_offset}
    asked |= {"limit": limit, **known({"partition": partition, "generation": generation})}
    end = time.monotonic() + wait
    while True:
        asked_at = time.monotonic()
        step = min(MAX_POLL_SECONDS, max(0.0, end - asked_at))
        members = {**asked, "wait_secs": step} if step else asked
        answer = carrier.run("stream.consume", members, name, wait=step)
        events = [event_of(row) for row in answer["events"]][:limit]
        if events or time.monotonic() >= end or not limit:
            return Page(events, answer.get("next_offset", from_offset), answer.get("generation"))
        carrier.rest(asked_at, step, end)
