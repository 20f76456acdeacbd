"""The rules about examples: every operation shows what goes in and what comes out, and truly so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from _contract import exports
from _contract.document import Operation, media, operations, resolve

if TYPE_CHECKING:
    from _contract.lint import Rule

Found = Iterator[tuple[str, str]]


def present(document: dict[str, Any]) -> Found:
    """Every body, every response and every parameter has an example."""
    for each in operations(document):
        for parameter in each.parameters:
            if "example" not in parameter and "examples" not in parameter:
                yield each.where, f"the parameter {parameter.get('name')!r} needs an example"
        for name, holder in _holders(each):
            for kind, entry in media(document, holder).items():
                if not entry.get("examples"):
                    yield each.where, f"{name} needs an example for {kind}"


def true(document: dict[str, Any]) -> Found:
    """Every example fits the schema it stands beside."""
    exported = exports.schemas(document)
    base = {"$schema": exported["$schema"], "$defs": exported["$defs"]}
    for each in operations(document):
        for parameter in each.parameters:
            if "example" in parameter:
                for message in _violations(base, parameter.get("schema") or {}, parameter["example"]):
                    yield f"{each.where} {parameter.get('name')}", message
        for name, holder in _holders(each):
            for entry in media(document, holder).values():
                for title, example in (entry.get("examples") or {}).items():
                    value = resolve(document, example).get("value")
                    for message in _violations(base, entry.get("schema") or {}, value):
                        yield f"{each.where} {name}, example {title}", message


def every_code(document: dict[str, Any]) -> Found:
    """A refusal shows one example for each of its codes, under that code's name."""
    for each in operations(document):
        for name, holder in _holders(each):
            response = resolve(document, holder)
            codes = response.get("x-error-codes")
            if codes is None:
                continue
            for entry in (response.get("content") or {}).values():
                shown = {
                    title: _code(resolve(document, example).get("value") or {})
                    for title, example in (entry.get("examples") or {}).items()
                }
                if shown != {code: code for code in codes}:
                    yield f"{each.where} {name}", f"its examples must be one for each of {', '.join(codes)}"


def _code(refusal: dict[str, Any]) -> Any:
    return refusal.get("error_code", refusal.get("code"))


def _holders(operation: Operation) -> Iterator[tuple[str, Any]]:
    if "requestBody" in operation.node:
        yield "the request body", operation.node["requestBody"]
    for status, holder in (operation.node.get("responses") or {}).items():
        yield f"the response {status}", holder


def _violations(base: dict[str, Any], schema: Any, value: Any) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator({**base, **exports.plain(schema)}).iter_errors(value):
        yield f"{error.json_path}: {error.message}"


RULES: dict[str, Rule] = {"example": present, "example-fits": true, "example-per-code": every_code}
