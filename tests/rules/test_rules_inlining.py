"""A schema without its references judges as it did with them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syncropel.rules.contract import load_schemas
from syncropel.rules.inlining import inlined
from tests.support.values import json_values

from .test_rules_judging import KINDS, schema_of, words


def places(schema: Any, instance: Any) -> list[tuple[Any, ...]]:
    """Return where an instance breaks a schema, and which keyword it breaks."""
    errors = Draft202012Validator(schema).iter_errors(instance)
    return sorted((str(list(error.absolute_path)), str(error.validator), error.message) for error in errors)


@pytest.mark.parametrize("kind", KINDS)
def test_no_reference_is_left(kind: str) -> None:
    """Every schema of the contract can be judged without following a reference."""
    assert '"$ref"' not in json.dumps(inlined(schema_of(kind)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_contracts_schemas_judge_alike(data: st.DataObject) -> None:
    """Bodies of the members that a kind knows break the same rules at the same places."""
    kind = data.draw(st.sampled_from(KINDS))
    names, constants = words(kind)
    values = st.one_of(json_values, st.sampled_from(constants)) if constants else json_values
    members = st.dictionaries(st.sampled_from(names), values, max_size=6)
    body = data.draw(st.dictionaries(st.sampled_from(names), st.one_of(values, members), max_size=6))
    schema = schema_of(kind)
    assert places(inlined(schema), body) == places(schema, body)


TEXT = {"Text": {"type": "string", "minLength": 2}}
OPEN = {"Open": {"type": "object", "properties": {"a": {"type": "integer"}}}}


@pytest.mark.parametrize(
    ("schema", "instances"),
    [
        ({"$ref": "#/$defs/Text", "maxLength": 3, "$defs": TEXT}, ["a", "ab", "abcd", 1]),
        (
            {"$ref": "#/$defs/Text", "allOf": [{"pattern": "^x"}], "$defs": TEXT},
            ["x", "xy", "ab"],
        ),
        (
            {"$ref": "#/$defs/Open", "required": ["a"], "$defs": OPEN},
            [{"a": 1}, {"a": "x"}, {"b": 1}],
        ),
        (
            {"properties": {"$ref": {"$ref": "#/$defs/Text"}}, "$defs": TEXT},
            [{"$ref": "a"}, {"$ref": "ab"}],
        ),
    ],
)
def test_what_stands_beside_a_reference_counts(schema: Any, instances: list[Any]) -> None:
    """Keywords beside a reference judge too."""
    assert '"#/$defs/' not in json.dumps(inlined(schema))
    for instance in instances:
        assert places(inlined(schema), instance) == places(schema, instance)


def test_data_is_no_schema() -> None:
    """What looks like a reference inside a constant is a value to compare with."""
    value = {"$ref": "#/$defs/Text"}
    schema = {"properties": {"a": {"const": value}, "b": {"enum": [value]}}, "$defs": TEXT}
    assert inlined(schema) == {"properties": schema["properties"]}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"items": {"$ref": "#/$defs/Tree"}}}},
        {"$ref": "#/$defs/Missing", "$defs": TEXT},
        {"$ref": "#/$defs/Text/minLength", "$defs": TEXT},
        {"$ref": "#text", "$defs": {"Text": {"$anchor": "text", "type": "string"}}},
        {"not": {"$ref": "#"}, "$defs": {}},
        {"$ref": "#/$defs/Open", "unevaluatedProperties": False, "$defs": OPEN},
        {"type": "string"},
        True,
    ],
)
def test_other_references_stay(schema: Any) -> None:
    """A schema that refers to itself, or in another way than by the name of a definition, is left alone."""
    assert inlined(schema) is schema


def test_a_schema_that_would_grow_without_end_stays() -> None:
    """Definitions that double with every level are not written out."""
    names = [f"D{number}" for number in range(40)]
    definitions: dict[str, Any] = {
        name: {"allOf": [{"$ref": f"#/$defs/{below}"}, {"$ref": f"#/$defs/{below}"}]}
        for name, below in pairwise(names)
    }
    definitions[names[-1]] = {"type": "string"}
    schema = {"$ref": f"#/$defs/{names[0]}", "$defs": definitions}
    assert inlined(schema) is schema


def test_the_contract_is_not_changed() -> None:
    """The schemas themselves stay as they are."""
    before = json.dumps(load_schemas())
    for kind in KINDS:
        inlined(schema_of(kind))
    assert json.dumps(load_schemas()) == before
