"""How clients note down what they do and see, while it happens."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from syncropel.rules.hashing import record_id
from syncropel.transport.results import EmitResult
from tests.proof.history import ACKED, PROMISED, REFUSED, UNKNOWN, Row

_PASSING = (408, 425, 429)


class Notes:
    """A file of JSON lines; each is handed to the system before `write` returns, so SIGKILL loses none."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, what: str, **event: Any) -> None:
        """Note one event; see `History.add`."""
        line = json.dumps({"t": what, **event}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(line)

    def call(self, writer: str, n: int, thread: str, **more: Any) -> None:
        """Note that a record is about to be given to a client."""
        self.write("call", writer=writer, n=n, thread=thread, called=time.monotonic(), **more)

    def end(self, writer: str, n: int, outcome: str, record: str | None) -> None:
        """Note what became of it."""
        self.write("end", writer=writer, n=n, at=time.monotonic(), outcome=outcome, id=record)

    def result(self, writer: str, n: int, result: EmitResult) -> str:
        """Note what a client said became of it; returns the outcome."""
        outcome = outcome_of(result)
        self.end(writer, n, outcome, result.record_id if result.success else result.expected_id)
        return outcome


def choose_client(native: bool) -> None:
    """Let this process send the short way where its parser is installed, or through the pool."""
    if not native:
        sys.modules["httptools.parser.parser"] = None  # type: ignore[assignment]  # which makes its import fail


def outcome_of(result: EmitResult) -> str:
    """Return what a client's result promises."""
    if result.success:
        return ACKED
    if getattr(result, "queued", False):
        return PROMISED
    status = result.status or 0
    return REFUSED if 400 <= status < 500 and status not in _PASSING else UNKNOWN


def body_of(writer: str, n: int) -> dict[str, Any]:
    """Return the body of a writer's record; rows are recognised by it."""
    return {"writer": writer, "n": n, "text": "é" * (n % 50)}


def row_of(record: Any) -> Row:
    """Return a read record as the checker wants it."""
    body = record["body"]
    return Row(
        record["sequence"],
        record["id"],
        record["thread"],
        record["actor"],
        record["clock"],
        str(body.get("writer")),
        int(body.get("n", -1)),
        is_sound(record),
    )


def is_sound(record: Any) -> bool:
    """Tell whether a record that was read has the id of its content, and the content that was sent."""
    body = record["body"]
    sent = body_of(str(body.get("writer")), int(body.get("n", -1)))
    same = all(body.get(name) == value for name, value in sent.items())
    return same and record_id(record) == record["id"]
