"""The rules about operations: names, security, media types, parameters, answers and their error codes."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from _contract import chain
from _contract.document import (
    LINES,
    SCHEMAS,
    ContractError,
    Operation,
    components,
    lookup,
    media,
    operations,
    resolve,
)

if TYPE_CHECKING:
    from _contract.lint import Rule

Found = Iterator[tuple[str, str]]

JSON = "application/json"
STREAM = "text/event-stream"
ERRORS = (f"{SCHEMAS}Error", f"{SCHEMAS}SynapRefusal")
_LOWER_CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*\Z")
_KEYWORDS = ("open", "any", "self")
_TOKEN_SCOPES = ("records:read", "records:write", "threads:write", "federation:manage")
_FAMILIES = ("kv", "queue", "stream", "pubsub")
_FAMILY_SCOPES = tuple(f"{family}:{way}" for family in _FAMILIES for way in ("read", "write"))
SCOPES = frozenset((*_KEYWORDS, *_TOKEN_SCOPES, "config:read", "config:write", "admin", *_FAMILY_SCOPES))
SWITCHED = "101"
_OF_TOKENS = {"401": "AUTH_REQUIRED", "429": "RATE_LIMITED"}
_AS_TEXT = {"uuid", "date", "date-time"}


def operation_ids(document: dict[str, Any]) -> Found:
    """Every operation has a unique operationId in lower camel case: it names the generated module."""
    seen: Counter[str] = Counter()
    for each in operations(document):
        seen[each.id] += 1
        if not _LOWER_CAMEL.match(each.id):
            yield each.where, f"the operationId {each.id!r} must be lower camel case"
        elif seen[each.id] == 2:
            yield each.where, f"the operationId {each.id!r} is taken already"


def security(document: dict[str, Any]) -> Found:
    """Every operation says what it asks for: the generator ignores a global `security`."""
    for each in operations(document):
        if not isinstance(each.node.get("security"), list):
            yield each.where, "needs its own `security`, `[]` when it is open"
    if "security" in document:
        yield "security", "the generator ignores a global `security`; say it on each operation"


def scopes(document: dict[str, Any]) -> Found:
    """Every operation states in `x-scope` what a token must allow, and lists what follows from it."""
    for each in operations(document):
        scope, listed = each.node.get("x-scope"), set(each.node.get("responses") or {})
        if scope not in SCOPES:
            yield each.where, f"needs `x-scope`, one of {', '.join(sorted(SCOPES))}; it has {scope!r}"
            continue
        is_open = scope == "open"
        if is_open != (each.node.get("security") == []):
            yield each.where, "`security: []` goes with `x-scope: open`, and with nothing else"
        for status, code in _OF_TOKENS.items():
            if is_open == (status in listed):
                yield (
                    each.where,
                    f"{status} {code} belongs to every operation that is not open, and to no other",
                )
        if not is_open and "403" not in listed:
            yield each.where, "needs the response 403: a token may be too narrow for it"


def tags(document: dict[str, Any]) -> Found:
    """Every operation has one tag, and every tag is declared with a description.

    An operation that carries out commands may belong to several families; the first one has its module.
    """
    declared = {tag.get("name"): tag for tag in document.get("tags") or []}
    for each in operations(document):
        named = each.node.get("tags") or []
        if len(named) != 1 and not (named and "x-commands" in each.node):
            yield each.where, f"needs exactly one tag, has {len(named)}"
        for name in named:
            if not (declared.get(name) or {}).get("description"):
                yield each.where, f"the tag {name!r} is not declared with a description"


def words(document: dict[str, Any]) -> Found:
    """Every operation and parameter is explained: the texts become docstrings."""
    for each in operations(document):
        for key in ("summary", "description"):
            if not each.node.get(key):
                yield each.where, f"needs a {key}"
        for parameter in each.parameters:
            if not parameter.get("description"):
                yield each.where, f"the parameter {parameter.get('name')!r} needs a description"


def one_media_type(document: dict[str, Any]) -> Found:
    """A body and a response have one content type each: of several, the generator reads the first only.

    A body may be lines of JSON, too: the generator is not shown those.
    """
    for each in operations(document):
        holders = {f"the response {status}": node for status, node in _responses(each)}
        if "requestBody" in each.node:
            holders["the request body"] = each.node["requestBody"]
        for name, holder in holders.items():
            content = media(document, holder)
            if name == "the request body":
                content.pop(LINES, None)
            if len(content) > 1:
                yield each.where, f"{name} has {len(content)} content types; one is all the generator handles"
            for kind, entry in content.items():
                if "encoding" in entry:
                    yield each.where, f"{name} has `encoding` for {kind}, which the generator ignores"


def parameters(document: dict[str, Any]) -> Found:
    """Parameters keep to what the generator sends as written."""
    for each in operations(document):
        for parameter in each.parameters:
            where = f"{each.where} {parameter.get('name')}"
            schema = resolve(document, parameter.get("schema") or {})
            if parameter.get("style") == "deepObject":
                yield where, "`deepObject` would be flattened; use plain parameters or a body"
            if parameter.get("explode") is False:
                yield where, "`explode: false` would be sent exploded all the same"
            if "content" in parameter:
                yield where, "a parameter with `content` would be dropped; use `schema`"
            if parameter.get("in") == "header" and schema.get("format") in _AS_TEXT:
                yield where, f"a header of format {schema['format']} cannot be sent; declare a plain string"


def streams(document: dict[str, Any]) -> Found:
    """An event stream has the empty schema, and names the component that describes one event of it.

    The generator would parse a model from the whole stream, and checkers of answers take `{type: string}` for
    the schema of one event.
    """
    for each in operations(document):
        for status, holder in _responses(each):
            entry = media(document, holder).get(STREAM)
            if entry is None:
                continue
            where = f"{each.where} {status}"
            if entry.get("schema") != {}:
                yield where, "the schema of an event stream must be {}"
            try:
                lookup(document, str(entry.get("x-sse-item")))
            except ContractError:
                yield where, "needs `x-sse-item`, the reference of the component that describes one event"


def error_shape(document: dict[str, Any]) -> Found:
    """Every refusal is one of two schemas as JSON, `default` always `Error`, and lists its codes.

    A refused command is no refusal of the request: its codes stand beside the success, in `x-command-codes`.
    """
    table = error_codes()
    documented: set[str] = set()
    for each in operations(document):
        if "default" not in (each.node.get("responses") or {}):
            yield each.where, "needs a `default` response, the error envelope"
        for status, holder in _responses(each):
            where = f"{each.where} {status}"
            if status[:1] in "123":
                in_commands = resolve(document, holder).get("x-command-codes") or []
                documented.update(in_commands)
                for code in in_commands:
                    if code not in table:
                        yield where, f"{code} is not in the table of errors ({chain.ERROR_TABLE.name})"
                continue
            allowed = ERRORS[:1] if status == "default" else ERRORS
            schema = media(document, holder).get(JSON, {}).get("schema")
            if schema not in [{"$ref": each} for each in allowed]:
                yield where, f"a refusal must be {JSON} with the schema {' or '.join(allowed)}"
            codes = resolve(document, holder).get("x-error-codes") or []
            documented.update(codes)
            if not codes:
                yield where, "needs `x-error-codes`, every code that the answer can carry"
            for code in codes:
                known = table.get(code)
                if known is None:
                    yield where, f"{code} is not in the table of errors ({chain.ERROR_TABLE.name})"
                elif status not in ("default", str(known)):
                    yield where, f"{code} has the status {known} in the table of errors"
    for code in sorted(table.keys() - documented):
        yield "responses", f"{code} is in the table of errors, and no operation lists it"


def statuses(document: dict[str, Any]) -> Found:
    """Every operation has an answer for success, and 500 for the failure that any of them can meet."""
    for each in operations(document):
        listed = set(each.node.get("responses") or {})
        if not any(status.startswith("2") or status == SWITCHED for status in listed):
            yield each.where, "needs a response for success"
        if "500" not in listed:
            yield each.where, "needs the response 500"
        if "requestBody" in each.node and not {"400", "413", "415"} <= listed:
            yield each.where, "an operation with a body needs the responses 400, 413 and 415"


def unused(document: dict[str, Any]) -> Found:
    """Every shared response, parameter and header is used: what nobody uses nobody keeps right."""
    text = repr(document)
    for kind in ("responses", "parameters", "headers", "examples"):
        for name in components(document, kind):
            if f"#/components/{kind}/{name}'" not in text:
                yield f"components/{kind}/{name}", "is not used"


def _responses(operation: Operation) -> Iterator[tuple[str, Any]]:
    for status, holder in (operation.node.get("responses") or {}).items():
        yield str(status), holder


@lru_cache(maxsize=1)
def error_codes() -> dict[str, int]:
    """Return the table of errors, code to status, read from its file: the package itself is not imported."""
    spec = importlib.util.spec_from_file_location("_error_codes", chain.ERROR_TABLE)
    if spec is None or spec.loader is None:
        raise ContractError(f"{chain.ERROR_TABLE} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {code: row.status for code, row in module.ERROR_CODES.items()}


RULES: dict[str, Rule] = {
    "operation-id": operation_ids,
    "security": security,
    "scope": scopes,
    "tag": tags,
    "words": words,
    "one-media-type": one_media_type,
    "parameter": parameters,
    "stream": streams,
    "error-shape": error_shape,
    "status": statuses,
    "unused": unused,
}
