"""Entries for outboxes, made of real records."""

from __future__ import annotations

from syncropel.rules.records import Draft, build_record
from syncropel.transport.outbox_rows import Entry

ENDPOINT = "http://mock"
SENDER = "did:example:test"


def draft(number: int = 0, thread: str = "t") -> Draft:
    """Return a record; its clock is its number."""
    return build_record(
        act="PUT", actor=SENDER, kind="test.outbox.entry", body={"n": number}, thread=thread, clock=number
    )


def entry(number: int = 0, thread: str = "t", *, endpoint: str = ENDPOINT, sender: str = SENDER) -> Entry:
    """Return the entry of such a record."""
    made = draft(number, thread)
    return Entry(endpoint, sender, thread, made.id, SENDER, "PUT", "test.outbox.entry", made.payload)


def number_of(kept: Entry) -> int:
    """Return the number an entry was made with."""
    import json

    return int(json.loads(kept.payload)["clock"])
