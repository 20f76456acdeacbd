"""Failures on request: which of the next calls go wrong, and how."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncropel.errors import UsageError
from syncropel.kernel.wire import JSON_TYPE, encode_json
from syncropel.rules.error_codes import error_type

EMIT = "emitRecord"
EMITS = frozenset((EMIT, "emitRecords"))


@dataclass(frozen=True)
class Fault:
    """What happens to one call instead of, or before, its ordinary answer.

    Attributes:
        status: Answer with this HTTP status; None leaves the answer alone.
        drop: Break the connection: True raises `httpx.ConnectError`, an exception instance is raised itself.
        latency: Seconds that pass on the fake clock first; a call whose read timeout is shorter times out.
        method: Only calls of this HTTP method; None for every method.
        operation: Only calls of this operation id of the contract (`getRecord`, ...; `emitRecord` stands for
            `emitRecords` too); a name after `!` means every operation but that one; None for all.
        after_handling: The kernel does its work first and only its answer is replaced or lost.
        body: What a `status` answer carries: text and bytes go out as they are, anything else as JSON.
        headers: Headers of a `status` answer.
    """

    status: int | None = None
    drop: bool | Exception = False
    latency: float = 0.0
    method: str | None = None
    operation: str | None = None
    after_handling: bool = False
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status is not None and not 100 <= self.status <= 999:
            raise UsageError(f"status is {self.status}: an HTTP status is a number from 100 to 999")
        if self.status is not None and self.drop:
            raise UsageError("status and drop exclude each other: an answer that is dropped has no status")
        if self.latency < 0:
            raise UsageError(f"latency is {self.latency}: it is a number of seconds, zero or more")

    def hits(self, method: str, operation: str | None) -> bool:
        """Say whether this fault is meant for a call."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.operation is None:
            return True
        name = self.operation.removeprefix("!")
        # Emits that wait for one another travel together: what is meant for one befalls their request.
        hit = operation in EMITS if name == EMIT else operation == name
        return hit != self.operation.startswith("!")

    @property
    def replaces(self) -> bool:
        """Whether the kernel's answer is replaced or lost, not only delayed."""
        return self.status is not None or bool(self.drop)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer that stands in for the kernel's."""
        status = 503 if self.status is None else self.status
        headers = {name.lower(): value for name, value in self.headers.items()}
        if isinstance(self.body, (str, bytes)):
            content = self.body.encode() if isinstance(self.body, str) else self.body
            headers.setdefault("content-type", "text/plain; charset=utf-8")
            return status, headers, content
        headers.setdefault("content-type", JSON_TYPE)
        return status, headers, encode_json(_envelope(status) if self.body is None else self.body)


def _envelope(status: int) -> dict[str, str]:
    return {
        "object": "error",
        "type": error_type(status),
        "code": "INJECTED_FAULT",
        "message": f"mock: a test asked for status {status}",
        "request_id": "req_injected_fault",
    }


class FaultPlan:
    """The faults still to come, in the order they were asked for. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        """Let `fault` befall the next `times` calls it is meant for, after those already planned.

        Raises:
            UsageError: `times` is below 1.
        """
        if times < 1:
            raise UsageError(f"times is {times}: ask for one failure or more")
        with self._lock:
            self._waiting.append((fault, times))

    def take(self, method: str, operation: str | None) -> Fault | None:
        """Return the fault of this call and count it as used, or None when the call is to go well."""
        with self._lock:
            for index, (fault, left) in enumerate(self._waiting):
                if fault.hits(method, operation):
                    self._waiting[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None

    def pending(self) -> int:
        """Return how many failures have not happened yet."""
        with self._lock:
            return sum(left for _, left in self._waiting)

    def clear(self) -> None:
        """Forget every fault that has not happened yet."""
        with self._lock:
            self._waiting.clear()
