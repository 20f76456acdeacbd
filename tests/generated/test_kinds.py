"""The schemas of record bodies: what the sources promise is accepted, what they forbid is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

Body = dict[str, Any]

DISPATCH = {"input": {"inline": {"goal": "g"}}, "answer_shape": {"kind": "inference.answer.v1"}}
KEY = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
QUERY: Body = {**DISPATCH, "responders": [{"kind": "llm"}], "fold": {"function": "consensus"}}
VALID: dict[str, list[Body]] = {
    "core.correction": [{"corrects": ["r"], "revised_fields": {"title": "x"}, "reason": "u", "_v": 1}],
    "core.erasure": [{"erases": ["r"], "reason": "u", "effective_at": "2026-01-01T00:00:00Z"}],
    "core.alias": [
        {"old_kind": "music.song", "new_kind": "music.catalog.track", "reason": "u"},
        {"old_kind": "x", "new_kind": "@music.track.v2", "reason": "u", "publisher_did": "did:a:b"},
        {"old_kind": "x", "new_kind": "core.alias", "reason": "u"},
    ],
    "core.scope_transfer": [
        {"scope": "@music", "from_publisher": "did:a", "to_publisher": "did:b", "reason": "u"}
    ],
    "core.scope_claim": [{"scope": "music", "governance_policy": {"type": "maintainer_approval"}}],
    "core.key_rotation": [
        {"previous_key": KEY, "new_key": KEY},
        {"previous_key": KEY, "new_key": KEY, "reason": "worn out"},
    ],
    "core.intent": [{"goal": "Deploy"}, {"goal": "", "_refs": [{"kind": "@a.b", "id": "x:1"}]}],
    "core.outcome": [
        {"summary": "s"},
        {"summary": "s", "fulfills": "r"},
        {"summary": "s", "fulfills": ["r"]},
    ],
    "core.action": [{"description": "d"}, {"tool": "bash", "args": ["ls"]}],
    "core.task.record": [{"anything": [1]}],
    "core.work.observation.v1": [{"rule": "r"}],
    "infer.query.v1": [
        QUERY,
        {**QUERY, "input": {"record_id": "r"}},
        {**QUERY, "input": {"ref": {"kind": "@a.b", "id": "x:1"}}},
        {**QUERY, "dial": 0},
        {**QUERY, "dial": {"replay_if": "a", "create_if": "b", "else": 1}},
        {**QUERY, "fold": {"function": "expression", "expression": "responses[0]"}},
        {**QUERY, "orchestration": {"pattern": "verify"}},
        {**QUERY, "orchestration": {"pattern": "escalate", "tiers": [{"responders": [{"kind": "actor"}]}]}},
        {**QUERY, "relevance": {"top_k": 2}, "side_effects": {}, "metadata": {"a": "b"}},
    ],
    "infer.call.v1": [{}, {"cost_estimate_usd": 0.01, "input": None}],
    "infer.approval.v1": [
        {"awaits": "actor_decision"},
        {"awaits": "actor_decision", "options": ["approve", "reject"], "stage": 1, "dial": 0.7},
    ],
    "infer.accept.v1": [{"eta_seconds": 60}],
    "infer.decline.v1": [{"reason": "overbooked"}],
    "infer.result.v1": [
        {"fulfills": "q", "answer": None},
        {
            "correlation_id": "q",
            "answer": {"a": 1},
            "chosen_response_id": None,
            "trust_summary": {"mean": 0.5},
        },
        {"fulfills": ["q"], "answer": 1, "provenance": [{"responder_did": "d", "response_record_id": "r"}]},
    ],
    "infer.error.v1": [{"code": "quorum_not_met", "message": "m", "details": {}, "partial_responses": []}],
}
WRONG: list[tuple[str, Body, str]] = [
    ("core.correction", {"corrects": [], "revised_fields": {"a": 1}, "reason": "u"}, "$.corrects"),
    ("core.correction", {"corrects": "r", "revised_fields": {"a": 1}, "reason": "u"}, "$.corrects"),
    ("core.correction", {"corrects": [""], "revised_fields": {"a": 1}, "reason": "u"}, "$.corrects[0]"),
    ("core.correction", {"corrects": ["r"], "revised_fields": {}, "reason": "u"}, "$.revised_fields"),
    ("core.correction", {"corrects": ["r"], "revised_fields": {"a": 1}}, "$"),
    ("core.erasure", {"erases": ["r"], "reason": ""}, "$.reason"),
    ("core.alias", {"old_kind": "", "new_kind": "a.b.c", "reason": "u"}, "$.old_kind"),
    ("core.alias", {"old_kind": "x", "new_kind": "music.song", "reason": "u"}, "$.new_kind"),
    ("core.alias", {"old_kind": "x", "new_kind": "a.b.c\n", "reason": "u"}, "$.new_kind"),
    ("core.alias", {"old_kind": "x", "new_kind": "a.b.c.v٢", "reason": "u"}, "$.new_kind"),
    ("core.scope_claim", {"scope": "music.catalog", "governance_policy": {"type": "t"}}, "$.scope"),
    ("core.scope_claim", {"scope": "@", "governance_policy": {"type": "t"}}, "$.scope"),
    ("core.scope_claim", {"scope": "music", "governance_policy": {}}, "$.governance_policy"),
    ("core.key_rotation", {"previous_key": KEY}, "$"),
    ("core.key_rotation", {"previous_key": KEY, "new_key": f"did:key:{KEY}"}, "$.new_key"),
    ("core.intent", {"goal": 5}, "$.goal"),
    ("core.intent", {"goal": "g", "_refs": [{"kind": "@a.b"}]}, "$._refs[0]"),
    ("core.outcome", {"summary": "s", "fulfills": 5}, "$.fulfills"),
    ("core.work.observation.v1", {"rule": ""}, "$.rule"),
    ("infer.query.v1", {**QUERY, "responders": []}, "$.responders"),
    ("infer.query.v1", {**QUERY, "fold": {}}, "$.fold"),
    ("infer.query.v1", {**QUERY, "fold": {"function": "vote"}}, "$.fold.function"),
    ("infer.query.v1", {**QUERY, "fold": {"function": "expression"}}, "$.fold"),
    ("infer.query.v1", {**QUERY, "fold": {"function": "best_of", "min_quorum": 0}}, "$.fold.min_quorum"),
    ("infer.query.v1", {**QUERY, "input": {}}, "$.input"),
    ("infer.query.v1", {**QUERY, "input": {"inline": 1, "record_id": "r"}}, "$.input"),
    ("infer.query.v1", {**QUERY, "dial": 1.5}, "$.dial"),
    ("infer.query.v1", {**QUERY, "dial": {"replay_if": "a"}}, "$.dial"),
    ("infer.query.v1", {**QUERY, "answer_shape": None}, "$.answer_shape"),
    ("infer.query.v1", {**QUERY, "orchestration": {"pattern": "dance"}}, "$.orchestration"),
    (
        "infer.query.v1",
        {**QUERY, "responders": [{"match_level_gte": "L4"}]},
        "$.responders[0].match_level_gte",
    ),
    ("infer.query.v1", {**QUERY, "metadata": {"a": 1}}, "$.metadata.a"),
    ("infer.query.v1", {key: QUERY[key] for key in QUERY if key != "answer_shape"}, "$"),
    ("infer.result.v1", {"answer": 1}, "$"),
    ("infer.result.v1", {"fulfills": "q"}, "$"),
    ("infer.approval.v1", {"awaits": "nobody"}, "$.awaits"),
    ("infer.error.v1", {"code": "oops", "message": "m"}, "$.code"),
    ("infer.decline.v1", {"reason": "bored"}, "$.reason"),
]


@pytest.fixture(scope="module")
def exported(package: Path) -> dict[str, Any]:
    """Return the exported schemas."""
    loaded: dict[str, Any] = json.loads((package / "schemas.json").read_text(encoding="utf-8"))
    return loaded


def _violations(exported: dict[str, Any], kind: str, body: Body) -> list[str]:
    reference = f"#/$defs/{exported['x-kinds'][kind]}"
    whole = {"$schema": exported["$schema"], "$ref": reference, "$defs": exported["$defs"]}
    return [_path(error) for error in Draft202012Validator(whole).iter_errors({"kind": kind, **body})]


def _path(error: ValidationError) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)


@pytest.mark.parametrize("kind", VALID)
def test_what_the_sources_show_is_accepted(exported: dict[str, Any], kind: str) -> None:
    """Bodies as the sources give them fit the schema of their kind, with members that it does not name."""
    for body in VALID[kind]:
        assert _violations(exported, kind, body) == []
        assert _violations(exported, kind, {**body, "more": {"x": 1}}) == []


@pytest.mark.parametrize(("kind", "body", "path"), WRONG)
def test_what_the_sources_forbid_is_refused(
    exported: dict[str, Any], kind: str, body: Body, path: str
) -> None:
    """A wrong body is refused, and at the place that is wrong."""
    assert path in _violations(exported, kind, body)


def test_every_kind_requires_its_own_name(exported: dict[str, Any]) -> None:
    """A body under the schema of another kind is refused: each schema is bound to its kind."""
    for kind in exported["x-kinds"]:
        assert "$.kind" in _violations(exported, kind, {"kind": "a.b.c"})


def test_the_kinds_of_the_contract(exported: dict[str, Any]) -> None:
    """The reserved kinds with helpers, and the kinds of inference, are all described."""
    promised = {"core.correction", "core.erasure", "core.alias", "core.scope_transfer", "core.scope_claim"}
    promised |= {f"infer.{name}.v1" for name in ("query", "result", "error", "call", "accept", "decline")}
    assert promised <= set(exported["x-kinds"])
    assert set(exported["x-kinds"].values()) <= set(exported["$defs"])


def test_the_export_is_json_schema(exported: dict[str, Any]) -> None:
    """The whole file is valid JSON Schema 2020-12, closed in itself, without a word of OpenAPI."""
    Draft202012Validator.check_schema(exported)
    text = json.dumps(exported)
    assert "#/components/" not in text
    assert '"discriminator"' not in text
    assert '"x-kind"' not in text
