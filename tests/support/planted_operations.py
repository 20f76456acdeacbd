"""Violations of the rules about operations, answers and examples, one function each."""

from __future__ import annotations

import copy

from tests.support.planting import Document, emit, get, parameter, plants


@plants("operation-id")
def no_id(document: Document) -> None:
    """Plant: no id."""
    del get(document)["operationId"]


@plants("operation-id")
def id_in_snake_case(document: Document) -> None:
    """Plant: id in snake case."""
    get(document)["operationId"] = "get_health"


@plants("operation-id")
def id_twice(document: Document) -> None:
    """Plant: id twice."""
    get(document)["operationId"] = "getReadiness"


@plants("security")
def no_security(document: Document) -> None:
    """Plant: no security."""
    del get(document)["security"]


@plants("security")
def global_security(document: Document) -> None:
    """Plant: global security."""
    document["security"] = [{"bearer": []}]


@plants("scope")
def no_scope(document: Document) -> None:
    """Plant: no scope."""
    del get(document)["x-scope"]


@plants("scope")
def unknown_scope(document: Document) -> None:
    """Plant: unknown scope."""
    emit(document)["x-scope"] = "records:delete"


@plants("scope")
def open_and_secured(document: Document) -> None:
    """Plant: open and secured."""
    emit(document)["x-scope"] = "open"


@plants("scope")
def no_refusal_of_narrow_tokens(document: Document) -> None:
    """Plant: no refusal of narrow tokens."""
    del emit(document)["responses"]["403"]


@plants("scope")
def no_refusal_without_a_token(document: Document) -> None:
    """Plant: no refusal without a token."""
    del emit(document)["responses"]["401"]


@plants("tag")
def two_tags(document: Document) -> None:
    """Plant: two tags."""
    get(document)["tags"] = ["system", "records"]


@plants("tag")
def undeclared_tag(document: Document) -> None:
    """Plant: undeclared tag."""
    get(document)["tags"] = ["misc"]


@plants("words")
def no_summary(document: Document) -> None:
    """Plant: no summary."""
    del get(document)["summary"]


@plants("words")
def parameter_without_words(document: Document) -> None:
    """Plant: parameter without words."""
    parameter(document, description="")


@plants("one-media-type")
def two_response_types(document: Document) -> None:
    """Plant: two response types."""
    content = get(document)["responses"]["200"]["content"]
    content["application/cbor"] = copy.deepcopy(content["application/json"])


@plants("one-media-type")
def two_body_types(document: Document) -> None:
    """Plant: two body types."""
    content = emit(document)["requestBody"]["content"]
    content["application/cbor"] = copy.deepcopy(content["application/json"])


@plants("one-media-type")
def encoding(document: Document) -> None:
    """Plant: encoding."""
    emit(document)["requestBody"]["content"]["application/json"]["encoding"] = {"act": {"style": "form"}}


@plants("parameter")
def deep_object(document: Document) -> None:
    """Plant: deep object."""
    parameter(document, style="deepObject")


@plants("parameter")
def not_exploded(document: Document) -> None:
    """Plant: not exploded."""
    parameter(document, explode=False)


@plants("parameter")
def content_parameter(document: Document) -> None:
    """Plant: content parameter."""
    parameter(document, content={"application/json": {"schema": {"type": "string"}}})


@plants("parameter")
def uuid_header(document: Document) -> None:
    """Plant: uuid header."""
    parameter(document, **{"in": "header", "schema": {"type": "string", "format": "uuid"}})


@plants("parameter")
def date_header(document: Document) -> None:
    """Plant: date header."""
    parameter(document, **{"in": "header", "schema": {"type": "string", "format": "date"}})


def _stream(document: Document) -> Document:
    watch = get(document, "/v1/threads/{thread_id}/watch")
    found: Document = watch["responses"]["200"]["content"]["text/event-stream"]
    return found


@plants("stream")
def stream_of_models(document: Document) -> None:
    """Plant: stream of models."""
    _stream(document)["schema"] = {"$ref": "#/components/schemas/Record"}


@plants("stream")
def stream_of_text(document: Document) -> None:
    """Plant: stream of text."""
    _stream(document)["schema"] = {"type": "string"}


@plants("stream")
def stream_without_item(document: Document) -> None:
    """Plant: stream without item."""
    del _stream(document)["x-sse-item"]


@plants("stream")
def stream_of_nothing(document: Document) -> None:
    """Plant: stream of nothing."""
    _stream(document)["x-sse-item"] = "#/components/schemas/Nothing"


@plants("error-shape")
def no_default_response(document: Document) -> None:
    """Plant: no default response."""
    del get(document)["responses"]["default"]


@plants("error-shape")
def another_error_schema(document: Document) -> None:
    """Plant: another error schema."""
    content = document["components"]["responses"]["Internal"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/Health"}


@plants("error-shape")
def problem_media_type(document: Document) -> None:
    """Plant: problem media type."""
    content = document["components"]["responses"]["Internal"]["content"]
    content["application/problem+json"] = content.pop("application/json")


@plants("error-shape")
def no_codes(document: Document) -> None:
    """Plant: no codes."""
    del document["components"]["responses"]["Internal"]["x-error-codes"]


@plants("error-shape")
def unknown_code(document: Document) -> None:
    """Plant: unknown code."""
    document["components"]["responses"]["Internal"]["x-error-codes"].append("OOPS")


@plants("error-shape")
def code_under_another_status(document: Document) -> None:
    """Plant: code under another status."""
    document["components"]["responses"]["Internal"]["x-error-codes"].append("RECORD_NOT_FOUND")


@plants("error-shape")
def code_nowhere(document: Document) -> None:
    """Plant: code nowhere."""
    document["components"]["responses"]["SearchUnavailable"]["x-error-codes"] = ["STORE_UNAVAILABLE"]


@plants("error-shape")
def other_default(document: Document) -> None:
    """Plant: a default response in the form of the commands."""
    content = document["components"]["responses"]["Unexpected"]["content"]
    content["application/json"]["schema"] = {"$ref": "#/components/schemas/SynapRefusal"}


@plants("error-shape")
def unknown_code_of_a_command(document: Document) -> None:
    """Plant: unknown code of a command."""
    document["paths"]["/api/v1/command"]["post"]["responses"]["200"]["x-command-codes"].append("OOPS")


@plants("status")
def no_success(document: Document) -> None:
    """Plant: no success."""
    del get(document)["responses"]["200"]


@plants("status")
def no_500(document: Document) -> None:
    """Plant: no 500."""
    del get(document)["responses"]["500"]


@plants("status")
def body_without_413(document: Document) -> None:
    """Plant: body without 413."""
    del emit(document)["responses"]["413"]


@plants("unused")
def unused_parameter(document: Document) -> None:
    """Plant: unused parameter."""
    document["components"]["parameters"]["Nobody"] = {
        "name": "n",
        "in": "query",
        "schema": {"type": "string"},
    }


@plants("example")
def no_response_example(document: Document) -> None:
    """Plant: no response example."""
    del get(document)["responses"]["200"]["content"]["application/json"]["examples"]


@plants("example")
def no_parameter_example(document: Document) -> None:
    """Plant: no parameter example."""
    del document["components"]["parameters"]["Limit"]["example"]


@plants("example-fits")
def wrong_example(document: Document) -> None:
    """Plant: wrong example."""
    examples = get(document)["responses"]["200"]["content"]["application/json"]["examples"]
    examples["local"]["value"] = {"status": 5}


@plants("example-fits")
def wrong_parameter_example(document: Document) -> None:
    """Plant: wrong parameter example."""
    document["components"]["parameters"]["Limit"]["example"] = 5000


@plants("example-per-code")
def missing_code_example(document: Document) -> None:
    """Plant: missing code example."""
    content = document["components"]["responses"]["RefusedQuery"]["content"]["application/json"]
    del content["examples"]["INVALID_QUERY"]
