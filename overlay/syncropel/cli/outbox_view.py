"""How the outbox is shown, and what its verbs answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..transport.outbox_rows import Waiting
from . import exits
from .session import Session

if TYPE_CHECKING:
    from ..transport.outbox_choice import FlushResult
    from ..transport.outbox_rows import DeadLetter, Entry, Totals

_COLUMNS = ("id", "when", "state", "thread", "kind", "sender", "why")


def nothing(session: Session, path: Path) -> None:
    """Answer that there is no outbox: nothing waits."""
    if session.json:
        session.document({"object": "list", "data": [], "waiting": 0, "dead": 0, "bytes": 0})
    else:
        session.note(f"nothing waits: there is no outbox {str(path)!r}")


def listed(session: Session, totals: Totals, waiting: Sequence[Waiting], dead: Sequence[DeadLetter]) -> None:
    """Show the records of an outbox."""
    rows = [row_of(one) for one in waiting] + [row_of(one) for one in dead]
    if session.json:
        session.document({"object": "list", "data": rows, **totals._asdict()})
        return
    if rows:
        from .tables import rows_table

        now = time.time()
        session.show(rows_table([_cells(row, now) for row in rows], _COLUMNS))
    session.note(f"{totals.waiting:,} waiting, {totals.dead:,} refused, {totals.bytes:,} bytes")


def shown(session: Session, one: Waiting | DeadLetter) -> None:
    """Show one record of an outbox."""
    row = row_of(one)
    record = json.loads(_waiting(one).entry.payload)
    if session.json:
        session.document({**row, "record": record})
        return
    from .tables import fields_table

    session.show(fields_table(row))
    session.say(json.dumps(record, indent=2, ensure_ascii=False))


def row_of(one: Waiting | DeadLetter) -> dict[str, Any]:
    """Return a record of an outbox as a JSON object, without its payload."""
    waiting = _waiting(one)
    entry = waiting.entry
    row = {name: value for name, value in entry._asdict().items() if name != "payload"}
    row |= {"bytes": len(entry.payload), "added_at": waiting.added_at, "attempts": waiting.attempts}
    if isinstance(one, Waiting):
        return {"id": row.pop("id"), "state": "waiting", **row, "error": one.error}
    told = {"died_at": one.died_at, "status": one.status, "code": one.code, "error": one.message}
    return {"id": row.pop("id"), "state": "dead", **row, **told}


def dead_ones(chosen: Iterable[Waiting | DeadLetter]) -> list[DeadLetter]:
    """Return the dead letters among records.

    Raises:
        UsageError: One of them waits anyway.
    """
    found = []
    for one in chosen:
        if isinstance(one, Waiting):
            raise UsageError(f"{one.entry.id} waits already: spl outbox flush")
        found.append(one)
    return found


def with_new_clocks(session: Session, letters: Iterable[DeadLetter]) -> dict[int, Entry]:
    """Return the records under fresh clocks, signed again where they were signed.

    Raises:
        UsageError: A record was signed, and this run has no key of its actor.
    """
    from ..keys.identity import ANONYMOUS
    from ..rules.records import check_record
    from ..rules.strict_json import parse_json
    from ..transport.clock import CLOCKS
    from ..transport.outbox_results import entry_of
    from ..transport.signing import signed

    identity = session.identity or ANONYMOUS
    replaced = {}
    for letter in letters:
        entry = letter.waiting.entry
        before = check_record(parse_json(entry.payload))
        draft = before.with_clock(CLOCKS.next(entry.actor, entry.thread))
        if before.signature is not None:
            draft = signed(draft, identity)
            if draft.signature is None:
                raise UsageError(f"{entry.id} is signed by {entry.actor}: give its key by --identity-key")
        replaced[letter.waiting.number] = entry_of(draft, entry.endpoint, entry.sender)
    return replaced


def done(session: Session, what: str, count: int, new_ids: Mapping[str, str]) -> None:
    """Answer how many records it was, and which have new ids."""
    if session.json:
        session.document({what: count, "new_ids": dict(new_ids)})
        return
    for old, new in new_ids.items():
        session.say(f"{old} is now {new}")
    from .tables import counted

    session.note(f"{what} {counted(count, 'record')}")


def flushed(session: Session, result: FlushResult, others: int) -> int:
    """Answer what a flush came to, and return the exit code for it."""
    from .tables import counted

    if session.json:
        session.document({**result._asdict(), "others": others})
    else:
        session.say(f"delivered {counted(result.delivered, 'record')}")
    if result.dead:
        session.note(f"{counted(result.dead, 'record')} refused for good: spl outbox list --dead")
    if others:
        session.note(
            f"{counted(others, 'record')} of other identities or for other daemons: spl outbox list shows "
            "them; --did, --endpoint and --all choose others"
        )
    if result.waiting == 0:
        return exits.FAILED if result.dead else exits.OK
    session.note(f"{counted(result.waiting or 0, 'record')} left: {result.error}")
    reached = (result.error or "").startswith(("HTTP ", "another process"))
    return exits.FAILED if reached or result.waiting is None else exits.UNREACHABLE


def _waiting(one: Waiting | DeadLetter) -> Waiting:
    return one if isinstance(one, Waiting) else one.waiting


def _cells(row: Mapping[str, Any], now: float) -> dict[str, str]:
    from .tables import ID_CHARACTERS, age, short_actor

    return {
        "id": str(row["id"])[:ID_CHARACTERS],
        "when": age({"created_at": row["added_at"]}, now),
        "state": str(row["state"]),
        "thread": str(row["thread"]),
        "kind": str(row["kind"]),
        "sender": short_actor(str(row["sender"])),
        "why": " ".join(str(row["error"] or "").split()),
    }
