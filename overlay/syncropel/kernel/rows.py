"""From stored rows to record rows of the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .store.base import Transaction

COLUMNS = (
    "r.sequence, r.id, r.act, r.actor, r.body, r.clock, r.data_type, r.parents, r.thread, r.judged_by,"
    " r.created_at, r.namespace, r.sig"
)


def record_row(values: tuple[Any, ...]) -> dict[str, Any]:
    """Return the wire form of one row of `COLUMNS`. Absent optional members are left out, never null."""
    (
        sequence,
        record_id,
        act,
        actor,
        body,
        clock,
        data_type,
        parents,
        thread,
        judged_by,
        created,
        namespace,
        sig,
    ) = values
    row: dict[str, Any] = {
        "object": "record",
        "id": record_id,
        "act": act,
        "actor": actor,
        "body": json.loads(body),
        "clock": clock,
        "data_type": data_type,
        "parents": json.loads(parents) if parents != "[]" else [],
        "thread": thread,
    }
    if judged_by is not None:
        row["judged_by"] = judged_by
    if sig is not None:
        row["sig"] = json.loads(sig)
    row["sequence"] = sequence
    row["created_at"] = created
    row["namespace"] = namespace
    return row


def record_rows(rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the wire form of many rows."""
    return [record_row(values) for values in rows]


def last_sequence(transaction: Transaction) -> int:
    """Return the newest record's sequence, 0 when there is none."""
    return int(transaction.execute("SELECT coalesce(max(sequence), 0) FROM records")[0][0])
