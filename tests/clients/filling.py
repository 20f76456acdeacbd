"""What the tests of clients share: records to emit."""

from __future__ import annotations

from typing import Any

from syncropel import EmitResult
from tests.support.colours import Colour


def fill(
    colour: Colour, client: Any, count: int, *, kind: str = "a.b.c", thread: str = "t", **body: Any
) -> None:
    """Emit records whose body counts up."""
    for n in range(count):
        assert colour.call(client.emit, "PUT", kind, {"n": n, **body}, thread).success


def put(colour: Colour, client: Any, **arguments: Any) -> EmitResult:
    """Emit a small record."""
    named = {"act": "PUT", "kind": "a.b.c", "body": {"x": 1}, "thread": "t", **arguments}
    result: EmitResult = colour.call(client.emit, **named)
    return result
