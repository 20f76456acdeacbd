"""The schema registry: judging bodies, and taking schemas."""

from __future__ import annotations

import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import syncropel.schemas as public
from syncropel.errors import KindError, MissingExtraError, UsageError, ValidationError
from syncropel.rules import judging, reserved, schemas
from syncropel.rules.contract import load_schemas
from syncropel.rules.judging import ENGINES
from syncropel.rules.schemas import SchemaRegistry, default_registry
from tests.support.values import any_values

TRACK = "music.catalog.track"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title", "artists"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "artists": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/artist"}},
        "year": {"type": "integer", "minimum": 1900},
    },
    "$defs": {"artist": {"type": "string", "pattern": "^[A-Z]"}},
}


@pytest.fixture(params=ENGINES)
def registry(request: pytest.FixtureRequest) -> SchemaRegistry:
    """Return a registry of its own, over each engine."""
    return SchemaRegistry(engine=request.param)


def test_a_body_that_fits_passes(registry: SchemaRegistry) -> None:
    """A body is judged as it would be emitted; kind, version and references are always allowed."""
    registry.register(TRACK, SCHEMA)
    registry.validate(TRACK, {"title": "Glow", "artists": ["Zonke"]})
    registry.validate(TRACK, {"title": "Glow", "artists": ["Zonke"], "_refs": [], "_v": 2, "kind": "x"})


def test_a_type_that_refers_to_itself_takes_what_every_body_has(registry: SchemaRegistry) -> None:
    """A closed type behind a reference is open to kind, version and references; its parts are not."""
    node = {"properties": {"next": {"$ref": "#/$defs/node"}}, "additionalProperties": False}
    registry.register(
        TRACK, {"$ref": "#/$defs/first", "$defs": {"first": {"$ref": "#/$defs/node"}, "node": node}}
    )
    registry.validate(TRACK, {"next": {"next": {}}, "_refs": []})
    with pytest.raises(ValidationError, match=r"\$\.next: may not have 'kind'"):
        registry.validate(TRACK, {"next": {"kind": "x"}})


@pytest.mark.parametrize("pattern", [r"(?P<a>x)(?P=a)", "(?a:xx)", "x{,3}x"])
def test_a_pattern_that_one_engine_does_not_know(registry: SchemaRegistry, pattern: str) -> None:
    """A pattern that Python understands is judged by it where the compiled engine cannot."""
    registry.register(TRACK, {"properties": {"title": {"pattern": f"^{pattern}$"}}})
    registry.validate(TRACK, {"title": "xx"})
    with pytest.raises(ValidationError):
        registry.validate(TRACK, {"title": "y"})


@pytest.mark.parametrize(
    "schema",
    [
        {"patternProperties": {"^x-": True}, "additionalProperties": False},
        {"allOf": [{"properties": {"x-1": True}}], "unevaluatedProperties": False},
    ],
)
def test_only_what_is_not_allowed_is_named(registry: SchemaRegistry, schema: dict[str, Any]) -> None:
    """Keys that a pattern or a part of the schema allows are not blamed with the one that nothing does."""
    registry.register(TRACK, schema)
    with pytest.raises(ValidationError) as caught:
        registry.validate(TRACK, {"x-1": 1, "z": 2})
    assert [violation.message for violation in caught.value.violations] == ["may not have 'z'"]


def test_every_violation_is_named(registry: SchemaRegistry) -> None:
    """One error holds all violations, in the order of their paths, with words for people."""
    registry.register(TRACK, SCHEMA)
    with pytest.raises(ValidationError) as caught:
        registry.validate(TRACK, {"artists": ["Zonke", "someone", 5], "year": 1, "album": "x"})
    found = [(violation.path, violation.rule, violation.message) for violation in caught.value.violations]
    assert sorted(found[:2]) == [
        ("$", "additionalProperties", "may not have 'album'"),
        ("$", "required", "'title' is missing"),
    ]
    assert found[2:] == [
        ("$.artists[1]", "pattern", "must match the pattern ^[A-Z], and 'someone' does not"),
        ("$.artists[2]", "type", "must be a string, not an integer"),
        ("$.year", "minimum", "must be at least 1900, not 1"),
    ]
    assert caught.value.kind == TRACK
    assert str(caught.value).startswith(f"the body of '{TRACK}' has 5 violations: $")
    assert pickle.loads(pickle.dumps(caught.value)).violations == caught.value.violations


def test_a_message_stays_readable(registry: SchemaRegistry) -> None:
    """With very many violations the message lists some and counts the rest; the attribute has all."""
    registry.register(TRACK, {"properties": {"a": {"items": {"type": "string"}}}})
    with pytest.raises(ValidationError, match=r"1000 violations: .*; and 980 more$") as caught:
        registry.validate(TRACK, {"a": list(range(1000))})
    assert [violation.path for violation in caught.value.violations][::999] == ["$.a[0]", "$.a[999]"]
    assert len(str(caught.value)) < 2000


def test_unknown_kinds_say_what_to_do(registry: SchemaRegistry) -> None:
    """A kind without a schema cannot be judged: the message tells how to register one, `known` asks first."""
    assert not registry.known(TRACK)
    for ask in (lambda: registry.validate(TRACK, {}), lambda: registry.schema(TRACK)):
        with pytest.raises(UsageError, match=r"syncropel\.schemas\.register\('music\.catalog\.track'"):
            ask()
    registry.register(TRACK, True)
    assert registry.known(TRACK)
    assert registry.kinds() == (TRACK,)


def test_a_later_schema_replaces_an_earlier_one(registry: SchemaRegistry) -> None:
    """Registering again counts at once, and the schema can be read back as it was given."""
    registry.register(TRACK, {"required": ["a"]})
    with pytest.raises(ValidationError):
        registry.validate(TRACK, {})
    registry.register(TRACK, {"required": ["kind"]})
    registry.validate(TRACK, {})
    assert registry.schema(TRACK) == {"required": ["kind"]}


def test_a_schema_is_copied(registry: SchemaRegistry) -> None:
    """Changing the dict afterwards, or the one read back, changes nothing."""
    schema: dict[str, Any] = {"properties": {"a": {"type": "string"}}}
    registry.register(TRACK, schema)
    schema["properties"]["a"]["type"] = "integer"
    registry.schema(TRACK)["properties"]["a"]["type"] = "integer"
    registry.validate(TRACK, {"a": "text"})


@pytest.mark.parametrize("verdict", [True, False])
def test_boolean_schemas(registry: SchemaRegistry, verdict: bool) -> None:
    """`true` lets every body pass, `false` none."""
    registry.register(TRACK, verdict)
    if verdict:
        registry.validate(TRACK, {})
    else:
        with pytest.raises(ValidationError, match="not allowed"):
            registry.validate(TRACK, {})


BAD_SCHEMAS: list[tuple[Any, str]] = [
    ([], "a schema is a JSON object or a boolean"),
    (None, "a schema is a JSON object or a boolean"),
    ({"type": "nope"}, r"schema\.type: 'nope' is not valid"),
    ({"properties": {"a": {"minLength": "1"}}}, r"schema\.properties\.a\.minLength: '1' is not valid"),
    ({"required": "a"}, r"schema\.required"),
    ({"properties": {"a": {"pattern": "("}}}, r"the pattern '\(' is not understood"),
    ({"patternProperties": {"[": True}}, r"the pattern '\[' is not understood"),
    ({"$ref": "http://127.0.0.1:1/x.json"}, "nothing is fetched"),
    ({"properties": {"a": {"$ref": "file:///etc/hostname"}}}, "nothing is fetched"),
    ({"$ref": "other.json"}, "nothing is fetched"),
    ({"$ref": "#/$defs/missing"}, "leads nowhere"),
    ({"$ref": "#anchor"}, "leads nowhere"),
    ({"$ref": "#"}, "back to itself"),
    ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"anyOf": [{"$ref": "#"}]}}}, "back to itself"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, r"\$schema must be"),
    ({"enum": [(1,)]}, r"schema\.enum\[0\]: tuple"),
    ({1: 2}, "schema: the key 1"),
]


@pytest.mark.parametrize(("schema", "message"), BAD_SCHEMAS, ids=[str(i) for i in range(len(BAD_SCHEMAS))])
def test_bad_schemas_are_refused(registry: SchemaRegistry, schema: Any, message: str) -> None:
    """A schema that cannot be used is refused when it is registered, with the place, and changes nothing."""
    registry.register(TRACK, {"required": ["a"]})
    with pytest.raises(UsageError, match=message):
        registry.register(TRACK, schema)
    assert registry.schema(TRACK) == {"required": ["a"]}


def test_references_inside_a_schema_are_followed(registry: SchemaRegistry) -> None:
    """Anchors, pointers, embedded ids and schemas that recurse into the body all work."""
    schema = {
        "$id": "https://example.org/tree",
        "$ref": "#node",
        "$defs": {
            "node": {
                "$anchor": "node",
                "properties": {
                    "children": {"items": {"$ref": "#/$defs/node"}},
                    "leaf": {"$ref": "leaf"},
                },
            },
            "leaf": {"$id": "leaf", "type": "string"},
        },
    }
    registry.register(TRACK, schema)
    registry.validate(TRACK, {"children": [{"children": [{"leaf": "x"}]}]})
    with pytest.raises(ValidationError, match=r"\$\.children\[0\]\.children\[0\]\.leaf: must be a string"):
        registry.validate(TRACK, {"children": [{"children": [{"leaf": 5}]}]})


def test_kinds_follow_the_grammar(registry: SchemaRegistry) -> None:
    """Neither a schema nor a body is taken for a text that is no kind."""
    with pytest.raises(KindError):
        registry.register("music.track", {})
    with pytest.raises(KindError):
        registry.validate("music.track", {})


@given(any_values)
def test_bodies_raise_nothing_else(value: Any) -> None:
    """Whatever the body, the answer is none, a ValidationError or another UsageError."""
    for engine in ENGINES:
        registry = _shared(engine)
        try:
            registry.validate(TRACK, value if isinstance(value, dict) else {"artists": value, "title": value})
        except UsageError as error:
            assert str(error)  # noqa: PT017 - passing without an error is right as well


_REGISTRIES: dict[str, SchemaRegistry] = {}


def _shared(engine: str) -> SchemaRegistry:
    if engine not in _REGISTRIES:
        _REGISTRIES[engine] = SchemaRegistry(engine=engine)
        _REGISTRIES[engine].register(TRACK, SCHEMA)
    return _REGISTRIES[engine]


def test_a_folder_of_schemas(registry: SchemaRegistry, tmp_path: Path) -> None:
    """Each file named after a kind is taken; other files are left alone."""
    (tmp_path / f"{TRACK}.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "ops.deploy.completed.json").write_text('{"required":["version"]}')
    (tmp_path / "notes.txt").write_text("not a schema")
    assert registry.register_folder(tmp_path) == (TRACK, "ops.deploy.completed")
    assert registry.register_folder(str(tmp_path)) == registry.kinds()
    with pytest.raises(ValidationError, match="'version' is missing"):
        registry.validate("ops.deploy.completed", {})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("music.json", "{}", r"music\.json: 'music' is not a kind"),
        ("x.y.z.json", "{", r"x\.y\.z\.json: line 1"),
        ("x.y.z.json", '{"type":"nope"}', r"x\.y\.z\.json: schema\.type"),
        ("x.y.z.json", '{"a":1,"a":2}', "appears twice"),
        ("core.alias.json", "{}", "belongs to the contract"),
    ],
)
def test_a_folder_is_taken_whole_or_not(tmp_path: Path, name: str, text: str, message: str) -> None:
    """One faulty file leaves the registry as it was, and is named."""
    registry = SchemaRegistry(load_schemas())
    before = registry.kinds()
    (tmp_path / "a.b.c.json").write_text("{}")
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        registry.register_folder(tmp_path)
    assert registry.kinds() == before


def test_a_folder_must_exist(registry: SchemaRegistry, tmp_path: Path) -> None:
    """A path that is no folder is the caller's mistake."""
    with pytest.raises(UsageError, match="is not a folder"):
        registry.register_folder(tmp_path / "nowhere")


def test_the_contracts_kinds_are_there() -> None:
    """The bodies that this package builds fit the contract's schemas."""
    registry = SchemaRegistry(load_schemas())
    me = "did:example:me"
    bodies = {
        reserved.CORRECTION: reserved.correction_body(
            corrects=["r"], revised_fields={"a": 1}, reason="x", actor=me
        ),
        reserved.ERASURE: reserved.erasure_body(erases=["r"], reason="x", actor=me),
        reserved.ALIAS: reserved.alias_body(old_kind="music.song", new_kind="a.b.c", reason="x", actor=me),
        reserved.SCOPE_TRANSFER: reserved.scope_transfer_body(
            scope="a", from_publisher="b", to_publisher="c", reason="x"
        ),
        reserved.SCOPE_CLAIM: reserved.scope_claim_body(
            scope="@a", governance_policy={"type": "x"}, actor=me
        ),
        reserved.INTENT: reserved.intent_body("goal"),
        reserved.OUTCOME: reserved.outcome_body("done", ["a"]),
    }
    for kind, body in bodies.items():
        registry.validate(kind, body)
        assert registry.schema(kind)["type"] == "object"
    with pytest.raises(ValidationError, match="'corrects' is missing"):
        registry.validate(reserved.CORRECTION, {"revised_fields": {"a": 1}, "reason": "x"})


def test_the_contracts_schemas_cannot_be_replaced() -> None:
    """A reserved kind means the same everywhere."""
    with pytest.raises(UsageError, match="belongs to the contract"):
        SchemaRegistry(load_schemas()).register("core.alias", {})


def test_the_public_module_is_one_registry() -> None:
    """`syncropel.schemas` speaks for the registry of the process."""
    kind = "test.schemas.public"
    public.register(kind, {"required": ["a"]})
    assert public.known(kind)
    assert kind in public.kinds()
    assert kind in default_registry().kinds()
    assert public.schema(kind) == {"required": ["a"]}
    public.validate(kind, {"a": 1})
    with pytest.raises(ValidationError):
        public.validate(kind, {})


def test_threads_share_one_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that ask for the first time together get the same registry."""
    monkeypatch.setattr(schemas, "_of_the_process", [])
    together = threading.Barrier(8)

    def ask(_: int) -> SchemaRegistry:
        together.wait(timeout=10)
        return default_registry()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_the_public_module_takes_folders(tmp_path: Path) -> None:
    """A folder registered there is known there."""
    (tmp_path / "test.schemas.folder.json").write_text("true")
    assert public.register_folder(tmp_path) == ("test.schemas.folder",)
    public.validate("test.schemas.folder", {})


def test_engines_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled engine is used where it is installed; asked for in vain, the error says how to get it."""
    assert judging.engine_named(None) == "jsonschema-rs"
    assert judging.engine_named("jsonschema") == "jsonschema"
    with pytest.raises(UsageError, match="engine must be one of"):
        SchemaRegistry(engine="other")
    monkeypatch.setattr(judging, "find_spec", lambda name: None)
    assert judging.engine_named(None) == "jsonschema"
    with pytest.raises(MissingExtraError, match=r"pip install 'syncropel\[fast\]'"):
        SchemaRegistry(engine="jsonschema-rs")
