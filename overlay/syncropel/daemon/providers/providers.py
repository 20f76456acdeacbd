"""Carries out calls: one way in for every kind of responder, and nothing but a reply comes out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ...errors import UsageError
from ...kernel.access.visibility import EVERYTHING, Visibility
from ...kernel.calls import CallReply, PendingCall, Responder, declined, failed
from ...kernel.registry import BUILTIN, Estimate
from ...kernel.store.base import Transaction
from ...rules.canonical import canonical_bytes
from ...transport.retry import RetryPolicy
from .answers import read_program
from .command import run_command
from .limits import GRACE_SECS, MAX_REPLY_BYTES
from .llm import ask_model
from .pattern import Memory, replay
from .records import answer_about_records
from .settings import system_settings, timeout_secs
from .summary import summarise
from .trouble import Declined, Trouble

if TYPE_CHECKING:
    from .http import Caller

logger = logging.getLogger("syncropel.daemon.providers")
T = TypeVar("T")


class Records(Protocol):
    """What responders may ask of the kernel."""

    def query(self, request: Any, reach: Visibility = EVERYTHING) -> dict[str, Any]:
        """Return the answer to a rich query over what is in reach."""

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run work on a snapshot of the store."""


class Providers:
    """Every responder that a daemon can call by itself.

    Args:
        records: The kernel.
        now: The clock, unix seconds.
        policy: The retries of HTTP calls.
    """

    def __init__(
        self,
        records: Records,
        *,
        now: Callable[[], float] = time.time,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._records = records
        self._now = now
        self._policy = policy
        self._caller: Caller | None = None
        self._memory = Memory()

    async def call(self, pending: PendingCall) -> CallReply:
        """Carry out a call and return the reply, error-shaped when there is no answer.

        Bounded in time by the call's deadline and the registration's `timeout_secs`. Raises nothing but the
        cancellation of its own task.
        """
        try:
            remaining = pending.deadline - self._now()
            if remaining <= 0:
                raise Trouble("timeout", "the deadline had passed before the call was made")
            # Whoever waits for this call gives it up at its deadline, and then nothing was said. A failure
            # told in that same moment would make silence a coin toss.
            seconds = min(remaining + GRACE_SECS, timeout_secs(pending.responder))
            reply = await asyncio.wait_for(self._answer(pending, seconds), seconds + 1.0)
            return _checked(reply)
        except Trouble as trouble:
            return failed(trouble.code, trouble.message, cost_usd=trouble.cost_usd)
        except Declined as refusal:
            return declined(refusal.reason, refusal.message)
        except UsageError as error:
            return failed("configuration", str(error))
        except asyncio.TimeoutError:
            return failed("timeout", f"no answer within {seconds:g} s")
        except Exception as error:  # a responder's failure is a reply: it never stops the others
            logger.exception("the call %s failed", pending.call_id)
            return failed("internal", f"the daemon could not carry out the call: {type(error).__name__}")

    async def close(self) -> None:
        """Close connections. May be called again."""
        if self._caller is not None:
            await self._caller.close()

    def _http(self) -> Caller:
        # httpx takes a tenth of a second to load, which a daemon without remote responders need not wait for.
        from .http import Caller

        if self._caller is None:
            self._caller = Caller(self._policy)
        return self._caller

    def estimate(
        self,
        transaction: Transaction,
        responder: Responder,
        question: Any,
        shape: Mapping[str, Any],
        reach: Visibility = EVERYTHING,
    ) -> Estimate | None:
        """Judge a responder for a question; see `kernel.registry.Estimator`. Only patterns depend on it."""
        if responder.kind != "pattern":
            return Estimate()
        kind = str(shape.get("kind", ""))
        match = self._memory.match(transaction, question, kind, None, reach=reach)
        if match is None:
            return None
        age = max(self._now() - match.found.created_at, 0.0) / 86400
        return Estimate(match_level=match.level, age_days=age)

    async def _answer(self, pending: PendingCall, seconds: float) -> CallReply:
        kind = pending.responder.kind
        if kind == "llm":
            return await ask_model(pending, self._http(), seconds)
        if kind == "system":
            return await self._ask_system(pending, seconds)
        if kind == "pattern":
            return await asyncio.to_thread(
                self._records.read, lambda transaction: replay(pending, self._memory, transaction)
            )
        raise Trouble("configuration", f"a responder of the kind {kind!r} is not called by the daemon")

    async def _ask_system(self, pending: PendingCall, seconds: float) -> CallReply:
        settings = system_settings(pending.responder)
        if settings.builtin == "records":
            query = partial(self._records.query, reach=pending.reach)
            return await asyncio.to_thread(answer_about_records, pending.input, query, self._now())
        if settings.builtin == "summary":
            return await asyncio.to_thread(summarise, pending.input)
        question = _as_sent(pending)
        if settings.command:
            said = await run_command(settings.command, question, seconds)
        else:
            said = await self._http().post(settings.url, question, headers=settings.headers, seconds=seconds)
        return CallReply(read_program(said))


def _as_sent(pending: PendingCall) -> dict[str, Any]:
    """Return what a program or an HTTP responder is given."""
    return {
        "call_id": pending.call_id,
        "correlation_id": pending.correlation_id,
        "thread": pending.thread,
        "responder_did": pending.responder.did,
        "input": pending.input,
        "answer_shape": dict(pending.answer_shape),
        "deadline_ms": int(pending.deadline * 1000),
    }


def _checked(reply: CallReply) -> CallReply:
    """Hold a reply to what a record can keep.

    Raises:
        Trouble: It is empty, too large, or holds what canonical JSON has not.
    """
    cost = reply.body.get("cost_usd", 0.0)
    usable = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < 1e9
    paid = float(cost) if usable else 0.0
    if not reply.body:
        raise Trouble("bad_answer", "the answer is empty")
    if not usable:
        raise Trouble("bad_answer", "cost_usd is no amount")
    try:
        size = len(canonical_bytes(dict(reply.body)))
    except UsageError as error:
        raise Trouble("bad_answer", f"the answer cannot be kept: {error}", cost_usd=paid) from error
    if size > MAX_REPLY_BYTES:
        raise Trouble("too_large", f"the answer is larger than {MAX_REPLY_BYTES} bytes", cost_usd=paid)
    return reply


def builtin_responders() -> tuple[Responder, ...]:
    """Return the responders that every daemon has, offline too."""
    return (
        Responder(
            "did:sync:system:records",
            "system",
            display_name="Questions about the records held here",
            capabilities=("records",),
            domains=("data",),
            config={"builtin": "records"},
            source=BUILTIN,
        ),
        Responder(
            "did:sync:system:summary",
            "system",
            display_name="Extractive summaries by TextRank",
            capabilities=("summary",),
            domains=("research",),
            config={"builtin": "summary"},
            source=BUILTIN,
        ),
    )
