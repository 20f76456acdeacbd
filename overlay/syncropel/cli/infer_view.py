"""A query while it is answered: a live table of responders, their state, and the tally."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.live import Live

from ..rules.canonical import canonical_json
from ..rules.infer.events import InferEvent
from ..rules.infer.outcome import InferOptions, InferPending, InferResult
from ..rules.infer.responses import answer_of
from .session import Session, json_text
from .tables import cell, rows_table, short_actor

if TYPE_CHECKING:
    from .. import SyncClient

_WIDEST_ANSWER = 60


class Board:
    """What is known about each call so far.

    Args:
        now: A monotonic clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._rows: dict[str, dict[str, Any]] = {}
        self._tally: Counter[str] = Counter()
        self._shown: dict[str, str] = {}
        self._stages = 0

    def take(self, event: InferEvent) -> None:
        """Note a step."""
        if event.type == "dispatched":
            body = event.record.body
            self._rows[event.record.id] = {
                "responder": short_actor(event.responder or "?"),
                "kind": body.get("responder_kind") or "",
                "model": body.get("model") or "",
                "state": "asked",
                "since": self._now(),
                "answer": "",
            }
        elif event.type == "stage":
            self._stages += 1
        elif event.call_id in self._rows:
            self._reply(self._rows[event.call_id], event)

    def _reply(self, row: dict[str, Any], event: InferEvent) -> None:
        row["state"] = event.type
        if event.type != "accepted":
            row["took"] = self._now() - row["since"]
        if event.type == "answered":
            answer = answer_of(event.record.body)
            row["answer"] = shortened(answer)
            key = canonical_json(answer)
            self._tally[key] += 1
            self._shown[key] = row["answer"]
        elif event.type == "declined":
            row["answer"] = str(event.record.body.get("reason", ""))
        elif event.type == "failed":
            error = event.record.body.get("error")
            row["answer"] = str(error.get("message", "")) if isinstance(error, dict) else ""

    def __rich__(self) -> RenderableType:
        now = self._now()
        rows = [
            {**row, "seconds": f"{row.get('took', now - row['since']):.1f}", "model": row["model"] or "-"}
            for row in self._rows.values()
        ]
        if not rows:
            return cell("waiting for responders to be called", "dim")
        table = rows_table(rows, ["responder", "kind", "model", "state", "seconds", "answer"], ["seconds"])
        return Group(table, cell(self.summary(), "dim"))

    def summary(self) -> str:
        """Return how the answers agree so far, on one line."""
        groups = ", ".join(f"{count} x {self._shown[key]}" for key, count in self._tally.most_common())
        stages = f", {self._stages} more round{'s' * (self._stages != 1)}" if self._stages else ""
        return f"tally: {groups or 'no answer yet'}{stages}"


def watched(
    session: Session, client: SyncClient, pending: InferPending, options: InferOptions
) -> InferResult:
    """Follow a query until it is answered, showing what happens; return the answer.

    On a terminal a table is redrawn in place; elsewhere each step is a line (of JSON with `--json`).
    """
    board = Board()
    if session.json or not session.console.is_terminal:
        return _followed(client, pending, options, lambda event: _line(session, event))
    with Live(board, console=session.console, refresh_per_second=8):
        return _followed(client, pending, options, board.take)


def _followed(
    client: SyncClient, pending: InferPending, options: InferOptions, tell: Callable[[InferEvent], None]
) -> InferResult:
    for event in client.infer_stream(pending, options):
        if event.result is not None:
            return event.result
        tell(event)
    raise AssertionError("a stream of events ends with an answer or an error")


def _line(session: Session, event: InferEvent) -> None:
    if session.json:
        session.json_line({"event": event.type, "record": event.record.to_row()})
        return
    said = shortened(answer_of(event.record.body)) if event.type == "answered" else ""
    session.say(" ".join(part for part in (event.type, short_actor(event.responder or ""), said) if part))


def shortened(answer: Any) -> str:
    """Return an answer on one line of a table."""
    text = answer if isinstance(answer, str) else json_text(answer, indent=None)
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST_ANSWER else text[: _WIDEST_ANSWER - 1] + "…"
