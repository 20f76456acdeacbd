"""The lint of the contract: it passes on the contract, and each rule finds a violation planted for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from _contract import lint

CONTRACT = Path(__file__).parents[2] / "generated" / "syncropel_generated" / "openapi.json"
Document = dict[str, Any]
PLANTS: list[tuple[str, Callable[[Document], None]]] = []


def plants(rule: str) -> Callable[[Callable[[Document], None]], Callable[[Document], None]]:
    """Register a function that plants one violation of a rule in a document."""

    def register(plant: Callable[[Document], None]) -> Callable[[Document], None]:
        PLANTS.append((rule, plant))
        return plant

    return register


def _get(document: Document, path: str = "/health") -> Document:
    found: Document = document["paths"][path]["get"]
    return found


def _emit(document: Document) -> Document:
    found: Document = document["paths"]["/v1/records"]["post"]
    return found


def _schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def _add(document: Document, name: str, **schema: Any) -> None:
    document["components"]["schemas"][name] = {"description": "Planted.", **schema}


def _parameter(document: Document, **parameter: Any) -> None:
    base = {
        "name": "extra",
        "in": "query",
        "description": "Planted.",
        "example": "x",
        "schema": {"type": "string"},
    }
    _get(document).setdefault("parameters", []).append({**base, **parameter})


@plants("operation-id")
def _no_id(document: Document) -> None:
    del _get(document)["operationId"]


@plants("operation-id")
def _id_in_snake_case(document: Document) -> None:
    _get(document)["operationId"] = "get_health"


@plants("operation-id")
def _id_twice(document: Document) -> None:
    _get(document)["operationId"] = "getReadiness"


@plants("security")
def _no_security(document: Document) -> None:
    del _get(document)["security"]


@plants("security")
def _global_security(document: Document) -> None:
    document["security"] = [{"bearer": []}]


@plants("tag")
def _two_tags(document: Document) -> None:
    _get(document)["tags"] = ["system", "records"]


@plants("tag")
def _undeclared_tag(document: Document) -> None:
    _get(document)["tags"] = ["misc"]


@plants("words")
def _no_summary(document: Document) -> None:
    del _get(document)["summary"]


@plants("words")
def _parameter_without_words(document: Document) -> None:
    _parameter(document, description="")


@plants("one-media-type")
def _two_response_types(document: Document) -> None:
    content = _get(document)["responses"]["200"]["content"]
    content["application/cbor"] = copy.deepcopy(content["application/json"])


@plants("one-media-type")
def _two_body_types(document: Document) -> None:
    content = _emit(document)["requestBody"]["content"]
    content["application/cbor"] = copy.deepcopy(content["application/json"])


@plants("one-media-type")
def _encoding(document: Document) -> None:
    _emit(document)["requestBody"]["content"]["application/json"]["encoding"] = {"act": {"style": "form"}}


@plants("parameter")
def _deep_object(document: Document) -> None:
    _parameter(document, style="deepObject")


@plants("parameter")
def _not_exploded(document: Document) -> None:
    _parameter(document, explode=False)


@plants("parameter")
def _content_parameter(document: Document) -> None:
    _parameter(document, content={"application/json": {"schema": {"type": "string"}}})


@plants("parameter")
def _uuid_header(document: Document) -> None:
    _parameter(document, **{"in": "header", "schema": {"type": "string", "format": "uuid"}})


@plants("parameter")
def _date_header(document: Document) -> None:
    _parameter(document, **{"in": "header", "schema": {"type": "string", "format": "date"}})


def _stream(document: Document) -> Document:
    watch = _get(document, "/v1/threads/{thread_id}/watch")
    found: Document = watch["responses"]["200"]["content"]["text/event-stream"]
    return found


@plants("stream")
def _stream_of_models(document: Document) -> None:
    _stream(document)["schema"] = {"$ref": "#/components/schemas/Record"}


@plants("stream")
def _stream_of_text(document: Document) -> None:
    _stream(document)["schema"] = {"type": "string"}


@plants("stream")
def _stream_without_item(document: Document) -> None:
    del _stream(document)["x-sse-item"]


@plants("stream")
def _stream_of_nothing(document: Document) -> None:
    _stream(document)["x-sse-item"] = "#/components/schemas/Nothing"


@plants("error-shape")
def _no_default_response(document: Document) -> None:
    del _get(document)["responses"]["default"]


@plants("error-shape")
def _another_error_schema(document: Document) -> None:
    content = document["components"]["responses"]["Internal"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Health"}


@plants("error-shape")
def _problem_media_type(document: Document) -> None:
    content = document["components"]["responses"]["Internal"]["content"]
    content["application/problem+json"] = content.pop("application/json")


@plants("error-shape")
def _no_codes(document: Document) -> None:
    del document["components"]["responses"]["Internal"]["x-error-codes"]


@plants("error-shape")
def _unknown_code(document: Document) -> None:
    document["components"]["responses"]["Internal"]["x-error-codes"].append("OOPS")


@plants("error-shape")
def _code_under_another_status(document: Document) -> None:
    document["components"]["responses"]["Internal"]["x-error-codes"].append("RECORD_NOT_FOUND")


@plants("error-shape")
def _code_nowhere(document: Document) -> None:
    document["components"]["responses"]["StoreFull"]["x-error-codes"] = ["INTERNAL"]


@plants("status")
def _no_success(document: Document) -> None:
    del _get(document)["responses"]["200"]


@plants("status")
def _no_500(document: Document) -> None:
    del _get(document)["responses"]["500"]


@plants("status")
def _body_without_413(document: Document) -> None:
    del _emit(document)["responses"]["413"]


@plants("unused")
def _unused_parameter(document: Document) -> None:
    document["components"]["parameters"]["Nobody"] = {
        "name": "n",
        "in": "query",
        "schema": {"type": "string"},
    }


@plants("reference")
def _reference_to_nowhere(document: Document) -> None:
    _schema(document, "Record")["properties"]["act"] = {"$ref": "#/components/schemas/Nothing"}


@plants("reference")
def _remote_reference(document: Document) -> None:
    _schema(document, "Record")["properties"]["act"] = {"$ref": "https://example.com/act.json"}


@plants("boolean-schema")
def _boolean_property(document: Document) -> None:
    _schema(document, "Record")["properties"]["extra"] = True


@plants("boolean-schema")
def _boolean_items(document: Document) -> None:
    _schema(document, "Record")["properties"]["parents"]["items"] = False


@plants("recursive-union")
def _any_json(document: Document) -> None:
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Json"}}
    _add(document, "Json", oneOf=[{"type": "string"}, items])


@plants("recursive-union")
def _recursion_through_another(document: Document) -> None:
    _add(document, "Tree", oneOf=[{"type": "string"}, {"$ref": "#/components/schemas/Branch"}])
    leaf = {"$ref": "#/components/schemas/Tree"}
    _add(document, "Branch", type="object", properties={"leaf": leaf})


@plants("tagged-union")
def _no_tag(document: Document) -> None:
    _add(document, "A", type="object", properties={"a": {"type": "string", "description": "A."}})
    _add(document, "B", type="object", properties={"b": {"type": "string", "description": "B."}})
    references = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]
    _add(document, "AorB", oneOf=references)


@plants("tagged-union")
def _tag_by_enum(document: Document) -> None:
    _schema(document, "OrchestrationVerify")["properties"]["pattern"] = {
        "description": "The tag.",
        "type": "string",
        "enum": ["verify"],
    }


@plants("tagged-union")
def _tag_not_required(document: Document) -> None:
    _schema(document, "OrchestrationVerify")["required"] = []


@plants("tagged-union")
def _same_tag(document: Document) -> None:
    _schema(document, "OrchestrationVerify")["properties"]["pattern"]["const"] = "waterfall"


@plants("tagged-union")
def _untagged_without_own_member(document: Document) -> None:
    _schema(document, "InferInputRecord")["required"] = ["inline"]


@plants("tagged-union")
def _two_texts(document: Document) -> None:
    _add(document, "Texts", oneOf=[{"type": "string"}, {"type": "string", "minLength": 3}])


@plants("null")
def _list_of_types(document: Document) -> None:
    _schema(document, "Health")["properties"]["version"]["type"] = ["string", "null"]


@plants("null")
def _nullable(document: Document) -> None:
    _schema(document, "Health")["properties"]["version"]["nullable"] = True


@plants("null")
def _null_in_enum(document: Document) -> None:
    _schema(document, "Act")["enum"].append(None)


@plants("null")
def _null_in_one_of(document: Document) -> None:
    _add(document, "Maybe", oneOf=[{"type": "string"}, {"type": "null"}])


@plants("null")
def _any_of_three(document: Document) -> None:
    _add(document, "Maybe", anyOf=[{"type": "string"}, {"type": "number"}, {"type": "null"}])


@plants("inline-object")
def _inline_property(document: Document) -> None:
    _schema(document, "Health")["properties"]["extra"] = {"type": "object", "description": "Planted."}


@plants("inline-object")
def _inline_items(document: Document) -> None:
    _schema(document, "RecordList")["properties"]["data"]["items"] = {"properties": {}}


@plants("inline-object")
def _inline_response(document: Document) -> None:
    _get(document)["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "object"}


@plants("alias")
def _alias(document: Document) -> None:
    document["components"]["schemas"]["Same"] = {"$ref": "#/components/schemas/Record"}


@plants("distinct-names")
def _two_properties_one_name(document: Document) -> None:
    _schema(document, "Health")["properties"]["instanceDid"] = {"type": "string", "description": "Planted."}


@plants("distinct-names")
def _two_components_one_name(document: Document) -> None:
    _add(document, "Thread_Summary", type="object")


@plants("enum")
def _enum_of_two_types(document: Document) -> None:
    _schema(document, "Act")["enum"].append(5)


@plants("enum")
def _enum_equal_in_upper_case(document: Document) -> None:
    _schema(document, "Act")["enum"].append("know")


@plants("lost-default")
def _array_default(document: Document) -> None:
    _schema(document, "QueryRequest")["properties"]["select"]["default"] = []


@plants("lost-default")
def _component_default(document: Document) -> None:
    _schema(document, "Act")["default"] = "DO"


@plants("description")
def _component_without_words(document: Document) -> None:
    del _schema(document, "Act")["description"]


@plants("description")
def _property_without_words(document: Document) -> None:
    del _schema(document, "Health")["properties"]["version"]["description"]


@plants("required-member")
def _required_and_unknown(document: Document) -> None:
    _schema(document, "Health")["required"].append("nothing")


@plants("kind")
def _kind_without_const(document: Document) -> None:
    _schema(document, "CoreAlias")["x-kind"] = "core.other"


@plants("kind")
def _kind_not_required(document: Document) -> None:
    _schema(document, "CoreAlias")["required"].remove("kind")


@plants("kind")
def _kind_twice(document: Document) -> None:
    _schema(document, "CoreAlias")["x-kind"] = "core.intent"
    _schema(document, "CoreAlias")["properties"]["kind"]["const"] = "core.intent"


@plants("example")
def _no_response_example(document: Document) -> None:
    del _get(document)["responses"]["200"]["content"]["application/json"]["examples"]


@plants("example")
def _no_parameter_example(document: Document) -> None:
    del document["components"]["parameters"]["Limit"]["example"]


@plants("example-fits")
def _wrong_example(document: Document) -> None:
    examples = _get(document)["responses"]["200"]["content"]["application/json"]["examples"]
    examples["local"]["value"] = {"status": 5}


@plants("example-fits")
def _wrong_parameter_example(document: Document) -> None:
    document["components"]["parameters"]["Limit"]["example"] = 5000


@plants("example-per-code")
def _missing_code_example(document: Document) -> None:
    content = document["components"]["responses"]["RefusedQuery"]["content"]["application/json"]
    del content["examples"]["INVALID_QUERY"]


def _contract() -> Document:
    loaded: Document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return loaded


def test_the_contract_keeps_every_rule() -> None:
    """Our own rules find nothing in the contract as it is."""
    assert lint.own_problems(_contract()) == []


@pytest.mark.parametrize(("rule", "plant"), PLANTS, ids=[plant.__name__.strip("_") for _, plant in PLANTS])
def test_a_planted_violation_is_found(rule: str, plant: Callable[[Document], None]) -> None:
    """Each violation is reported by the rule that forbids it, with a place and a remedy."""
    document = _contract()
    plant(document)
    found = list(lint.RULES[rule](document))
    assert found
    assert all(where and message for where, message in found)


def test_a_problem_is_one_readable_line() -> None:
    """A problem says its place, what is wrong, and the rule's name; a broken reference is said alone."""
    document = _contract()
    _remote_reference(document)
    del _get(document)["summary"]
    (problem,) = lint.own_problems(document)
    assert str(problem) == (
        "document/components/schemas/Record/properties/act: "
        "https://example.com/act.json: a reference must stay in the document [reference]"
    )


def test_every_rule_is_proven() -> None:
    """There is a planted violation for each rule, so none can stop working unnoticed."""
    assert {rule for rule, _ in PLANTS} == set(lint.RULES)


def test_every_rule_says_why() -> None:
    """Each rule states in its docstring what it demands."""
    for rule in lint.RULES.values():
        assert rule.__doc__
