"""The table of the records, by name: what inserts into it is written once per engine, not once per caller."""

from __future__ import annotations

RECORDS = "records"
RECORD_COLUMNS = (
    "created_at",
    "id",
    "thread",
    "actor",
    "act",
    "clock",
    "data_type",
    "kind",
    "namespace",
    "parents",
    "body",
    "judged_by",
    "sig",
)
"""Every column but the sequence, in the order in which ingest gives their values."""

PLACED_COLUMNS = ("sequence", *RECORD_COLUMNS)
"""The columns of a record whose place the caller gives, for `Transaction.insert_many`."""
