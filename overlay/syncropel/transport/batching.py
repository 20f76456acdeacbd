"""Many records in one request: whether a server takes them, how many fit, and what became of each. No I/O."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from syncropel.rules.limits import MAX_BODY_BYTES
from syncropel.transport.auth import RawHeaders
from syncropel.transport.convert import Answer

if TYPE_CHECKING:
    from syncropel.transport.delivery import Outcome

MAX_TOGETHER = 1000
MAX_TOGETHER_BYTES = MAX_BODY_BYTES
"""No more than the largest single record: what lies between us and the server passes that already."""

ASK_AGAIN_SECONDS = 30.0
MANIFEST_SECONDS = 5.0
"""How long the capability manifest is waited for, at the most; it must not use up the time of an emit."""

_NO_MANIFEST = frozenset({404, 405, 410, 501})
# A refusal of the request and not of the caller: each record then goes alone, and gets an answer of its own.
_NO_ROUTE = frozenset({404, 405, 406, 410, 411, 415, 501})
_NOT_TOGETHER = _NO_ROUTE | {400, 413, 422}
_TOO_LARGE = 413
_STORED = (201, 200)
# The headers of a batch's answer that say something about its records, too.
_TOLD_OF_EACH = frozenset((b"x-request-id", b"retry-after"))


class BatchLimits(NamedTuple):
    """What one request may hold.

    Attributes:
        records: How many records.
        bytes: How many bytes, line breaks included.
    """

    records: int
    bytes: int


OURS = BatchLimits(MAX_TOGETHER, MAX_TOGETHER_BYTES)
"""What this client puts into one request, however much more a server takes."""


class BatchSupport:
    """What is known about a server's batch route. One for each client; safe to share between threads.

    Args:
        now: A monotonic clock in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ask_at: float | None = now()
        self.limits: BatchLimits | None = None

    @property
    def unknown(self) -> bool:
        """Whether the server is to be asked: it never was, or could not say."""
        return self._ask_at is not None and self._now() >= self._ask_at

    @property
    def possible(self) -> bool:
        """Whether records may travel together, for all that is known."""
        return self.limits is not None or self.unknown

    def learn(self, answer: Outcome) -> None:
        """Take what the server answered when it was asked for its capabilities."""
        if isinstance(answer, Answer) and answer.ok:
            self.limits, self._ask_at = read_manifest(answer.json_or_none()), None
        elif isinstance(answer, Answer) and answer.status in _NO_MANIFEST:
            self.limits, self._ask_at = None, None
        else:
            self.limits, self._ask_at = None, self._now() + ASK_AGAIN_SECONDS

    def refused(self, outcome: Outcome, size: int) -> None:
        """Take what a batch of so many bytes came to: a route that is gone, or limits of somebody between."""
        if not isinstance(outcome, Answer) or self.limits is None:
            return
        if outcome.ok or outcome.status in _NO_ROUTE:
            self.limits = None
        elif outcome.status == _TOO_LARGE:
            self.limits = BatchLimits(self.limits.records, max(1, size // 2))


def read_manifest(value: Any) -> BatchLimits | None:
    """Return what a capability manifest allows, in its bare or its wrapped form; None for no batches."""
    if isinstance(value, dict) and isinstance(value.get("capabilities_manifest"), dict):
        value = value["capabilities_manifest"]
    flags = value.get("capabilities") if isinstance(value, dict) else None
    if not isinstance(flags, dict) or flags.get("batch") is not True:
        return None
    told = value.get("limits")
    limits = told if isinstance(told, dict) else {}
    return BatchLimits(
        _least(limits.get("batch_records"), OURS.records), _least(limits.get("batch_bytes"), OURS.bytes)
    )


def _least(told: Any, ours: int) -> int:
    known = isinstance(told, int) and not isinstance(told, bool) and told > 0
    return min(told, ours) if known else ours


def fits(sizes: Iterable[int], limits: BatchLimits) -> int:
    """Return how many payloads of these sizes, from the first one on, go into one request; at least one."""
    count = total = 0
    for size in sizes:
        total += size + 1
        if count and (count >= limits.records or total > limits.bytes):
            break
        count += 1
    return max(1, count)


def cut(sizes: Sequence[int], limits: BatchLimits) -> list[slice]:
    """Return the slices of a sequence of payloads that each go into one request."""
    slices = []
    start = 0
    while start < len(sizes):
        end = start + fits(sizes[start : start + limits.records], limits)
        slices.append(slice(start, end))
        start = end
    return slices


def joined(payloads: Iterable[bytes]) -> bytes:
    """Return the body of a batch: one record a line. Canonical JSON holds no line break of its own."""
    return b"\n".join(payloads)


class Part(Answer):
    """What a batch's answer says about one record, in the form of an answer of its own.

    Attributes:
        value: The decoded receipt or error; a receipt's `content` is left empty, for nobody reads it.
    """

    __slots__ = ("value",)

    def __init__(self, status: int, headers: RawHeaders, content: bytes, value: dict[str, Any]) -> None:
        super().__init__(status, headers, content)
        self.value = value

    def json(self) -> Any:
        """Return the decoded part."""
        return self.value

    def json_or_none(self) -> Any:
        """Return the decoded part."""
        return self.value


def outcomes_of(outcome: Outcome, count: int) -> list[Outcome | None]:
    """Return what became of each record of a batch, in order.

    Args:
        outcome: What the request came to.
        count: How many records it held.

    Returns:
        One outcome for each. None stands for "not known, send it alone": the server refused the request as
        such, or its answer cannot be read. A record is safe to send twice, because its id is its content.
    """
    if not isinstance(outcome, Answer):
        return [outcome] * count
    if not outcome.ok:
        return [None if outcome.status in _NOT_TOGETHER else outcome] * count
    rows = _rows(outcome, count)
    if rows is None:
        return [None] * count
    headers = _told_of_each(outcome)
    return [_part(headers, row) for row in rows]


class Receipts(NamedTuple):
    """The answer to a batch of which every record is stored.

    Attributes:
        headers: Those that say something about each of its records.
        rows: The decoded receipts, in order.
    """

    headers: RawHeaders
    rows: list[dict[str, Any]]

    def parts(self) -> Iterator[Part]:
        """Yield the answer to each record, made when it is asked for: no batch has to wait for them."""
        return (Part(row["status"], self.headers, b"", row) for row in self.rows)


def receipts_of(outcome: Outcome, count: int) -> Receipts | None:
    """Return the receipts of a batch; None unless it is known that every one of its records is stored."""
    if not isinstance(outcome, Answer) or not outcome.ok:
        return None
    rows = _rows(outcome, count)
    if rows is None or not all(type(row) is dict and row.get("status") in _STORED for row in rows):
        return None
    return Receipts(_told_of_each(outcome), rows)


def _rows(answer: Answer, count: int) -> list[Any] | None:
    value = answer.json_or_none()
    rows = value.get("data") if isinstance(value, dict) else None
    return rows if isinstance(rows, list) and len(rows) == count else None


def _told_of_each(answer: Answer) -> RawHeaders:
    return [each for each in answer.headers if each[0].lower() in _TOLD_OF_EACH]


def _part(headers: RawHeaders, row: Any) -> Part | None:
    status = row.get("status") if isinstance(row, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        return None
    if 200 <= status < 300:
        return Part(status, headers, b"", row)
    told = {name: value for name, value in row.items() if name not in ("status", "index")}
    content = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Part(status, headers, content.encode("utf-8", "replace"), told)
