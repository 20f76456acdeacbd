"""Requests become bodies, bodies become queries, and what is wrong is named before anybody is asked."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from syncropel.errors import InferFailed, InferTimeout, UsageError, ValidationError
from syncropel.rules.infer.query import MAX_SECONDS, InvalidQuery, Query
from syncropel.rules.infer.relevance import Predicate
from syncropel.rules.infer.request import build_query_body

from .simulating import query

REQUEST: dict[str, Any] = {
    "input": {"goal": "g"},
    "responders": [{"kind": "llm"}],
    "fold": {"function": "consensus"},
}


@pytest.mark.parametrize(
    ("change", "error", "place"),
    [
        ({"input": "text"}, TypeError, "$.input"),
        ({"input": {}}, ValueError, "$.input"),
        ({"input": {"inline": 1, "record_id": "r"}}, ValueError, "$.input"),
        ({"responders": {"kind": "llm"}}, ValueError, "$.responders"),
        ({"responders": [{"kind": "oracle"}]}, ValueError, "$.responders[0].kind"),
        ({"responders": [{"trust_gte": "high"}]}, ValueError, "$.responders[0].trust_gte"),
        ({"fold": {"function": "vote"}}, ValueError, "$.fold.function"),
        ({"fold": {"function": "expression"}}, ValueError, "$.fold"),
        ({"fold": {"function": "consensus", "min_quorum": 0}}, ValueError, "$.fold.min_quorum"),
        ({"dial": 1.5}, ValueError, "$.dial"),
        ({"orchestration": {"pattern": "dance"}}, ValueError, "$.orchestration"),
        ({"side_effects": {"max_cost_usd": -1}}, ValueError, "$.side_effects.max_cost_usd"),
        ({"metadata": {"a": 1}}, ValueError, "$.metadata.a"),
        ({"metadata": {"a": {1, 2}}}, TypeError, "$.metadata.a"),
        ({"dial": float("nan")}, ValueError, "$.dial"),
    ],
)
def test_a_faulty_request_names_the_place(change: Any, error: type[Exception], place: str) -> None:
    """The contract's schema judges what the first checks let through; the JSON path is in the message."""
    with pytest.raises(error) as caught:
        build_query_body({**REQUEST, **change})
    assert isinstance(caught.value, UsageError)
    assert place in str(caught.value)


@pytest.mark.parametrize("request_", [None, [], "q", 1])
def test_a_request_is_a_dict(request_: Any) -> None:
    """Anything else is a TypeError, before its members are looked at."""
    with pytest.raises(TypeError, match="request is a dict"):
        build_query_body(request_)


def test_the_first_fault_in_the_published_order_is_told() -> None:
    """Responders come before the fold, the fold before the input."""
    for missing, place in ((("responders", "fold", "input"), "responders"), (("fold", "input"), "fold")):
        with pytest.raises(ValueError, match=rf"^\$\.{place}"):
            build_query_body({name: value for name, value in REQUEST.items() if name not in missing})
    with pytest.raises(ValueError, match=r"^\$\.input"):
        build_query_body({name: value for name, value in REQUEST.items() if name != "input"})


def test_the_request_is_copied() -> None:
    """The body shares nothing with the request, and the request is not changed."""
    request = {**REQUEST, "input": {"goal": "g", "context": {"a": [1]}}, "dial": None}
    body = build_query_body(request)
    body["input"]["inline"]["context"]["a"].append(2)
    body["responders"][0]["kind"] = "actor"
    assert request["input"] == {"goal": "g", "context": {"a": [1]}}
    assert REQUEST["responders"] == [{"kind": "llm"}]
    assert "dial" not in body


def test_every_violation_is_there() -> None:
    """A request with several faults names all of them at once."""
    with pytest.raises(ValidationError) as caught:
        build_query_body({**REQUEST, "dial": 7, "metadata": {"a": 1}})
    assert {each.path for each in caught.value.violations} >= {"$.dial", "$.metadata.a"}


def test_a_query_has_its_defaults() -> None:
    """What a query does not say is what the protocol says."""
    parsed = Query.from_body(query())
    assert parsed.orchestration.pattern == "single_shot"
    assert parsed.dial == 0.5
    assert (parsed.relevance.threshold, parsed.relevance.top_k) == (0.5, 3)
    assert parsed.side_effects.max_latency_secs is None
    assert parsed.side_effects.obligation_resolution == "last_writer_wins"
    assert (parsed.fold.tie_break, parsed.fold.min_quorum) == ("highest_trust", 1)
    assert parsed.responders == (Predicate(kind="any"),)


def test_the_course_uses_the_querys_responders_where_it_names_none() -> None:
    """`primary` and `primary_responders` are the query's responders when they are absent."""
    own = [{"did": "did:own"}]
    for course in (
        {"pattern": "verify", "verifier": {"kind": "llm"}},
        {"pattern": "ensemble_with_audit", "auditor": {"kind": "llm"}},
        {"pattern": "retry_on_low_confidence"},
    ):
        parsed = Query.from_body(query(responders=own, orchestration=course))
        assert parsed.orchestration.stages == ((Predicate(did="did:own"),),)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], "$"),
        ({**query(), "kind": "infer.query.v2"}, "$.kind"),
        ({name: value for name, value in query().items() if name != "fold"}, "$"),
        (query(responders=[{"kind": 1}]), "$.responders[0].kind"),
        (
            query(orchestration={"pattern": "verify", "primary": [{"kind": "llm"}]}),
            "$.orchestration.verifier",
        ),
    ],
)
def test_a_body_that_is_no_query_names_the_place(body: Any, path: str) -> None:
    """The executor says where a query breaks, whoever sent it."""
    with pytest.raises(InvalidQuery) as caught:
        Query.from_body(body)
    assert caught.value.path == path
    assert caught.value.reason
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_no_deadline_is_beyond_reach() -> None:
    """A latency that no clock can show is cut to ten years."""
    parsed = Query.from_body(query(side_effects={"max_latency_secs": 1e308}))
    assert parsed.side_effects.max_latency_secs == MAX_SECONDS


def test_members_that_nobody_knows_are_passed_over() -> None:
    """A newer client's members do not make a query invalid."""
    body = query(fold={"function": "best_of", "newer": 1}, responders=[{"kind": "any", "newer": 1}], newer=1)
    assert Query.from_body(body).fold.function == "best_of"


def test_failures_carry_what_is_needed_to_go_on() -> None:
    """The failure has the members of its record, the time-out has both ids, and both survive pickling."""
    failed = InferFailed("fold_failed", "no", details={"a": 1}, partial_responses=["r"], thread_id="t")
    assert (failed.code, failed.details, failed.partial_responses) == ("fold_failed", {"a": 1}, ("r",))
    assert isinstance(failed, RuntimeError)
    timeout = InferTimeout("late", thread_id="t", correlation_id="c")
    assert isinstance(timeout, TimeoutError)
    for error in (failed, timeout):
        assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
