"""Inference in the daemon: the executor, its workers, and those who carry calls out, put together."""

from __future__ import annotations

from ..kernel.calls import CallReply, PendingCall, failed
from ..kernel.core import Kernel
from ..kernel.evaluation import QueryEvaluator
from ..kernel.executor import Executor
from .workers import Workers


class Nobody:
    """Carries no call out."""

    async def answer(self, call: PendingCall) -> CallReply:
        """Say that there is nobody."""
        return failed("responder_unavailable", f"nobody calls responders of the kind {call.responder.kind!r}")

    async def close(self) -> None:
        """Do nothing."""


def build_workers(kernel: Kernel) -> Workers:
    """Return the workers of a kernel, not yet open."""
    return Workers(kernel, Executor(kernel, QueryEvaluator(kernel.now)), Nobody())
