"""Semantic search: checked, and disabled until an embedding provider exists."""

from __future__ import annotations

import pytest

from .support import Caller


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "x"}, 503, "SEMANTIC_SEARCH_DISABLED"),
        ({"query": "x", "k": 1000, "thread": "t", "after_clock": 0}, 503, "SEMANTIC_SEARCH_DISABLED"),
        ({"query": " \n"}, 400, "EMPTY_QUERY"),
        ({"query": ""}, 400, "EMPTY_QUERY"),
        ({"query": 5}, 400, "INVALID_QUERY"),
        ({}, 400, "INVALID_QUERY"),
        ([], 400, "INVALID_QUERY"),
        ({"query": "x", "k": "many"}, 400, "INVALID_QUERY"),
        ({"query": "x", "thread": ""}, 400, "INVALID_QUERY"),
        ({"query": "x", "after_clock": -1}, 400, "INVALID_QUERY"),
        ({"query": "x", "after_clock": 5.5}, 400, "INVALID_QUERY"),
        ({"query": "x", "after_clock": 5.0, "k": 3.0}, 503, "SEMANTIC_SEARCH_DISABLED"),
    ],
)
def test_search_is_checked_and_disabled(ask: Caller, body: object, status: int, code: str) -> None:
    """A good search is told that it is disabled, a bad one what is bad."""
    reply = ask.post("/v1/records/search", body)
    assert (reply.status, reply.body["code"]) == (status, code)
