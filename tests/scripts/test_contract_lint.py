"""The lint of the contract: it passes on the contract, and each rule finds a violation planted for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from _contract import lint, lint_operations
from syncropel.rules import scopes
from tests.support import planted_operations, planted_schemas
from tests.support.planting import PLANTS, Document, Plant, get

CONTRACT = Path(__file__).parents[2] / "generated" / "syncropel_generated" / "openapi.json"


def _contract() -> Document:
    loaded: Document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return loaded


def test_the_contract_keeps_every_rule() -> None:
    """Our own rules find nothing in the contract as it is."""
    assert lint.own_problems(_contract()) == []


@pytest.mark.parametrize(("rule", "plant"), PLANTS, ids=[plant.__name__ for _, plant in PLANTS])
def test_a_planted_violation_is_found(rule: str, plant: Plant) -> None:
    """Each violation is reported by the rule that forbids it, with a place and a remedy."""
    document = _contract()
    plant(document)
    found = list(lint.RULES[rule](document))
    assert found
    assert all(where and message for where, message in found)


def test_a_problem_is_one_readable_line() -> None:
    """A problem says its place, what is wrong, and the rule's name; a broken reference is said alone."""
    document = _contract()
    planted_schemas.remote_reference(document)
    del get(document)["summary"]
    (problem,) = lint.own_problems(document)
    assert str(problem) == (
        "document/components/schemas/Record/properties/act: "
        "https://example.com/act.json: a reference must stay in the document [reference]"
    )


def test_every_rule_is_proven() -> None:
    """There is a planted violation for each rule, so none can stop working unnoticed."""
    assert {rule for rule, _ in PLANTS} == set(lint.RULES)
    for module in (planted_operations, planted_schemas):
        assert any(plant.__module__ == module.__name__ for _, plant in PLANTS)


def test_every_rule_says_why() -> None:
    """Each rule states in its docstring what it demands."""
    for rule in lint.RULES.values():
        assert rule.__doc__


def test_the_scopes_of_the_lint_are_those_of_the_daemon() -> None:
    """What `x-scope` may say is the daemon's closed set of scopes, and its three words for none of them."""
    words = {scopes.OPEN, scopes.ANY, scopes.SELF}
    assert {*scopes.SCOPES, *words} == lint_operations.SCOPES
