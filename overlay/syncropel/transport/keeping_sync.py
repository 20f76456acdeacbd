"""Keeping records from a thread: what takes a moment is waited for."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TypeVar

from .results import EmitResult

T = TypeVar("T")


class SyncKeeping:
    """On a thread: what takes a moment is waited for."""

    @staticmethod
    def wait(future: Future[T]) -> T:
        """Return what the future holds, once it does."""
        return future.result()

    @staticmethod
    def queued(_: EmitResult, rest: EmitResult) -> EmitResult:
        """Return the result after the rest was done: here it was already."""
        return rest
