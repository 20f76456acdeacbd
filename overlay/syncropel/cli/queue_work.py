"""`spl queue work`: a command for each message of a queue."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from . import looping
from .queue import Queue, queue
from .session import Session
from .verbs import verb

Command = Annotated[
    list[str],
    typer.Argument(metavar="COMMAND", help="A line for the shell; several words are run without one."),
]


@verb(
    queue,
    "work",
    examples=[
        "spl queue work jobs 'python handle.py'",
        "spl queue work photos --concurrency 4 -- convert - -resize 50% /srv/small/out.jpg",
        "spl queue work jobs 'jq .id >> ids.txt' --drain",
    ],
)
def work(
    session: Session,
    name: Queue,
    command: Command,
    concurrency: Annotated[
        int, typer.Option("--concurrency", "-c", min=1, metavar="N", help="Messages at a time.")
    ] = 1,
    consumer: Annotated[
        str | None, typer.Option("--consumer", metavar="NAME", help="Who takes them. Default: a new name.")
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="TIME", help="How long a command may take. Default: any time."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option("--count", min=1, metavar="N", help="End after N messages, and those begun meanwhile."),
    ] = None,
    drain: Annotated[
        bool, typer.Option("--drain", help="End when the queue holds nothing any more.")
    ] = False,
) -> int:
    """Run a command for each message: exit code 0 acknowledges it, any other gives it back.

    The command reads the message from its stdin; SPL_QUEUE, SPL_MESSAGE_ID, SPL_PRIORITY, SPL_DELIVERY (1
    for the first) and SPL_HEADERS (JSON) are in its environment. While it runs the deadline moves on. What
    is given back is handed out again, up to the number of retries of the message: spl queue dead shows what
    was given up. With --json every message is a line of JSON, and what commands print goes to stderr.

    SIGTERM lets the commands that run end first, and so does Ctrl-C; a second one ends them and gives their
    messages back. With --count or --drain the exit code is 1 when something was given back.
    """
    from .payload import seconds
    from .queue_worker import Crew, checked_program

    if not any(word.strip() for word in command):
        raise UsageError("COMMAND: what is to be run for each message?")
    checked_program(command)
    allowed = seconds(limit, "--limit")
    crew = Crew(session, name, command, allowed, count)
    return looping.run(crew.work(concurrency, consumer, drain=drain))
