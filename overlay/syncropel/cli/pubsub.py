"""`spl sub`, `spl pub`: messages to whoever listens now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from . import exits, looping
from .app import app
from .lasting import Told
from .payload import AsText, File, Header, data, headers, shown
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..store import TopicMessage

_LINE_WIDTHS = {"at": 8, "topic": 24}


@verb(
    app,
    "pub",
    examples=[
        "spl pub notifications.email 'New order'",
        "spl pub orders.new '{\"id\": 7}' --header trace=4bf9",
        "spl pub orders.new --file order.json",
    ],
)
def pub(
    session: Session,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The topic, its levels separated by dots.")],
    message: Annotated[
        str | None,
        typer.Argument(metavar="MESSAGE", help="JSON, or a text; - for stdin.", show_default=False),
    ] = None,
    file: File = None,
    text: AsText = False,
    header: Header = None,
) -> None:
    """Tell a message to whoever listens now, and print how many that are. Nothing is kept."""
    levels = topic.split(".")
    if "*" in topic or levels[-1] == "#":
        raise UsageError(f"TOPIC: a message goes to one topic; patterns such as {topic!r} are for spl sub")
    given, texts = data(session, message, file, "MESSAGE", as_text=text), headers(header)
    with session.store() as client:
        matched = client.pubsub.publish(topic, given, texts)
    if session.json:
        session.document({"topic": topic, "subscribers_matched": matched})
        return
    session.say(str(matched))
    if not matched:
        session.note(f"nobody listens to {topic} at this daemon; spl sub {topic} does")


@verb(
    app,
    "sub",
    examples=[
        "spl sub notifications.email",
        "spl sub 'orders.*' 'logs.#' --json",
        "spl sub orders.new --count 1",
    ],
)
def sub(
    session: Session,
    topics: Annotated[
        list[str],
        typer.Argument(
            metavar="TOPIC", help="* stands for a level or a part of it, # at the end for any number."
        ),
    ],
    count: Annotated[
        int | None, typer.Option("--count", min=1, metavar="N", help="End after N messages.")
    ] = None,
) -> int:
    """Print the messages of topics as they are published, until Ctrl-C.

    A message reaches those who listen when it is published: what comes while the connection is lost is not
    told later. stderr says when it is lost, and when it is there again. With --json each message is a line of
    JSON. Needs the store extra.
    """
    return looping.run(_sub(session, topics, count))


async def _sub(session: Session, topics: list[str], count: int | None) -> int:
    seen = 0
    async with session.async_store() as client:
        await client.pubsub.stats()  # raises where nobody answers, or who asks may not
        with Told() as told:
            async with client.pubsub.subscribe(topics) as listening:
                if not session.json:
                    session.note(f"listening to {', '.join(topics)}")
                async for message in listening:
                    told.lost = False
                    _print(session, message)
                    seen += 1
                    if seen == count:
                        break
    return exits.OK


def _print(session: Session, message: TopicMessage) -> None:
    if session.json:
        session.json_line({**message._asdict(), "metadata": dict(message.metadata)})
        return
    from .stream_rows import line

    at = time.strftime("%H:%M:%S", time.localtime(message.timestamp))
    session.show(line({"at": at, "topic": message.topic, "message": shown(message.message)}, _LINE_WIDTHS))
