"""The two engines judge alike: the same bodies, the same places, as often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.rules import judging
from syncropel.rules.contract import load_schemas
from syncropel.rules.fitting import quick_check
from syncropel.rules.judging import ENGINES, Judge, compile_pattern
from syncropel.rules.plain import json_path
from tests.support.values import json_objects, json_values

KINDS = sorted(load_schemas()["x-kinds"])


def schema_of(kind: str) -> dict[str, Any]:
    """Return the contract's schema of a kind as one document."""
    schemas = load_schemas()
    return {"$ref": f"#/$defs/{schemas['x-kinds'][kind]}", "$defs": schemas["$defs"]}


@cache
def judges(kind: str) -> tuple[Judge, Judge, Any]:
    """Return a judge over each engine, and the compiled engine itself."""
    schema = schema_of(kind)
    return (
        Judge(schema, "jsonschema"),
        Judge(schema, "jsonschema-rs"),
        jsonschema_rs.Draft202012Validator(schema),
    )


@cache
def words(kind: str) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return every member name and every constant that a kind's schema mentions, through its references."""
    definitions = load_schemas()["$defs"]
    names: list[str] = []
    constants: list[Any] = []
    seen: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item)
        if not isinstance(node, dict):
            return
        names.extend(node.get("properties", {}))
        constants.extend([node["const"]] if "const" in node else node.get("enum", []))
        reference = node.get("$ref", "").removeprefix("#/$defs/")
        if reference and reference not in seen:
            seen.add(reference)
            walk(definitions[reference])
        for value in node.values():
            walk(value)

    walk({"$ref": f"#/$defs/{load_schemas()['x-kinds'][kind]}"})
    return tuple(dict.fromkeys(names)), tuple(constants)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a kind and a body that has its words in places where they may or may not fit."""
    kind = draw(st.sampled_from(KINDS))
    names, constants = words(kind)
    likely = st.one_of(
        st.sampled_from([*constants, "a.b.c", "x", "", [], {}, ["r"], 0, 1, 0.5, -1, True, None, "music\n"]),
        json_values,
    )
    value = st.recursive(
        likely,
        lambda inner: st.one_of(
            st.dictionaries(st.sampled_from(names), inner, max_size=4), st.lists(inner, max_size=3)
        ),
        max_leaves=8,
    )
    body = draw(st.dictionaries(st.sampled_from(names), value, max_size=6))
    return kind, {**body, **draw(st.sampled_from([{"kind": kind}, {"kind": kind, "_v": 1}, {}]))}


def places(errors: Iterator[Any], path: str) -> Counter[str]:
    """Count the errors of an engine by JSON path."""
    return Counter(json_path(getattr(error, path)) for error in errors)


@settings(max_examples=2 * settings().max_examples)
@given(bodies())
def test_same_judgement_on_the_contracts_kinds(drawn: tuple[str, dict[str, Any]]) -> None:
    """For every kind of the contract both engines find the same number of violations at the same paths."""
    kind, body = drawn
    plain, fast, compiled = judges(kind)
    found = plain.violations(body)
    assert fast.violations(body) == found
    assert compiled.is_valid(body) is (not found)
    assert places(compiled.iter_errors(body), "instance_path") == Counter(item.path for item in found)


@pytest.mark.parametrize("kind", KINDS)
def test_same_judgement_of_an_empty_body(kind: str) -> None:
    """Each kind's schema compiles on both engines, and they agree on a body that has nothing but its kind."""
    plain, fast, compiled = judges(kind)
    for body in ({}, {"kind": kind}, {"kind": "other.other.other"}, {"kind": kind, "_v": "1", "_refs": [{}]}):
        assert plain.violations(body) == fast.violations(body)
        assert compiled.is_valid(body) is (not plain.violations(body))


def tree(levels: int) -> dict[str, Any]:
    """Return a value of so many levels that fits `TREE`."""
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"below": [value]}
    return value


TREE = {
    "$ref": "#/$defs/Tree",
    "$defs": {"Tree": {"properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}},
}


def test_a_schema_may_refer_to_itself() -> None:
    """A recursive schema is judged quickly too, and what is too deep for that is left to the engine."""
    check = quick_check(TREE, compile_pattern)
    assert check is not None
    assert check(tree(20))
    assert not check({"below": [{"below": 1}]})
    assert not check(tree(100_000))
    assert Judge(TREE, "jsonschema").violations(tree(20)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_judged_quickly(kind: str) -> None:
    """No schema of the contract has a keyword that is left to the slow engine."""
    assert quick_check(schema_of(kind), compile_pattern) is not None


@pytest.mark.parametrize(
    "schema",
    [
        {"multipleOf": 2},
        {"patternProperties": {"a": True}, "additionalProperties": False},
        {"$ref": "#/$defs/Missing", "$defs": {}},
        {"$ref": "#/$defs/A/properties/b", "$defs": {"A": {"properties": {"b": True}}}},
        {"$ref": "#"},
        {"properties": {"a": {"unevaluatedProperties": False}}},
    ],
)
def test_what_is_not_known_is_left_to_the_engine(schema: dict[str, Any]) -> None:
    """A keyword or a reference of another form gives no quick check, rather than a wrong one."""
    assert quick_check(schema, compile_pattern) is None


# Schemas in which engines are known to go different ways, and what each value must be judged as.
CORNERS: list[tuple[dict[str, Any], Any, bool]] = [
    ({"pattern": "^[a-z]+$"}, "abc\n", False),
    ({"pattern": "^[a-z]+$"}, "abc", True),
    ({"pattern": r"^\d+$"}, "٢", False),
    ({"pattern": r"^\d+$"}, "2", True),
    ({"pattern": r"^\w+$"}, "é", False),
    ({"pattern": r"^\W$"}, "é", True),
    ({"pattern": r"^[\d.]+$"}, "1.2", True),
    ({"pattern": r"^[$]$"}, "$", True),
    ({"pattern": r"\$"}, "a$b", True),
    ({"pattern": r"^\\d$"}, "\\d", True),
    ({"pattern": "b"}, "abc", True),
    ({"patternProperties": {"^a$": {"type": "string"}}}, {"a": 1}, False),
    ({"patternProperties": {"^a$": {"type": "string"}}}, {"a\n": 1}, True),
    ({"multipleOf": 0.01}, 19.99, True),
    ({"multipleOf": 0.01}, 19.995, False),
    ({"multipleOf": 3}, 10**30, False),
    ({"multipleOf": 2.5}, 5, True),
    ({"type": "integer"}, 1.0, True),
    ({"type": "integer"}, 1.5, False),
    ({"type": "integer"}, True, False),
    ({"type": "number"}, False, False),
    ({"const": 1}, True, False),
    ({"const": 1}, 1.0, True),
    ({"enum": [[1]]}, [True], False),
    ({"uniqueItems": True}, [1, True], True),
    ({"uniqueItems": True}, [1, 1.0], False),
    ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
    ({"minLength": 2}, "😀", False),
    ({"maxLength": 1}, "😀", True),
    ({"maximum": 2**63}, 2**64, False),
    ({"minimum": -(10**40)}, -(10**41), False),
    ({"exclusiveMaximum": 1}, 1, False),
    ({"format": "date-time"}, "not a date", True),
    ({"format": "uuid"}, "x", True),
    ({"contains": {"const": 1}, "minContains": 2}, [1, 2], False),
    ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], True),
    ({"prefixItems": [{"type": "string"}], "items": False}, ["a", 1], False),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, False),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, False),
    ({"unevaluatedProperties": False, "allOf": [{"properties": {"a": True}}]}, {"a": 1}, True),
    ({"unevaluatedProperties": False, "allOf": [{"properties": {"a": True}}]}, {"b": 1}, False),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, False),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, 3, False),
    ({"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]}, {}, False),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {}, True),
    ({"if": {"required": ["a"]}, "else": {"required": ["b"]}}, {}, False),
    ({"then": False, "else": False}, {}, True),
    ({"not": {"type": "string"}}, "x", False),
    ({"properties": {"a": {"type": "string"}}, "additionalProperties": False}, {"b": 1}, False),
    ({"patternProperties": {"^a": True}, "additionalProperties": False}, {"ab": 1}, True),
    ({"type": ["string", "null"]}, None, True),
    ({"type": ["string", "null"]}, 1, False),
    ({"const": {"a": [1, True]}}, {"a": [1.0, True]}, True),
    ({"const": {"a": [1, True]}}, {"a": [1, 1]}, False),
    ({"minimum": 0}, True, True),
    ({"required": ["a"]}, "a", True),
    ({"minProperties": 1}, {}, False),
]


@pytest.mark.parametrize(("schema", "value", "fits"), CORNERS, ids=[str(i) for i in range(len(CORNERS))])
@pytest.mark.parametrize("engine", ENGINES)
def test_corner(engine: str, schema: dict[str, Any], value: Any, fits: bool) -> None:
    """Where engines differ by habit, both follow the standard; every violation has a path and words."""
    violations = Judge({"properties": {"v": schema}}, engine).violations({"v": value})
    assert (not violations) is fits
    for violation in violations:
        assert violation.path.startswith("$.v")
        assert violation.message
        assert violation.rule in {*schema, "type", "maxLength", "required", "false"}


SCHEMAS: list[Any] = [
    {"type": ["object", "null"], "minProperties": 1, "maxProperties": 2},
    {"additionalProperties": {"type": ["string", "number"]}},
    {"propertyNames": {"pattern": "^[a-z]*$"}, "additionalProperties": {"maxItems": 1, "maxLength": 2}},
    {"anyOf": [{"required": ["a"]}, {"minProperties": 2}], "not": {"required": ["b"]}},
    {"additionalProperties": {"oneOf": [{"type": "integer"}, {"multipleOf": 0.5}, {"enum": [None, "x", 1]}]}},
    {"additionalProperties": {"uniqueItems": True, "items": {"minimum": 0, "exclusiveMaximum": 10}}},
    {"patternProperties": {"^[a-m]": {"const": 1}}, "unevaluatedProperties": {"type": "boolean"}},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=[str(index) for index in range(len(SCHEMAS))])
def test_same_judgement_on_other_schemas(schema: Any) -> None:
    """Schemas as users write them are judged alike on any body."""
    plain, fast = Judge(schema, "jsonschema"), Judge(schema, "jsonschema-rs")

    @given(st.one_of(json_objects, st.dictionaries(st.sampled_from("abxyz"), json_values, max_size=3)))
    def check(body: dict[str, Any]) -> None:
        assert plain.violations(body) == fast.violations(body)

    check()


def test_messages_do_not_repeat_the_body() -> None:
    """A violation names types and short values, not whole contents."""
    violation = Judge({"type": "string"}, "jsonschema").violations({"secret": "x" * 10_000})[0]
    assert str(violation) == "$: must be a string, not an object"
    long = Judge({"maxLength": 1}, "jsonschema").violations("x" * 10_000)[0]
    assert long.message == "must have at most 1 character, not 10000"


def test_wrong_keys_are_named() -> None:
    """A violation by the name of a member says which one."""
    violation = Judge({"propertyNames": {"maxLength": 1}}, "jsonschema").violations({"ab": 1})[0]
    assert str(violation) == "$: the key 'ab' must have at most 1 character, not 2"


def test_forms_that_do_not_fit_are_explained() -> None:
    """A union that fits none of its forms says what each of them lacks, and where."""
    schema = {"properties": {"in": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]}}}
    violation = Judge(schema, "jsonschema").violations({"in": {}})[0]
    assert violation.path == "$.in"
    assert violation.message == (
        "fits none of the 2 forms allowed ($.in: must be a string, not an object; $.in: 'a' is missing)"
    )


def test_a_body_too_deep_for_a_schema_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema that recurses past the interpreter's stack ends in the documented error."""

    class Bottomless:
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

        def iter_errors(self, instance: Any) -> Iterator[Any]:
            raise RecursionError

    monkeypatch.setattr(judging, "_standard_validator", lambda: Bottomless)
    with pytest.raises(UsageError, match="refers to itself"):
        Judge({"minProperties": 1}, "jsonschema").violations({})


@pytest.mark.parametrize("pattern", ["(", "[a", "*", r"\p{L}", "(?<name>a)("])
def test_patterns_that_python_does_not_understand(pattern: str) -> None:
    """What cannot be compiled says so instead of being ignored."""
    with pytest.raises(re.error):
        compile_pattern(pattern)
