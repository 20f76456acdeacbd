"""`spl stream tail`: events as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from . import exits, looping
from .lasting import Told
from .session import Session
from .stream import SUBSCRIBER, Partition, Stream, Subscriber, stream
from .stream_rows import event_line, row_of
from .verbs import verb

if TYPE_CHECKING:
    from ..store import AsyncSynapClient, Event

_PLACES = ("start", "end", "committed")


@verb(
    stream,
    "tail",
    examples=[
        "spl stream tail signups",
        "spl stream tail signups --from start --json | jq .data",
        "spl stream tail signups --subscriber mailer --from committed --commit",
    ],
)
def tail(
    session: Session,
    name: Stream,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="PLACE", help="An offset, start, end, or committed."),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", "-n", min=0, help="Without --from, begin with so many.")
    ] = 10,
    partition: Partition = None,
    subscriber: Subscriber = SUBSCRIBER,
    commit: Annotated[
        bool, typer.Option("--commit", help="Keep the place: --from committed goes on behind it.")
    ] = False,
    count: Annotated[
        int | None, typer.Option("--count", min=1, metavar="N", help="End after N events.")
    ] = None,
) -> int:
    """Print the last events of a stream, then those that come, until Ctrl-C.

    A daemon that is away is asked again, and the events go on where they broke off; stderr tells. With
    --json each event is a line of JSON. With --commit the place of --subscriber is kept after each event that
    was printed.
    """
    place = _place(since)
    return looping.run(_tail(session, name, place, last, partition, subscriber, commit, count))


def _place(text: str | None) -> int | str | None:
    if text is None or text in _PLACES:
        return text
    if not text.isdecimal():
        raise UsageError(f"--from: an offset such as 0, or one of {', '.join(_PLACES)}, not {text!r}")
    return int(text)


async def _tail(
    session: Session,
    name: str,
    place: int | str | None,
    last: int,
    partition: int | None,
    subscriber: str,
    commit: bool,
    count: int | None,
) -> int:
    async with session.async_store() as client:
        earliest, following = await _ends(client, name)
        start = max(earliest, following - last) if place is None else place
        follow = client.stream.follow(name, subscriber, start, partition=partition)
        seen = 0
        with Told() as told:
            async for event in follow:
                told.again(f"following {name} again")
                _print(session, event)
                if commit:
                    await follow.commit(event)
                seen += 1
                if seen == count:
                    break
    return exits.OK


async def _ends(client: AsyncSynapClient, name: str) -> tuple[int, int]:
    """Return the earliest offset that is kept, and the one that comes next."""
    stats = await client.stream.stats(name)
    # The last offset is 0 with one event and with none.
    more = 1 if stats.message_count or stats.max_offset else 0
    return int(stats.min_offset), int(stats.max_offset) + more


def _print(session: Session, event: Event) -> None:
    if session.json:
        session.json_line(row_of(event))
    else:
        session.show(event_line(event))
