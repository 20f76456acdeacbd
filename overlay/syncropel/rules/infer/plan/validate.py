"""Step 1 beyond the schema: expressions that compile, names that exist, schemas that are here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...schemas import default_registry
from ..dial import DIAL_NAMES
from ..expressions import Evaluator, ExpressionError
from ..groups import WEIGHT_NAMES
from ..query import Query
from ..relevance import PREDICATE_NAMES
from .conditions import AGREEMENT_NAMES, AUDIT_NAMES, CONDITION_NAMES
from .situation import World, expression_problem
from .steps import Problem

_Found = tuple[str, str, frozenset[str]]

_CONDITIONS = {
    "waterfall": ("accept_expression", CONDITION_NAMES),
    "retry_on_low_confidence": ("threshold_expression", CONDITION_NAMES),
    "escalate": ("escalation_expression", CONDITION_NAMES),
    "ensemble_with_audit": ("audit_expression", AUDIT_NAMES),
}


def invalid(query: Query, evaluator: Evaluator, world: World) -> Problem | None:
    """Say why a query that fits the schema cannot be carried out, or return None."""
    for path, expression, names in expressions(query):
        try:
            evaluator.check(expression, names)
        except ExpressionError as error:
            return expression_problem("invalid_query", error, path)
    reference = query.answer_shape.schema_ref
    if reference is None or (world.registry or default_registry()).known(reference):
        return None
    path = "$.answer_shape.schema_ref"
    remote = "://" in reference or reference.startswith("urn:")
    reason = (
        "is remote, and nothing is fetched; name the kind of a schema that is registered here"
        if remote
        else "is not the kind of a schema that is registered here"
    )
    return Problem(
        "invalid_query", f"{path}: {reference!r} {reason}", {"path": path, "schema_ref": reference}
    )


def expressions(query: Query) -> Iterator[_Found]:
    """Yield every expression of a query: its JSON path, its text, and the variables that it may use."""
    for path, predicate in query.predicates().items():
        if predicate.expression is not None:
            yield f"{path}.expression", predicate.expression, PREDICATE_NAMES
    yield from _of_fold(query)
    yield from _of_dial("$.dial", query.dial)
    yield from _of_dial("$.orchestration.retry_dial", query.orchestration.retry_dial)
    orchestration = query.orchestration
    if orchestration.condition is not None:
        name, names = _CONDITIONS[orchestration.pattern]
        yield f"$.orchestration.{name}", orchestration.condition, names
    if isinstance(orchestration.agreement_threshold, str):
        yield "$.orchestration.agreement_threshold", orchestration.agreement_threshold, AGREEMENT_NAMES


def _of_fold(query: Query) -> Iterator[_Found]:
    fold = query.fold
    if fold.weight_expression is not None:
        yield "$.fold.weight_expression", fold.weight_expression, WEIGHT_NAMES
    if fold.function == "expression" and fold.expression is not None:
        yield "$.fold.expression", fold.expression, frozenset({"responses", "tally"})
    if fold.function == "waterfall_first" and fold.acceptance is not None:
        name = "expression" if fold.expression is not None else "accept_expression"
        yield f"$.fold.{name}", fold.acceptance, frozenset({"response"})


def _of_dial(path: str, dial: float | Mapping[str, Any] | None) -> Iterator[_Found]:
    if isinstance(dial, Mapping):
        for name in ("replay_if", "create_if"):
            yield f"{path}.{name}", str(dial[name]), DIAL_NAMES
