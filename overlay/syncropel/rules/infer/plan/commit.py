"""Step 8: the answer against its shape, the obligations, and the KNOW that ends the inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....errors import UsageError, ValidationError
from ...hashing import sha256_hex
from ...schemas import SchemaRegistry, default_registry
from ..folds import FoldOutcome
from ..obligations import ObligationConflict, Obligations, merge_obligations
from ..query import AnswerShape
from ..responses import Response, canonical_order
from ..vocabulary import RESULT_KIND
from .situation import Situation
from .steps import Decision, EmitResult, Problem

_CARRIED = frozenset(
    {"answer", "kind", "_v", "correlation_id", "fulfills", "cancels", "awaits", "cost_usd", "match_level"}
)
_LONGEST_KEY = 256


def commit(
    situation: Situation, outcome: FoldOutcome, responses: Sequence[Response], **more: Any
) -> Decision:
    """Return the decision that ends an inference: with the answer, or with why it cannot stand.

    Args:
        situation: The situation.
        outcome: The fold that stands.
        responses: The responses that were folded.
        more: Further members of the result's body (`audit`, `orchestration`).
    """
    chosen = next((each for each in responses if each.id == outcome.chosen_response_id), None)
    query = situation.query
    problem = shape_problem(query.answer_shape, outcome.answer, chosen, situation.world.registry)
    if problem is not None:
        return situation.fail(problem)
    try:
        obligations = merge_obligations(chosen, responses, query.side_effects.obligation_resolution)
    except ObligationConflict as error:
        return situation.fail(Problem("obligation_conflict", str(error), {"targets": error.targets}))
    body = {**_body(situation, outcome, responses), **_modifiers(situation, obligations), **more}
    beside = _beside(situation, chosen)
    if beside:
        body["answer_details"] = beside
    parents = (situation.progress.query_id, *(each.id for each in canonical_order(responses)))
    return Decision((EmitResult("KNOW", body, parents),), finished=True)


def _body(situation: Situation, outcome: FoldOutcome, responses: Sequence[Response]) -> dict[str, Any]:
    progress, query = situation.progress, situation.query
    wasted = progress.wasted_usd()
    body: dict[str, Any] = {
        "kind": RESULT_KIND,
        "correlation_id": progress.query_id,
        "answer": outcome.answer,
        "answer_kind": query.answer_shape.kind,
        "provenance": [_entry(each, outcome) for each in canonical_order(responses)],
        "trust_summary": _trust_summary(responses),
        "cost_actual_usd": max(progress.spent_usd() - wasted, 0.0),
        "cost_charged_but_failed_usd": wasted,
        "fold_function": query.fold.function,
        "chosen_response_id": outcome.chosen_response_id,
        "latency_ms": max(round((situation.now - progress.started_at(situation.now)) * 1000), 0),
        "fold": {"cold_start_warning": outcome.cold_start_warning},
        "metadata": dict(query.metadata),
    }
    if outcome.tally:
        body["tally"] = {_short(key): weight for key, weight in outcome.tally.items()}
    return body


def _short(key: str) -> str:
    """Return a tally's key as the result keeps it: a long answer by its hash, so that it is stored once."""
    return key if len(key) <= _LONGEST_KEY else f"sha256:{sha256_hex(key.encode())}"


def _entry(response: Response, outcome: FoldOutcome) -> dict[str, Any]:
    return {
        "responder_did": response.actor,
        "response_record_id": response.id,
        "weight": outcome.weights.get(response.id, 0.0),
        "match_level": response.match_level,
        "trust_at_dispatch": response.trust,
    }


def _trust_summary(responses: Sequence[Response]) -> dict[str, Any]:
    trusts = sorted(each.trust for each in responses)
    count = len(trusts)
    mean = sum(trusts) / count if count else 0.0
    return {
        "mean": mean,
        "min": trusts[0] if trusts else 0.0,
        "max": trusts[-1] if trusts else 0.0,
        "n_contributors": count,
    }


def _modifiers(situation: Situation, obligations: Obligations) -> dict[str, Any]:
    query_id = situation.progress.query_id
    others = [each for each in obligations.fulfills if each != query_id]
    modifiers: dict[str, Any] = {"fulfills": [query_id, *others] if others else query_id}
    # One stands for itself, as in the response: what awaits a decision is found by that very text.
    for name, values in (("cancels", obligations.cancels), ("awaits", obligations.awaits)):
        if values:
            modifiers[name] = values[0] if len(values) == 1 else list(values)
    return modifiers


def _beside(situation: Situation, chosen: Response | None) -> dict[str, Any]:
    """Return what the chosen body says beside its answer, for the folds that keep the whole body."""
    if chosen is None or situation.query.fold.function == "consensus":
        return {}
    answer = chosen.answer if "answer" not in chosen.body and isinstance(chosen.answer, dict) else {}
    return {name: value for name, value in chosen.body.items() if name not in _CARRIED and name not in answer}


def shape_problem(
    shape: AnswerShape, answer: Any, chosen: Response | None, registry: SchemaRegistry | None
) -> Problem | None:
    """Say where an answer breaks the shape that the query asked for, or return None."""
    body = {"answer": answer} if chosen is None else dict(chosen.body)
    kind = body.get("kind", shape.kind)
    if kind != shape.kind:
        return _mismatch(f"the answer's kind is {kind!r}, not {shape.kind!r}", {"kind": kind})
    missing = [path for path in shape.required_fields if not _leads_somewhere(path, body, answer)]
    if missing:
        return _mismatch(f"the answer lacks {', '.join(missing)}", {"missing": missing})
    if shape.schema_ref is None:
        return None
    return _schema_problem(shape.schema_ref, answer, registry or default_registry())


def _schema_problem(kind: str, answer: Any, registry: SchemaRegistry) -> Problem | None:
    if not isinstance(answer, dict):
        return _mismatch(f"the answer is no JSON object, so it cannot fit the schema of {kind!r}", {})
    try:
        registry.validate(kind, answer)
    except ValidationError as error:
        return _mismatch(str(error), {"violations": [str(each) for each in error.violations]})
    except UsageError as error:
        return _mismatch(str(error), {})
    return None


def _leads_somewhere(path: str, body: Mapping[str, Any], answer: Any) -> bool:
    """Tell whether a dotted path leads to a value in the response's body, or in the answer itself."""
    segments = path.split(".")
    if segments[0] == "answer":
        return _at(answer, segments[1:]) is not None
    if segments[0] == "body":
        segments = segments[1:]
    return _at(body, segments) is not None or _at(answer, segments) is not None


def _at(value: Any, segments: Sequence[str]) -> Any:
    for segment in segments:
        if not isinstance(value, Mapping):
            return None
        value = value.get(segment)
    return value


def _mismatch(message: str, details: dict[str, Any]) -> Problem:
    return Problem("answer_shape_mismatch", message, details)
