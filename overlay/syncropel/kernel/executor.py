"""The executor: carries every open query as far as it goes, one transaction at a time.

It holds no state of its own. What it needs is in the store, what it decides is decided by the pure planner
(`rules.infer.plan`), and all records of one decision are appended in one transaction that first makes sure
that nothing was added since they were decided. So any number of executors may work on one store, and one that
is killed at any moment is continued by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..errors import UsageError
from ..rules import limits
from ..rules.canonical import canonical_bytes
from ..rules.infer.expressions import Evaluator
from ..rules.infer.plan import Decision, EmitError, Progress, Step, World, decide_records
from ..rules.infer.vocabulary import ERROR_KIND, FAILURE_KIND
from ..rules.plain import plain_copy
from . import registry
from .calls import CallReply, PendingCall, failed
from .core import Kernel
from .course import Standing, append, look, open_queries, pending_calls, store_record
from .refusals import Refusal
from .registry import Estimator
from .store.base import Transaction

logger = logging.getLogger("syncropel.kernel")

# Room for what the engine's own records put around an answer.
_ENVELOPE_DEPTH = 8
_ENVELOPE_BYTES = 16 * 1024
MAX_ROUNDS = 10_000
"""A query that asks for more decisions than this in one go is a fault of the planner, not of the query."""


class Advance(NamedTuple):
    """Where a query stands after it was carried on.

    Attributes:
        pending: The calls that somebody has to carry out.
        wake_at: When to carry it on even if no record arrives, unix seconds; None for never.
        finished: Whether it has ended.
        seen: The sequence of the newest of its records that were taken into account.
    """

    pending: tuple[PendingCall, ...] = ()
    wake_at: float | None = None
    finished: bool = False
    seen: int = 0


class Executor:
    """Carries queries on.

    Args:
        kernel: Whose store and clock to use.
        evaluator: Evaluates expressions.
        estimate: What the shell knows about responders and questions; None for nothing.
        now: The clock, unix seconds; None for the kernel's.
    """

    def __init__(
        self,
        kernel: Kernel,
        evaluator: Evaluator,
        estimate: Estimator | None = None,
        *,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._store = kernel.store
        self._now = now or kernel.now
        self._evaluator = evaluator
        self._estimate = estimate

    def open_queries(self) -> list[str]:
        """Return the ids of the queries that have not ended, oldest first."""
        return self._store.read(open_queries)

    def advance(self, query_id: str) -> Advance:
        """Carry a query on until it waits for something or has ended. What it appends is durable on return.

        Raises:
            StoreUnavailable: The store cannot be used; nothing was appended since the last record.
            StoreFull: There is no room for what comes next.
        """
        for _ in range(MAX_ROUNDS):
            now = self._now()
            decision, standing = self._store.read(partial(self._decide, query_id, now))
            if standing is None:
                return Advance(finished=True)
            if not decision.steps:
                progress = Progress.from_records(standing.row, standing.rows)
                calls = self._store.read(lambda t: pending_calls(t, standing, progress, now))  # noqa: B023 - run here
                return Advance(tuple(calls), decision.wake_at, decision.finished, standing.last)
            if self._write(standing, decision) and decision.finished:
                return Advance(finished=True)
        raise RuntimeError(f"the query {query_id} was not decided in {MAX_ROUNDS} rounds")

    def _decide(
        self, query_id: str, now: float, transaction: Transaction
    ) -> tuple[Decision, Standing | None]:
        standing = look(transaction, query_id)
        if standing is None:
            return Decision(finished=True), None
        shape = standing.row["body"].get("answer_shape")
        candidates = registry.candidates(
            transaction,
            now,
            standing.input.value,
            shape if isinstance(shape, dict) else {},
            self._estimate,
        )
        world = World(input=standing.input)
        decision = decide_records(standing.row, standing.rows, candidates, now, self._evaluator, world)
        return decision, standing

    def _write(self, standing: Standing, decision: Decision) -> bool:
        """Append a decision's records; False when something was added to the query since it was decided."""
        now = self._now()
        try:
            return self._store.write(partial(append, standing, decision.steps, now))
        except (UsageError, Refusal) as error:
            # An answer can be too deep or too large for a record of ours: the query ends, and says so.
            logger.warning("a record of query %s cannot be written: %s", standing.row["id"], error)
            steps = (_unwritable(standing, decision.steps, error),)
            return self._store.write(partial(append, standing, steps, now))

    def reply(self, call: PendingCall, reply: CallReply) -> bool:
        """Append what a responder said to a call, in its name; durable on return.

        Returns:
            False when the call was answered before, or its query has ended: nothing is appended then.
        """
        body = {**reply.body, "correlation_id": call.correlation_id}
        body.setdefault("kind", str(call.answer_shape.get("kind", "inference.answer.v1")))
        try:
            kept = _keepable(body)
            return self._store.write(partial(_answer, call, kept, self._now()))
        except (UsageError, Refusal) as error:
            if body["kind"] == FAILURE_KIND:
                raise
            cost = reply.body.get("cost_usd")
            failure = failed(
                "invalid_response",
                f"the response cannot be kept: {error}",
                cost_usd=cost if isinstance(cost, (int, float)) else 0.0,
            )
            return self.reply(call, failure)


def _unwritable(standing: Standing, steps: Sequence[Step], error: Exception) -> Step:
    query_id = standing.row["id"]
    body: dict[str, Any] = {
        "kind": ERROR_KIND,
        "correlation_id": query_id,
        "fulfills": query_id,
        "code": "fold_failed",
        "message": f"the engine's record cannot be written: {error}"[:500],
        "details": {"act": steps[0].act},
        "partial_responses": [row["id"] for row in standing.rows if row["act"] == "DO"],
    }
    return EmitError("KNOW", body, (query_id,))


def _keepable(body: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a reply's body; what a posted record could not hold either raises `UsageError`."""
    depth = limits.MAX_JSON_DEPTH - _ENVELOPE_DEPTH
    plain: dict[str, Any] = plain_copy(
        body, root="$.body", max_depth=depth, max_digits=limits.MAX_INTEGER_DIGITS
    )
    size = len(canonical_bytes(plain))
    if size > limits.MAX_BODY_BYTES - _ENVELOPE_BYTES:
        raise UsageError(f"$.body: has {size} bytes; a record has at most {limits.MAX_BODY_BYTES}")
    return plain


def _answer(call: PendingCall, body: dict[str, Any], now: float, transaction: Transaction) -> bool:
    rows = transaction.execute("SELECT answered FROM calls WHERE id = ?", (call.call_id,))
    if not rows or rows[0][0] is not None:
        return False
    store_record(transaction, "DO", call.responder.did, body, (call.call_id,), call.thread, now)
    return True
