"""The planner's one question: what is to be done now?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..candidate import Candidate
from ..expressions import Evaluator
from ..query import InvalidQuery, Query
from ..vocabulary import ERROR_KIND
from .audit import audited
from .cascade import escalate, waterfall
from .progress import MAX_DEPTH, Progress, deeper_than
from .single import retry, single_shot
from .situation import READY, UNUSABLE, WAITING, Situation, World
from .steps import Decision, EmitError, Problem
from .validate import invalid
from .verify import verify

_COURSES: dict[str, Callable[[Situation], Decision]] = {
    "single_shot": single_shot,
    "verify": verify,
    "waterfall": waterfall,
    "retry_on_low_confidence": retry,
    "escalate": escalate,
    "ensemble_with_audit": audited,
}


def decide(
    query: Query,
    progress: Progress,
    candidates: Sequence[Candidate],
    now: float,
    evaluator: Evaluator,
    world: World | None = None,
) -> Decision:
    """Return the next records of an inference and when to ask again.

    A pure function: the same arguments give the same decision. It never asks for a CALL that is among the
    progress's calls, so appending its steps, folding the progress anew and asking again always ends.

    Args:
        query: The query.
        progress: What its records say so far.
        candidates: Every responder that is registered, in any order.
        now: Unix time in seconds.
        evaluator: Evaluates the query's expressions.
        world: The question behind `record_id` and `ref`, the namespace's cap, the schemas; None for defaults.
    """
    if progress.finished is not None:
        return Decision(finished=True)
    situation = Situation(query, progress, candidates, now, evaluator, world or World())
    if not progress.calls:
        problem = invalid(query, evaluator, situation.world)
        if problem is not None:
            return situation.fail(problem)
    return _waiting_for_input(situation) or _COURSES[query.orchestration.pattern](situation)


def _waiting_for_input(situation: Situation) -> Decision | None:
    question = situation.question
    reason = question.reason if question.state == UNUSABLE else None
    if question.state == READY and deeper_than(question.value, MAX_DEPTH):
        reason = f"the question is nested deeper than {MAX_DEPTH} levels"
    if reason is not None:
        return situation.fail(Problem("invalid_query", f"$.input: {reason}", {"path": "$.input"}))
    if question.state != WAITING:
        return None
    if situation.now < situation.deadline:
        return Decision(wake_at=situation.deadline)
    return situation.fail(Problem("latency_timeout", "the deadline passed before the input was there", {}))


def decide_records(
    query_row: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any]],
    candidates: Sequence[Candidate],
    now: float,
    evaluator: Evaluator,
    world: World | None = None,
) -> Decision:
    """Return the decision for the rows of a thread: `decide` over what they fold to.

    A query that cannot be read ends with `invalid_query`; `details.path` names the place.

    Args:
        query_row: The row of the INTEND.
        rows: Rows of its thread, in order of arrival; others on it are passed over.
        candidates: As for `decide`.
        now: As for `decide`.
        evaluator: As for `decide`.
        world: As for `decide`.
    """
    registry = world.registry if world else None
    progress = Progress.from_records(query_row, rows)
    return decide_progress(
        partial(Query.from_body, query_row["body"], registry=registry),
        progress,
        candidates,
        now,
        evaluator,
        world,
    )


def decide_progress(
    read: Callable[[], Query],
    progress: Progress,
    candidates: Sequence[Candidate],
    now: float,
    evaluator: Evaluator,
    world: World | None = None,
) -> Decision:
    """Return the decision for rows that were folded already: `decide`, for a query that may be unreadable.

    Args:
        read: Returns the query, or raises `InvalidQuery`; not called for an inference that has ended.
        progress: As for `decide`.
        candidates: As for `decide`; a sequence that finds them when it is asked costs nothing where nobody
            is to be chosen.
        now: As for `decide`.
        evaluator: As for `decide`.
        world: As for `decide`.
    """
    if progress.finished is not None:
        return Decision(finished=True)
    try:
        query = read()
    except InvalidQuery as error:
        return Decision((unreadable(progress.query_id, error),), finished=True)
    return decide(query, progress, candidates, now, evaluator, world)


def unreadable(query_id: str, error: InvalidQuery) -> EmitError:
    """Return the record that ends an inference whose query cannot be read."""
    body = {
        "kind": ERROR_KIND,
        "correlation_id": query_id,
        "fulfills": query_id,
        "code": "invalid_query",
        "message": str(error),
        "details": {"path": error.path, "reason": error.reason, **error.details},
        "partial_responses": [],
    }
    return EmitError("KNOW", body, (query_id,))
