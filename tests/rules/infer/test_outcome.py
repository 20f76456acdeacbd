"""What an inference gives back: reading answers and failures of any shape, and the views of them."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import InferFailed
from syncropel.rules.infer.outcome import (
    InferOptions,
    InferPending,
    InferResult,
    ProvenanceEntry,
    TrustSummary,
    find_outcome,
)

RESULT, ERROR = "infer.result.v1", "infer.error.v1"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [
    "answer",
    "provenance",
    "trust_summary",
    "cost_actual_usd",
    "cost_charged_but_failed_usd",
    "fold_function",
    "chosen_response_id",
    "latency_ms",
    "code",
    "message",
    "details",
    "partial_responses",
    "_provenance",
    "_chosen_response",
    "fold",
    "tally",
]


def know(**body: Any) -> dict[str, Any]:
    """Return a KNOW row."""
    return {"id": "k", "thread": "th", "act": "KNOW", "actor": "e", "body": body, "parents": []}


def found(row: dict[str, Any]) -> Any:
    """Return the outcome of the query `q` that a row holds."""
    return find_outcome([row], "q")


@pytest.mark.parametrize(
    ("body", "whose"),
    [
        ({"kind": RESULT, "correlation_id": "q", "answer": 1}, "correlation_id"),
        ({"kind": RESULT, "fulfills": "q", "answer": 1}, "fulfills"),
        ({"kind": RESULT, "fulfills": ["x", "q"], "answer": 1}, "fulfills in a list"),
        ({"kind": "a.b.c", "fulfills": "q", "answer": 1, "_provenance": []}, "the documents' form"),
        ({"kind": "a.b.c", "fulfills": "q", "answer": 1, "_chosen_response": None}, "without provenance"),
    ],
)
def test_answers_are_recognised(body: dict[str, Any], whose: str) -> None:
    """A KNOW that names the query, in either published form, is its answer."""
    assert found(know(**body)).answer == 1, whose


@pytest.mark.parametrize(
    "row",
    [
        know(kind=RESULT, correlation_id="other", answer=1),
        know(kind=RESULT, fulfills="other", answer=1),
        know(kind=RESULT, fulfills=7, answer=1),
        know(kind=RESULT, answer=1),
        know(kind="core.outcome", fulfills="q", summary="done"),
        {**know(kind=RESULT, correlation_id="q"), "act": "DO"},
        {**know(), "body": None},
        {"act": "KNOW"},
        {},
    ],
)
def test_other_records_are_no_answer(row: dict[str, Any]) -> None:
    """Records of other queries, acts and kinds are passed over, and so are broken ones."""
    assert found(row) is None


def test_the_first_outcome_counts() -> None:
    """Of several outcomes the first row's is returned."""
    rows = [know(kind="x"), know(kind=ERROR, fulfills="q", code="c"), know(kind=RESULT, fulfills="q")]
    assert isinstance(find_outcome(rows, "q"), InferFailed)
    assert isinstance(find_outcome(rows[::-1], "q"), InferResult)


def test_a_failure_known_by_its_parents() -> None:
    """An error record without the query's id in its body is known by its parents."""
    row = {**know(kind=ERROR, code="fold_failed", message="m"), "parents": ["q"]}
    assert (found(row).code, found(row).correlation_id) == ("fold_failed", "q")


def test_the_documents_form() -> None:
    """Members of the answer stand beside what describes it; each goes where the client's form has it."""
    row = know(
        kind="ops.verdict.v1",
        fulfills="q",
        verdict="left",
        confidence=0.9,
        _rationale="so",
        _provenance=[{"responder_did": "d", "response_record_id": "r", "weight": 2, "note": "n"}],
        _chosen_response="r",
        fold={"cold_start_warning": True},
        audit={"approved": True},
    )
    result = found(row)
    assert result.answer == {"verdict": "left"}
    assert result.provenance == [
        {
            "responder_did": "d",
            "response_record_id": "r",
            "weight": 2,
            "match_level": None,
            "trust_at_dispatch": 0.0,
            "extra": {"note": "n"},
        }
    ]
    assert (result.chosen_response_id, result.answer_kind) == ("r", "ops.verdict.v1")
    assert (result.fold, result.audit) == ({"cold_start_warning": True}, {"approved": True})


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.sampled_from([RESULT, ERROR, "a.b.c"]))
def test_any_body_is_read(body: dict[str, Any], kind: str) -> None:
    """Members of wrong types count as absent: nothing raises, and the types are as declared."""
    outcome = found(know(**{**body, "kind": kind, "correlation_id": "q"}))
    if isinstance(outcome, InferResult):
        assert all(isinstance(each, ProvenanceEntry) for each in outcome.provenance)
        assert isinstance(outcome.trust_summary, TrustSummary)
        assert isinstance(outcome.cost_actual_usd, (int, float))
        assert isinstance(outcome.fold_function, str)
        assert outcome.chosen_response_id is None or isinstance(outcome.chosen_response_id, str)
        outcome.to_dict()
    elif isinstance(outcome, InferFailed):
        assert isinstance(outcome.code, str)
        assert isinstance(outcome.details, dict)
        pickle.loads(pickle.dumps(outcome))


def test_huge_numbers_count_as_absent() -> None:
    """A number beyond all measure is not a cost, and does not raise."""
    row = know(kind=RESULT, fulfills="q", cost_actual_usd=10**400, latency_ms=float("nan"))
    assert (found(row).cost_actual_usd, found(row).latency_ms) == (0.0, None)


def test_both_ways_of_access() -> None:
    """Fields and unknown members are read by attribute and by key; a wrong name says what there is."""
    result = found(
        know(
            kind=RESULT, fulfills="q", answer=[1], trust_summary={"mean": 0.5, "n_contributors": 2}, tally={}
        )
    )
    assert result["answer"] is result.answer
    assert result["tally"] == result.tally == {}
    assert result.trust_summary["mean"] == result.trust_summary.mean == 0.5
    assert result.trust_summary["n_contributors"] == 2
    assert "tally" in result
    assert "nonsense" not in result
    assert result.get("nonsense") is None
    with pytest.raises(AttributeError, match="InferResult has no 'nonsense'; it has answer"):
        result.nonsense  # noqa: B018
    with pytest.raises(KeyError):
        result["nonsense"]
    with pytest.raises(AttributeError):
        result.answer = 2
    assert dict(result)["fold_function"] == ""
    assert len(result) == len(list(result)) == 11


def test_copies_and_json() -> None:
    """Results survive pickle and copy, and `to_dict` is plain JSON."""
    result = found(
        know(kind=RESULT, fulfills="q", answer={"a": 1}, provenance=[{"weight": 1}], tally={"x": 1})
    )
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result), copy.copy(result)):
        assert other == result
        assert other.tally == {"x": 1}
    assert json.loads(json.dumps(result.to_dict()))["provenance"][0]["weight"] == 1
    pending = InferPending("q", "th")
    assert pending.to_dict() == {
        "correlation_id": "q",
        "thread_id": "th",
        "pending": True,
        "sequence": None,
    }


def test_the_guide_s_options() -> None:
    """The options have the guide's names, order and defaults."""
    assert InferOptions() == InferOptions(True, 500, 300_000, None)
    assert InferOptions(thread="th").thread == "th"
