"""Many records in one request: storing them together, and saying what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...rules.records import Draft
from .. import parameters
from ..messages import Reply
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Bulk, Transaction
from .admission import Entry, admit_many, make_entry
from .batch_body import LIMIT, read_batch

# Records that are judged before the writer is looked at: a tenth of a millisecond.
_AT_A_TIME = 8
# Keeps the statement that looks up receipts within what every engine binds.
_LOOKED_UP = 500


class Batch(NamedTuple):
    """A batch whose records are judged as far as that needs no store.

    Attributes:
        records: In the order in which they were sent; what is refused as its refusal.
        atomic: Whether one refusal keeps all of them out.
        asked: Actors whose documents were asked for.
    """

    records: list[Entry | Refusal]
    atomic: bool
    asked: frozenset[str]


Outcome = tuple[int, bool] | Refusal
"""The sequence of a record and whether it is new there, or why it is refused."""


def emit_many(context: Context, call: Call) -> Bulk:
    """Check the records of a batch; the work stores them. Each is answered in its own place.

    Raises:
        Refusal: `INVALID_PARAMETER`, or `BATCH_REFUSED` for an atomic batch with a record that is refused.
    """
    atomic = parameters.flag(call.query, "atomic")
    records = []
    for number, each in enumerate(call.body):
        if number % _AT_A_TIME == 0:
            context.store.give_way()
        records.append(_judged(context, call, each))
    if atomic:
        _check_whole(records)
    return Bulk(_store, Batch(records, atomic, call.asked), len(records))


def _judged(context: Context, call: Call, read: Draft | Refusal) -> Entry | Refusal:
    if isinstance(read, Refusal):
        return read
    try:
        return make_entry(context, call.caller, read, call.now)
    except Refusal as refusal:
        return refusal


def _store(transaction: Transaction, batches: Sequence[Batch]) -> list[Reply]:
    """Store some batches and return the answer of each."""
    return [_store_one(transaction, batch) for batch in batches]


def _store_one(transaction: Transaction, batch: Batch) -> Reply:
    entries = [each for each in batch.records if not isinstance(each, Refusal)]
    outcomes: Sequence[Outcome] = admit_many(transaction, entries)
    if len(entries) < len(batch.records):
        admitted = iter(outcomes)
        outcomes = [each if isinstance(each, Refusal) else next(admitted) for each in batch.records]
    # Raised after some were stored, so that the store undoes all of it.
    _check_known(outcomes, batch.asked)
    if batch.atomic:
        _check_whole(outcomes)
    return _answer(transaction, batch.records, outcomes)


def _check_known(outcomes: Sequence[Outcome], asked: frozenset[str]) -> None:
    """Hold a batch back until its actors' documents were asked for; its other records would be known then."""
    held = tuple(did for did in _unresolved(outcomes) if did not in asked)
    if held:
        raise Refusal(
            "BATCH_REFUSED",
            f"none is stored yet: the documents of {len(held)} actors come first, such as that of {held[0]}",
            held=held,
        )


def _check_whole(outcomes: Sequence[object]) -> None:
    """Refuse an atomic batch when one of its records is refused."""
    refused = [(index, each) for index, each in enumerate(outcomes) if isinstance(each, Refusal)]
    if not refused:
        return
    index, first = refused[0]
    verb = "is" if len(refused) == 1 else "are"
    raise Refusal(
        "BATCH_REFUSED",
        f"{len(refused)} of {len(outcomes)} records {verb} refused, so none is stored;"
        f" the first is number {index}: {first.message}",
        resolve=next(iter(_unresolved(outcomes)), None),
        refused=[{"index": index, "code": each.code, "message": each.shown} for index, each in refused],
    )


def _unresolved(outcomes: Iterable[object]) -> tuple[str, ...]:
    """Return the actors whose documents, once their keys are pinned, may change what is refused."""
    refused = (each for each in outcomes if isinstance(each, Refusal))
    return tuple(dict.fromkeys(each.resolve for each in refused if each.resolve is not None))


def _answer(
    transaction: Transaction, records: Sequence[Entry | Refusal], outcomes: Sequence[Outcome]
) -> Reply:
    refused = [each for each in outcomes if isinstance(each, Refusal)]
    known = [each[0] for each in outcomes if not isinstance(each, Refusal) and not each[1]]
    times = _times(transaction, known)
    data = [
        _item(index, record, outcome, times)
        for index, (record, outcome) in enumerate(zip(records, outcomes, strict=True))
    ]
    counts = {
        "created": len(outcomes) - len(known) - len(refused),
        "known": len(known),
        "refused": len(refused),
    }
    return Reply(200, {"object": "batch", "data": data, **counts})


def _times(transaction: Transaction, sequences: Sequence[int]) -> dict[int, int]:
    """Return when records were stored, by their sequences."""
    times: dict[int, int] = {}
    for start in range(0, len(sequences), _LOOKED_UP):
        asked = sequences[start : start + _LOOKED_UP]
        marks = ", ".join("?" * len(asked))
        sql = f"SELECT sequence, created_at FROM records WHERE sequence IN ({marks})"  # noqa: S608 - marks only
        times.update(transaction.execute(sql, asked))
    return times


def _item(index: int, record: Entry | Refusal, outcome: Outcome, times: Mapping[int, int]) -> dict[str, Any]:
    if isinstance(record, Refusal):
        return record.envelope(status=record.status, index=index)
    if isinstance(outcome, Refusal):
        return outcome.envelope(status=outcome.status, index=index)
    sequence, new = outcome
    ready = record.ready
    return {
        "object": "receipt",
        "status": 201 if new else 200,
        "id": ready.id,
        "clock": ready.clock,
        "sequence": sequence,
        "created_at": int(record.now) if new else times[sequence],
    }


OPERATION = Operation(emit_many, writes=True, has_body=True, body_limit=LIMIT, read_body=read_batch)
