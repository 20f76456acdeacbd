"""`spl queue dead|redrive`: the messages that were given up."""

from __future__ import annotations

import itertools
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import exits
from .payload import members, preview
from .queue import Queue, queue
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..store import DeadLetter

_COLUMNS = ("id", "when", "why", "message")
_REASONS = {"max_retries exceeded": "retries", "deadline exceeded": "deadline"}
"""In a word, so that the message has room beside its id."""


@verb(queue, "dead", examples=["spl queue dead jobs", "spl queue dead jobs --all --json"])
def dead(
    session: Session,
    name: Queue,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Messages at most.")] = 100,
    everything: Annotated[bool, typer.Option("--all", help="Every one, however many.")] = False,
) -> None:
    """List the messages that were given up, and why, the oldest first."""
    limit = min(limit, sys.maxsize - 1)
    with session.store() as client:
        letters = list(itertools.islice(client.queue.dead_letters(name), None if everything else limit + 1))
    more = not everything and len(letters) > limit
    letters = letters[:limit] if more else letters
    if session.json:
        session.document({"object": "list", "data": [row_of(letter) for letter in letters], "more": more})
        return
    if not letters:
        session.note(f"nothing in {name} was given up")
        return
    from .tables import rows_table

    now = time.time()
    session.show(rows_table([_cells(letter, now) for letter in letters], _COLUMNS))
    if more:
        session.note(f"{len(letters):,} shown; --all shows every one")


def row_of(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter as a JSON object; a payload that is no text is in base64."""
    row = {name: value for name, value in letter._asdict().items() if name != "payload"}
    return {**row, "headers": dict(letter.headers), **members(letter.payload)}


def _cells(letter: DeadLetter, now: float) -> dict[str, Any]:
    from .tables import age

    return {
        "id": letter.message_id,
        "when": age({"created_at": letter.dead_at}, now),
        "why": _REASONS.get(letter.reason, letter.reason),
        "message": preview(letter.payload),
    }


@verb(
    queue,
    "redrive",
    examples=["spl queue redrive jobs", "spl queue redrive jobs 019ab3c8-12ab-7cde-8f01-23456789abcd"],
)
def redrive(
    session: Session,
    name: Queue,
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Only these. Default: all of them.")
    ] = None,
) -> int:
    """Put dead letters back into their queue, as if they were new. Exit code 1 when one you named is none."""
    with session.store() as client:
        count = client.queue.redrive(name, messages or None)
    if session.json:
        session.document({"queue": name, "redriven": count})
    else:
        from .tables import counted

        session.say(f"{counted(count, 'message')} back in {name}")
    return exits.FAILED if messages and count < len(set(messages)) else exits.OK
