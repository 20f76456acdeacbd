"""Calls and responders for tests of the providers, and one way to carry a call out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from syncropel.daemon.providers import Providers
from syncropel.kernel.calls import PendingCall, Responder
from syncropel.kernel.core import Kernel
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.transport.retry import RetryPolicy

QUICK = RetryPolicy(max_retries=2, backoff=0.01, max_wait=1.0)


def new_kernel(**options: Any) -> Kernel:
    """Return a kernel over an empty store in memory."""
    return Kernel(MemoryStore(), routes=load_routes(), openapi=load_openapi(), version="0", **options)


def responder(kind: str = "system", model: str = "", **config: Any) -> Responder:
    """Return a registration."""
    return Responder(f"did:sync:{kind}:under-test", kind, model=model, config=config)


def pending(
    to: Responder,
    question: Any = "Is it?",
    *,
    seconds: float = 10.0,
    shape: dict[str, Any] | None = None,
    **more: Any,
) -> PendingCall:
    """Return a call that is due in some seconds."""
    return PendingCall(
        call_id="c" * 64,
        correlation_id="q" * 64,
        thread="th_questions",
        namespace="default",
        responder=to,
        input=question,
        answer_shape=shape or {"kind": "inference.answer.v1"},
        deadline=time.time() + seconds,
        **more,
    )


def carry_out(
    *calls: PendingCall, kernel: Kernel | None = None, policy: RetryPolicy = QUICK, new_loop: Any = None
) -> list[Any]:
    """Carry calls out at the same time and return the bodies of the replies."""
    records = kernel or new_kernel()

    async def run() -> list[Any]:
        providers = Providers(records, policy=policy)
        try:
            replies = await asyncio.gather(*(providers.call(each) for each in calls))
        finally:
            await providers.close()
        return [dict(reply.body) for reply in replies]

    try:
        loop = (new_loop or asyncio.new_event_loop)()
        try:
            return list(loop.run_until_complete(run()))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
    finally:
        if kernel is None:
            records.close()
