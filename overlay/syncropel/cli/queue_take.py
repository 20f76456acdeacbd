"""`spl queue consume|ack|nack|extend`: one message at a time, by hand or in a script."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import exits
from .harmless import is_harmless
from .payload import Raw, members, seconds, write_raw, write_text
from .queue import Queue, queue
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..store import Message, SynapClient

Consumer = Annotated[
    str, typer.Option("--consumer", metavar="NAME", help="Who takes it; it is shown in statistics.")
]
MessageId = Annotated[str, typer.Argument(metavar="ID", help="The message's id.")]
MessageIds = Annotated[list[str], typer.Argument(metavar="ID", help="The messages' ids.")]
CONSUMER = "spl"


@verb(
    queue,
    "consume",
    examples=[
        "spl queue consume jobs --wait 10s",
        "spl queue consume jobs --ack",
        "spl queue consume photos --ack --raw > photo.jpg",
        "spl queue consume jobs --json",
    ],
)
def consume(
    session: Session,
    name: Queue,
    consumer: Consumer = CONSUMER,
    wait: Annotated[
        str | None, typer.Option("--wait", metavar="TIME", help="Wait for one: 10s, 5min. Default: do not.")
    ] = None,
    ack: Annotated[
        bool, typer.Option("--ack", help="Acknowledge it as soon as it is printed: it is done.")
    ] = False,
    raw: Raw = False,
) -> int:
    """Take the next message of a queue: the oldest of the highest priority. Exit code 1 when there is none.

    The message is yours until its deadline; spl queue ack says that it is done, spl queue nack gives it
    back. `spl queue work` does all that around a command.
    """
    patience = seconds(wait, "--wait") or 0.0
    with session.store() as client:
        if patience:
            client.queue.stats(name)  # raises where there is no such queue
        message = client.queue.consume(name, consumer, patience)
        if message is None:
            client.queue.stats(name)
            if session.json:
                session.document(None)
            else:
                session.note(f"nothing waits in {name}")
            return exits.FAILED
        try:
            _shown(session, message, raw=raw, acked=ack)
        except BaseException:
            _give_back(client, message)
            raise
        if ack:
            client.queue.ack(name, message)
    return exits.OK


def _give_back(client: SynapClient, message: Message) -> None:
    from ..errors import SyncropelError

    try:
        client.queue.nack(message.queue, message)
    except SyncropelError:
        # What was to be printed is what the caller hears of; the deadline gives the message back.
        return


def _shown(session: Session, message: Message, *, raw: bool, acked: bool) -> None:
    if session.json:
        session.document(row_of(message))
        return
    if raw:
        write_raw(message.payload)
    elif is_harmless(message.payload) or _is_text(message.payload):
        write_text(message.payload)
    else:
        session.say(f"({len(message.payload):,} bytes that are no text: --raw writes them)")
    told = f"{message.message_id}  priority {message.priority}, delivery {message.retry_count + 1} of "
    told += f"{message.max_retries + 1}"
    if message.deadline is not None and not acked:
        told += f", yours for {max(0.0, message.deadline - time.time()):.0f} s"
    if message.headers:
        told += "".join(f", {name}={value}" for name, value in message.headers.items())
    session.note(told)
    if not acked:
        session.note(f"done with it: spl queue ack {message.queue} {message.message_id}")


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def row_of(message: Message) -> dict[str, Any]:
    """Return a message as a JSON object; a payload that is no text is in base64."""
    row = {name: value for name, value in message._asdict().items() if name != "payload"}
    return {**row, "headers": dict(message.headers), **members(message.payload)}


@verb(queue, "ack", examples=["spl queue ack jobs 019ab3c8-12ab-7cde-8f01-23456789abcd"])
def ack(session: Session, name: Queue, messages: MessageIds) -> None:
    """Say that messages are done: they are never handed out again."""
    with session.store() as client:
        for each in messages:
            client.queue.ack(name, each)
    if session.json:
        session.document({"queue": name, "acked": messages})


@verb(
    queue,
    "nack",
    examples=[
        "spl queue nack jobs 019ab3c8-12ab-7cde-8f01-23456789abcd",
        "spl queue nack jobs 019ab3c8-12ab-7cde-8f01-23456789abcd --give-up",
    ],
)
def nack(
    session: Session,
    name: Queue,
    messages: MessageIds,
    give_up: Annotated[bool, typer.Option("--give-up", help="Not again: make them dead letters.")] = False,
) -> None:
    """Give messages back: they are handed out again, up to the number of retries that each has."""
    with session.store() as client:
        for each in messages:
            client.queue.nack(name, each, requeue=not give_up)
    if session.json:
        session.document({"queue": name, "nacked": messages, "requeued": not give_up})


@verb(queue, "extend", examples=["spl queue extend jobs 019ab3c8-12ab-7cde-8f01-23456789abcd 5min"])
def extend(
    session: Session,
    name: Queue,
    message: MessageId,
    time: Annotated[str, typer.Argument(metavar="TIME", help="From now on: 90, 30s, 15min.")],
) -> None:
    """Have a message for so long from now on."""
    with session.store() as client:
        deadline = client.queue.extend(name, message, seconds(time, "TIME") or 0)
    if session.json:
        session.document({"queue": name, "message_id": message, "deadline": deadline})
