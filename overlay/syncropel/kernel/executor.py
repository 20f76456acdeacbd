"""The executor: carries every open query as far as it goes, one transaction at a time.

It holds no state of its own, only queries that it has read before. What it needs is in the store, what it
decides is decided by the pure planner (`rules.infer.plan`), and all records of one decision are appended in
one transaction that first makes sure that nothing was added since they were decided. So any number of
executors may work on one store, and one that is killed at any moment is continued by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

from ..errors import UsageError
from ..rules import limits
from ..rules.canonical import canonical_bytes
from ..rules.infer.candidate import Candidate
from ..rules.infer.expressions import Evaluator
from ..rules.infer.plan import Decision, EmitError, Progress, Step, World, decide_progress
from ..rules.infer.query import Query
from ..rules.infer.vocabulary import ERROR_KIND, FAILURE_KIND
from ..rules.plain import plain_copy
from . import registry
from .calls import CallReply, PendingCall, failed
from .core import Kernel
from .course import (
    Standing,
    append,
    in_namespace,
    look,
    open_queries,
    pending_calls,
    store_record,
    stored_form,
)
from .refusals import Refusal
from .registry import Estimator
from .store.base import Transaction

logger = logging.getLogger("syncropel.kernel")

# Room for what the engine's own records put around an answer.
_ENVELOPE_DEPTH = 8
_ENVELOPE_BYTES = 16 * 1024
# Judging a query by its schema costs more than the rest of a decision.
_KEPT_QUERIES = 256
_KEPT_CHARACTERS = 64 * 1024
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


class _View(NamedTuple):
    """A query, what is to be done about it, and who has to answer where nothing is."""

    standing: Standing
    decision: Decision
    calls: list[PendingCall]


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
        self._queries: dict[str, Query] = {}
        self._lock = Lock()

    def open_queries(self) -> list[str]:
        """Return the ids of the queries that have not ended, oldest first."""
        return self._store.read(open_queries)

    def advance(self, query_id: str) -> Advance:
        """Carry a query on until it waits for something or has ended. What it appends is durable on return.

        Raises:
            StoreUnavailable: The store cannot be used; nothing was appended since the last record.
            StoreFull: There is no room for what comes next.
        """
        standing: Standing | None = None
        for _ in range(MAX_ROUNDS):
            view = self._store.read(partial(self._look, query_id, standing))
            if view is None:
                return Advance(finished=True)
            standing, decision, calls = view
            if not decision.steps:
                return Advance(tuple(calls), decision.wake_at, decision.finished, standing.last)
            standing = self._write(standing, decision.steps)
            if decision.finished and standing is not None:
                return Advance(finished=True)
        raise RuntimeError(f"the query {query_id} was not decided in {MAX_ROUNDS} rounds")

    def _look(self, query_id: str, standing: Standing | None, transaction: Transaction) -> _View | None:
        """Decide about a query as it stands, or as it is read now; None when it has ended or never was.

        What stands after a decision was written needs no reading: what others add meanwhile has a higher
        sequence, so it keeps the next decision from being written, and wakes whoever waits.
        """
        now = self._now()
        standing = standing or look(transaction, query_id)
        if standing is None:
            return None
        progress = Progress.from_records(standing.row, standing.rows)
        candidates = registry.Candidates(partial(self._candidates, standing, now, transaction))
        read = partial(self._query, standing)
        world = World(input=standing.input)
        decision = decide_progress(read, progress, candidates, now, self._evaluator, world)
        calls = [] if decision.steps else pending_calls(transaction, standing, progress, now)
        return _View(standing, decision, calls)

    def _candidates(self, standing: Standing, now: float, transaction: Transaction) -> list[Candidate]:
        shape = standing.row["body"].get("answer_shape")
        known = shape if isinstance(shape, dict) else {}
        question, reach = standing.input.value, standing.reach
        return registry.candidates(transaction, now, question, known, self._estimate, reach)

    def _query(self, standing: Standing) -> Query:
        """Read a query; the body behind an id never changes, so a small one is judged once."""
        query_id = standing.row["id"]
        query = self._queries.get(query_id)
        if query is None:
            query = Query.from_body(standing.row["body"])
            if standing.size <= _KEPT_CHARACTERS:
                self._keep(query_id, query)
        return query

    def _keep(self, query_id: str, query: Query) -> None:
        with self._lock:
            self._queries[query_id] = query
            if len(self._queries) > _KEPT_QUERIES:
                del self._queries[next(iter(self._queries))]

    def _write(self, standing: Standing, steps: Sequence[Step]) -> Standing | None:
        """Append a decision's records; None when something was added to the query since it was decided."""
        now = self._now()
        try:
            stored = [replace(step, body=stored_form(step.body)) for step in steps]
            return self._store.write(partial(append, standing, stored, now))
        except (UsageError, Refusal) as error:
            # An answer can be too deep or too large for a record of ours: the query ends, and says so.
            logger.warning("a record of query %s cannot be written: %s", standing.row["id"], error)
            failure = (_unwritable(standing, steps, error),)
            return self._store.write(partial(append, standing, failure, now))

    def reply(self, call: PendingCall, reply: CallReply) -> bool:
        """Append what a responder said to a call, in its name; durable on return.

        Returns:
            False when the call was answered before, or its query has ended: nothing is appended then.
        """
        try:
            return self._store.write(self._answer(call, reply))
        except (UsageError, Refusal) as error:
            return self._refused(call, reply, error)

    def replies(self, replies: Sequence[tuple[PendingCall, CallReply]]) -> None:
        """Append what responders said, as `reply` does for one, in as few transactions as it takes.

        Raises:
            StoreUnavailable: Not all of it is durable; giving it again appends nothing twice.
            StoreFull: Likewise.
        """
        written: list[Future[bool] | None] = []
        for call, reply in replies:
            try:
                written.append(self._store.submit(self._answer(call, reply)))
            except (UsageError, Refusal) as error:
                self._refused(call, reply, error)
                written.append(None)
        for (call, reply), future in zip(replies, written, strict=True):
            try:
                if future is not None:
                    future.result()
            except (UsageError, Refusal) as error:
                self._refused(call, reply, error)

    def _answer(self, call: PendingCall, reply: CallReply) -> Callable[[Transaction], bool]:
        """Return the write that appends a reply; one that a record cannot hold raises `UsageError`."""
        body = {**reply.body, "correlation_id": call.correlation_id}
        body.setdefault("kind", str(call.answer_shape.get("kind", "inference.answer.v1")))
        return partial(_answer, call, _keepable(body), self._now())

    def _refused(self, call: PendingCall, reply: CallReply, error: Exception) -> bool:
        """Append a failure in the place of a reply that no record can hold."""
        if reply.body.get("kind") == FAILURE_KIND:
            raise error
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
    own = in_namespace(body, call.namespace)
    store_record(transaction, "DO", call.responder.did, own, (call.call_id,), call.thread, now)
    return True
