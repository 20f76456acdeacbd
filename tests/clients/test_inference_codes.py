"""The ten ways in which a query comes to no answer, each caused through the public client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncropel import InferFailed, InferOptions
from syncropel.testing import MockKernel
from tests.support.colours import Colour
from tests.support.inference import soon

A, B = "did:example:a", "did:example:b"
STRICT = {"obligation_resolution": "validation_error"}
TWO = {"function": "best_of", "min_quorum": 2}


def both(kernel: MockKernel) -> None:
    """Two responders contradict each other about an obligation."""
    kernel.answer_inference(A, body={"answer": 1, "fulfills": "task"})
    kernel.answer_inference(B, body={"answer": 1, "cancels": "task"})


def late(kernel: MockKernel) -> None:
    """A responder is slower than the query allows."""
    kernel.answer_inference(A, answer=1, delay=100)
    soon(lambda: kernel.clock.advance(20), 0.3)


CODES: dict[str, tuple[Callable[[MockKernel], Any], dict[str, Any]]] = {
    "invalid_query": (
        lambda kernel: kernel.answer_inference(A, answer=1),
        {"orchestration": {"pattern": "verify"}},
    ),
    "no_candidates": (lambda _: None, {}),
    "no_relevant_candidates": (
        lambda kernel: kernel.answer_inference(A, answer=1),
        {"fold": {"function": "consensus", "min_quorum": 2}},
    ),
    "cost_budget_exceeded": (
        lambda kernel: kernel.answer_inference(A, answer=1, cost_estimate_usd=1.0),
        {"side_effects": {"max_cost_usd": 0.5}},
    ),
    "responder_unavailable": (lambda kernel: kernel.answer_inference(A, fail="responder_unavailable"), {}),
    "latency_timeout": (late, {"side_effects": {"max_latency_secs": 10}}),
    "quorum_not_met": (lambda kernel: kernel.answer_inference(A, decline="overbooked"), {}),
    "fold_failed": (
        lambda kernel: kernel.answer_inference(A, answer=None),
        {"fold": {"function": "waterfall_first"}},
    ),
    "answer_shape_mismatch": (
        lambda kernel: kernel.answer_inference(A, answer={"text": "x"}),
        {"answer_shape": {"kind": "inference.answer.v1", "required_fields": ["body.verdict"]}},
    ),
    "obligation_conflict": (
        both,
        {"side_effects": STRICT, "fold": TWO},
    ),
}


@pytest.mark.parametrize("code", CODES)
def test_each_code(colour: Colour, code: str) -> None:
    """The failure arrives as `InferFailed` with its code, a message, and the query's two ids."""
    prepare, change = CODES[code]
    kernel = MockKernel()
    prepare(kernel)
    client = colour.client(transport=kernel.transport())
    request = {
        "input": {"goal": "Which way?"},
        "responders": [{"did": A}, {"did": B}],
        "fold": {"function": "consensus"},
        **change,
    }
    with pytest.raises(InferFailed) as caught:
        colour.call(client.infer, request, InferOptions(poll_timeout_ms=20_000))
    error = caught.value
    assert error.code == code
    assert error.message
    (query,) = kernel.records_by_kind("infer.query.v1")
    assert (error.thread_id, error.correlation_id) == (query.thread, query.id)
    ended = kernel.records_by_kind("infer.error.v1")
    assert [record.body["code"] for record in ended] == [code]


def test_the_answer_of_scripted_responders(colour: Colour) -> None:
    """Two scripted responders agree, the third does not: the answer is theirs, with all three in it."""
    kernel = MockKernel()
    for number, answer in enumerate(["left", "left", "right"]):
        kernel.answer_inference(f"did:example:{number}", answer=answer, cost_usd=0.01)
    client = colour.client(transport=kernel.transport())
    request = {
        "input": {"goal": "Which way?"},
        "responders": [{"kind": "any"}],
        "fold": {"function": "consensus", "min_quorum": 3},
    }
    result = colour.call(client.infer, request)
    assert result.answer == "left"
    assert len(result.provenance) == result.trust_summary.n_contributors == 3
    assert round(result.cost_actual_usd, 9) == 0.03
    assert [event.type for event in colour.collect(client.infer_stream(request))] == [
        *["dispatched"] * 3,
        *["answered"] * 3,
        "folded",
    ]
