"""Violations of the rules about schemas, one function each."""

from __future__ import annotations

from tests.support.planting import Document, add, get, plants, schema


@plants("reference")
def reference_to_nowhere(document: Document) -> None:
    """Plant: reference to nowhere."""
    schema(document, "Record")["properties"]["act"] = {"$ref": "#/components/schemas/Nothing"}


@plants("reference")
def remote_reference(document: Document) -> None:
    """Plant: remote reference."""
    schema(document, "Record")["properties"]["act"] = {"$ref": "https://example.com/act.json"}


@plants("boolean-schema")
def boolean_property(document: Document) -> None:
    """Plant: boolean property."""
    schema(document, "Record")["properties"]["extra"] = True


@plants("boolean-schema")
def boolean_items(document: Document) -> None:
    """Plant: boolean items."""
    schema(document, "Record")["properties"]["parents"]["items"] = False


@plants("recursive-union")
def any_json(document: Document) -> None:
    """Plant: any json."""
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Json"}}
    add(document, "Json", oneOf=[{"type": "string"}, items])


@plants("recursive-union")
def recursion_through_another(document: Document) -> None:
    """Plant: recursion through another."""
    add(document, "Tree", oneOf=[{"type": "string"}, {"$ref": "#/components/schemas/Branch"}])
    leaf = {"$ref": "#/components/schemas/Tree"}
    add(document, "Branch", type="object", properties={"leaf": leaf})


@plants("tagged-union")
def no_tag(document: Document) -> None:
    """Plant: no tag."""
    add(document, "A", type="object", properties={"a": {"type": "string", "description": "A."}})
    add(document, "B", type="object", properties={"b": {"type": "string", "description": "B."}})
    references = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]
    add(document, "AorB", oneOf=references)


@plants("tagged-union")
def tag_by_enum(document: Document) -> None:
    """Plant: tag by enum."""
    schema(document, "OrchestrationVerify")["properties"]["pattern"] = {
        "description": "The tag.",
        "type": "string",
        "enum": ["verify"],
    }


@plants("tagged-union")
def tag_not_required(document: Document) -> None:
    """Plant: tag not required."""
    schema(document, "OrchestrationVerify")["required"] = []


@plants("tagged-union")
def same_tag(document: Document) -> None:
    """Plant: same tag."""
    schema(document, "OrchestrationVerify")["properties"]["pattern"]["const"] = "waterfall"


@plants("tagged-union")
def untagged_without_own_member(document: Document) -> None:
    """Plant: untagged without own member."""
    schema(document, "InferInputRecord")["required"] = ["inline"]


@plants("tagged-union")
def two_texts(document: Document) -> None:
    """Plant: two texts."""
    add(document, "Texts", oneOf=[{"type": "string"}, {"type": "string", "minLength": 3}])


@plants("null")
def list_of_types(document: Document) -> None:
    """Plant: list of types."""
    schema(document, "Health")["properties"]["version"]["type"] = ["string", "null"]


@plants("null")
def nullable(document: Document) -> None:
    """Plant: nullable."""
    schema(document, "Health")["properties"]["version"]["nullable"] = True


@plants("null")
def null_in_enum(document: Document) -> None:
    """Plant: null in enum."""
    schema(document, "Act")["enum"].append(None)


@plants("null")
def null_in_one_of(document: Document) -> None:
    """Plant: null in one of."""
    add(document, "Maybe", oneOf=[{"type": "string"}, {"type": "null"}])


@plants("null")
def any_of_three(document: Document) -> None:
    """Plant: any of three."""
    add(document, "Maybe", anyOf=[{"type": "string"}, {"type": "number"}, {"type": "null"}])


@plants("inline-object")
def inline_property(document: Document) -> None:
    """Plant: inline property."""
    schema(document, "Health")["properties"]["extra"] = {"type": "object", "description": "Planted."}


@plants("inline-object")
def inline_items(document: Document) -> None:
    """Plant: inline items."""
    schema(document, "RecordList")["properties"]["data"]["items"] = {"properties": {}}


@plants("inline-object")
def inline_response(document: Document) -> None:
    """Plant: inline response."""
    get(document)["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "object"}


@plants("alias")
def alias(document: Document) -> None:
    """Plant: alias."""
    document["components"]["schemas"]["Same"] = {"$ref": "#/components/schemas/Record"}


@plants("distinct-names")
def two_properties_one_name(document: Document) -> None:
    """Plant: two properties one name."""
    schema(document, "Health")["properties"]["instanceDid"] = {"type": "string", "description": "Planted."}


@plants("distinct-names")
def two_components_one_name(document: Document) -> None:
    """Plant: two components one name."""
    add(document, "Thread_Summary", type="object")


@plants("enum")
def enum_of_two_types(document: Document) -> None:
    """Plant: enum of two types."""
    schema(document, "Act")["enum"].append(5)


@plants("enum")
def enum_equal_in_upper_case(document: Document) -> None:
    """Plant: enum equal in upper case."""
    schema(document, "Act")["enum"].append("know")


@plants("lost-default")
def array_default(document: Document) -> None:
    """Plant: array default."""
    schema(document, "QueryRequest")["properties"]["select"]["default"] = []


@plants("lost-default")
def component_default(document: Document) -> None:
    """Plant: component default."""
    schema(document, "Act")["default"] = "DO"


@plants("description")
def component_without_words(document: Document) -> None:
    """Plant: component without words."""
    del schema(document, "Act")["description"]


@plants("description")
def property_without_words(document: Document) -> None:
    """Plant: property without words."""
    del schema(document, "Health")["properties"]["version"]["description"]


@plants("required-member")
def required_and_unknown(document: Document) -> None:
    """Plant: required and unknown."""
    schema(document, "Health")["required"].append("nothing")


@plants("kind")
def kind_without_const(document: Document) -> None:
    """Plant: kind without const."""
    schema(document, "CoreAlias")["x-kind"] = "core.other"


@plants("kind")
def kind_not_required(document: Document) -> None:
    """Plant: kind not required."""
    schema(document, "CoreAlias")["required"].remove("kind")


@plants("kind")
def kind_twice(document: Document) -> None:
    """Plant: kind twice."""
    schema(document, "CoreAlias")["x-kind"] = "core.intent"
    schema(document, "CoreAlias")["properties"]["kind"]["const"] = "core.intent"
