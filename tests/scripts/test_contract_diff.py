"""`scripts/generate --diff`: every kind of change is told in words, and judged right for callers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from _contract.diff import compare

CONTRACT = Path(__file__).parents[2] / "generated" / "syncropel_generated" / "openapi.json"
Document = dict[str, Any]
Edit = Callable[[Document], None]


def _contract() -> Document:
    loaded: Document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return loaded


def _schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def _props(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]["properties"]
    return found


def _operation(document: Document, path: str, method: str = "get") -> Document:
    found: Document = document["paths"][path][method]
    return found


def _rename_operation(d: Document) -> None:
    _operation(d, "/health")["operationId"] = "ping"


def _move_operation(d: Document) -> None:
    d["paths"]["/healthz"] = d["paths"].pop("/health")


def _retag(d: Document) -> None:
    _operation(d, "/health")["tags"] = ["records"]


def _close(d: Document) -> None:
    _operation(d, "/health")["security"] = [{"bearer": []}]


def _rescope(path: str, scope: str, method: str = "get") -> Edit:
    return lambda d: _operation(d, path, method).update({"x-scope": scope})


def _add_parameter(d: Document, **more: Any) -> None:
    parameter = {"name": "extra", "in": "query", "schema": {"type": "string"}, **more}
    _operation(d, "/health").setdefault("parameters", []).append(parameter)


def _drop_body(d: Document) -> None:
    del _operation(d, "/v1/records/query", "post")["requestBody"]


def _optional_body(d: Document) -> None:
    _operation(d, "/v1/records/query", "post")["requestBody"]["required"] = False


def _new_success(d: Document) -> None:
    responses = _operation(d, "/health")["responses"]
    responses["202"] = copy.deepcopy(responses["200"])


def _new_refusal(d: Document) -> None:
    _operation(d, "/v1/capabilities")["responses"]["503"] = {
        "$ref": "#/components/responses/StoreUnavailable"
    }


def _lost_success(d: Document) -> None:
    del _operation(d, "/v1/records", "post")["responses"]["200"]


def _new_code(d: Document) -> None:
    d["components"]["responses"]["Internal"]["x-error-codes"].append("MORE")


def _other_media_type(d: Document) -> None:
    content = _operation(d, "/health")["responses"]["200"]["content"]
    content["application/cbor"] = content.pop("application/json")


def _require(name: str, member: str) -> Edit:
    return lambda d: _schema(d, name).setdefault("required", []).append(member)


def _free(name: str, member: str) -> Edit:
    return lambda d: _schema(d, name)["required"].remove(member)


def _drop(name: str, member: str) -> Edit:
    return lambda d: _props(d, name).pop(member)


def _add(name: str, member: str) -> Edit:
    return lambda d: _props(d, name).update({member: {"type": "string"}})


def _put(name: str, member: str, **words: Any) -> Edit:
    return lambda d: _props(d, name)[member].update(words)


def _set(name: str, **words: Any) -> Edit:
    return lambda d: _schema(d, name).update(words)


def _add_required(name: str, member: str) -> Edit:
    def edit(d: Document) -> None:
        _add(name, member)(d)
        _require(name, member)(d)

    return edit


CASES: list[tuple[str, Edit, str, bool]] = [
    ("operation removed", lambda d: d["paths"].pop("/health"), "operation getHealth was removed", True),
    ("operation renamed", _rename_operation, "operation ping is new", False),
    ("operation moved", _move_operation, "operation getHealth moved from GET /health to GET /healthz", True),
    ("operation retagged", _retag, "moved from the tag system to records", True),
    ("token needed", _close, "operation getHealth needs a token now", True),
    ("scope raised", _rescope("/v1/records", "admin"), "needs the scope admin now, not records:read", True),
    ("scope opened", _rescope("/v1/records", "open"), "needs the scope open now, not records:read", False),
    (
        "scope freed",
        _rescope("/v1/tokens", "config:read"),
        "needs the scope config:read now, not admin",
        False,
    ),
    ("optional parameter", _add_parameter, "has the new optional query parameter extra", False),
    ("required parameter", lambda d: _add_parameter(d, required=True), "new required query parameter", True),
    (
        "parameter removed",
        lambda d: _operation(d, "/v1/records")["parameters"].pop(),
        "operation listRecords lost the query parameter cursor",
        True,
    ),
    (
        "parameter required",
        lambda d: d["components"]["parameters"]["Cursor"].update(required=True),
        "operation listThreads, parameter cursor became required",
        True,
    ),
    (
        "parameter tightened",
        lambda d: d["components"]["parameters"]["Limit"]["schema"].update(maximum=10),
        "parameter limit maximum tightened from 1000 to 10",
        True,
    ),
    (
        "parameter loosened",
        lambda d: d["components"]["parameters"]["Limit"]["schema"].update(maximum=9999),
        "parameter limit maximum loosened from 1000 to 9999",
        False,
    ),
    (
        "default changed",
        lambda d: d["components"]["parameters"]["Limit"]["schema"].update(default=10),
        "parameter limit default changed from 100 to 10",
        True,
    ),
    ("body removed", _drop_body, "operation queryRecords, request body was removed", True),
    ("body optional", _optional_body, "operation queryRecords, request body became optional", False),
    ("success added", _new_success, "operation getHealth may answer 202 now", True),
    ("refusal added", _new_refusal, "operation getCapabilities may answer 503 now", False),
    ("success removed", _lost_success, "operation emitRecord no longer answers 200", True),
    ("code added", _new_code, "may carry the code MORE now", False),
    ("media type changed", _other_media_type, "no longer has the content type application/json", True),
    (
        "schema removed",
        lambda d: d["components"]["schemas"].pop("Participant"),
        "schema Participant was",
        True,
    ),
    ("schema added", lambda d: d["components"]["schemas"].update(New={}), "schema New is new", False),
    ("field removed", _drop("Health", "version"), "schema Health lost the field version", True),
    ("field added", _add("Health", "extra"), "schema Health has the new optional field extra", False),
    (
        "required field to send",
        _add_required("RecordInput", "witness"),
        "the new required field witness",
        True,
    ),
    ("required field to read", _add_required("Health", "witness"), "the new required field witness", False),
    ("required to send", _require("RecordInput", "parents"), "field parents became required", True),
    (
        "required to read",
        _require("Health", "version"),
        "schema Health, field version became required",
        False,
    ),
    ("optional to send", _free("RecordInput", "clock"), "field clock became optional", False),
    ("optional to read", _free("Health", "status"), "schema Health, field status became optional", True),
    (
        "kind body required",
        _require("CoreErasure", "effective_at"),
        "field effective_at became required",
        True,
    ),
    ("kind body optional", _free("CoreErasure", "reason"), "field reason became optional", True),
    ("value added", lambda d: _schema(d, "Act")["enum"].append("NEW"), 'Act has the new value "NEW"', False),
    ("value sent removed", lambda d: _schema(d, "Act")["enum"].remove("MAP"), 'lost the value "MAP"', True),
    (
        "value read removed",
        lambda d: _schema(d, "ThreadStatus")["enum"].remove("closed"),
        'schema ThreadStatus lost the value "closed"',
        False,
    ),
    ("enum dropped", lambda d: _schema(d, "ThreadStatus").pop("enum"), "no longer an enumeration", True),
    ("type changed", _put("Health", "version", type="integer"), "its type from string to integer", True),
    ("read wider", _put("Health", "records", type="number"), "its type from integer to number", True),
    ("sent wider", _put("QueryRequest", "offset", type="number"), "its type from integer to number", False),
    ("sent narrower", _put("ResponderPredicate", "trust_lt", type="integer"), "from number to integer", True),
    ("format changed", _put("Health", "version", format="uri"), 'format changed from nothing to "uri"', True),
    ("const changed", _put("Error", "object", const="oops"), 'const changed from "error" to "oops"', True),
    (
        "reads null now",
        lambda d: _props(d, "Health").update(version={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "schema Health, field version can now be null",
        True,
    ),
    (
        "sends no null",
        lambda d: _props(d, "RecordInput").update(judged_by={"type": "string"}),
        "schema RecordInput, field judged_by can no longer be null",
        True,
    ),
    (
        "variant added",
        lambda d: _schema(d, "WatchEvent")["oneOf"].append({"$ref": "#/components/schemas/Health"}),
        "schema WatchEvent can now be Health",
        True,
    ),
    (
        "variant removed",
        lambda d: _schema(d, "InferInput")["oneOf"].pop(),
        "schema InferInput can no longer be InferInputReference",
        True,
    ),
    (
        "closed to send",
        _set("QueryRequest", additionalProperties=False),
        "other fields are refused now",
        True,
    ),
    ("opened", lambda d: _schema(d, "AggregateSpec").pop("additionalProperties"), "are allowed now", False),
    (
        "items changed",
        _put("Capabilities", "mcp_tools", items={"type": "integer"}),
        "items changed its",
        True,
    ),
    (
        "kind changed",
        _set("CoreAlias", **{"x-kind": "core.other"}),
        "schema CoreAlias describes another",
        True,
    ),
    (
        "reference",
        _put("Health", "status", **{"$ref": "#/components/schemas/Act"}),
        "is now Act instead",
        False,
    ),
]


@pytest.mark.parametrize(
    ("edit", "words", "breaking"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_change_is_told_and_judged(edit: Edit, words: str, breaking: bool) -> None:
    """One edit of the contract gives a change with these words and this judgement."""
    old, new = _contract(), _contract()
    edit(new)
    found = [change for change in compare(old, new) if words in str(change)]
    assert found, [str(change) for change in compare(old, new)]
    assert {change.breaking for change in found} == {breaking}


def test_no_change_gives_no_words() -> None:
    """A contract compared with itself, or with other descriptions, has no changes."""
    new = _contract()
    _schema(new, "Record")["description"] = "Other words."
    new["info"]["title"] = "Other"
    assert compare(_contract(), _contract()) == []
    assert compare(_contract(), new) == []


def test_a_change_reads_as_json() -> None:
    """For machines a change is a plain object with place, words and judgement."""
    new = _contract()
    _drop("Health", "version")(new)
    (change,) = compare(_contract(), new)
    assert change.as_dict() == {"where": "schema Health", "what": "lost the field version", "breaking": True}
