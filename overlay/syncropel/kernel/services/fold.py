"""The life of a thread, folded record by record in the order of ingest.

A thread is open on INTEND, active on DO and CALL, observed on KNOW; LEARN, GET, PUT and MAP move nothing.
It is closed by a KNOW whose `body.fulfills` names the opening INTEND (the thread's first), cancelled by a DO
whose `body.cancels` names it or by a KNOW with `body.verdict: "reject"`. Closed and cancelled are final, but
what was closed can still be cancelled: later records are kept and counted, and move nothing.
"""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from typing import Any

from ...rules.records import Draft
from ..store.base import Transaction

_KEYS = frozenset({"fulfills", "verdict", "cancels"})
_MOVES = {"INTEND": "open", "DO": "active", "CALL": "active", "KNOW": "observed"}


def opening_move(act: str) -> tuple[str | None, bool]:
    """Return the status an act moves an unfinished thread to (None: no move), and whether it may open it."""
    return _MOVES.get(act), act == "INTEND"


def is_exception(body: dict[str, Any]) -> bool:
    """Tell whether `fold_exception` may have something to do for a record with this body."""
    return not _KEYS.isdisjoint(body)


def fold_exception(transaction: Transaction, draft: Draft, sequence: int) -> None:
    """Fold what depends on the body: fulfilment, verdict, cancellation. Most records have none of it."""
    wire = draft.wire
    act, body, thread = wire["act"], wire["body"], wire["thread"]
    if not is_exception(body):
        return
    # What follows reads and changes the facts of this very record, which may still be waiting.
    transaction.settle()
    if act == "KNOW":
        verdict = body.get("verdict")
        if isinstance(verdict, str):
            transaction.execute(
                "UPDATE participants SET reviewed = 1 WHERE thread = ? AND actor = ?", (thread, wire["actor"])
            )
        if body.get("fulfills") and _names_opening(transaction, thread, body["fulfills"]):
            transaction.execute(
                "INSERT INTO fulfilments (thread, sequence, id) VALUES (?, ?, ?)",
                (thread, sequence, draft.id),
            )
            _finish(transaction, thread, "closed")
        if verdict == "reject":
            _finish(transaction, thread, "cancelled")
    elif act == "DO" and body.get("cancels") and _names_opening(transaction, thread, body["cancels"]):
        _finish(transaction, thread, "cancelled")


def _names_opening(transaction: Transaction, thread: str, named: Any) -> bool:
    rows = transaction.execute("SELECT opening_id FROM threads WHERE thread = ?", (thread,))
    opening = rows[0][0] if rows else None
    return opening is not None and (named == opening or (isinstance(named, list) and opening in named))


def _finish(transaction: Transaction, thread: str, status: str) -> None:
    final = "('cancelled')" if status == "cancelled" else "('closed', 'cancelled')"
    transaction.execute(
        f"UPDATE threads SET status = ? WHERE thread = ? AND status NOT IN {final}",
        (status, thread),
    )
