"""Every operation over the wire: what `request` sends, what `parse` makes of each documented answer."""

from __future__ import annotations

import inspect
from enum import EnumMeta
from types import ModuleType
from typing import Any

import httpx
import pytest

from syncropel_generated.models import Error, SynapRefusal

BASE = "http://daemon.test:9100"
# Lines of JSON are not written by the generated code.
LINES = "application/x-ndjson"


def _resolved(contract: dict[str, Any], node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = contract
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def _operation(contract: dict[str, Any], route: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = contract["paths"][route["path"]][route["method"].lower()]
    return found


def _parameters(contract: dict[str, Any], route: dict[str, str]) -> list[dict[str, Any]]:
    return [_resolved(contract, each) for each in _operation(contract, route).get("parameters", [])]


def _python_name(name: str) -> str:
    plain = name.replace("-", "_").lower()
    return f"{plain}_" if plain in ("format", "type") else plain


def _python_value(parameter: dict[str, Any], module: ModuleType) -> Any:
    """Return the example of a parameter as the module takes it: a member of the enumeration it imports."""
    value = parameter["example"]
    enums = [each for each in vars(module).values() if isinstance(each, EnumMeta)]
    return next((enum(value) for enum in enums if value in {member.value for member in enum}), value)


def _in_query(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _examples(contract: dict[str, Any], holder: Any) -> list[tuple[str, Any]]:
    # A switch to another protocol has no content.
    content = _resolved(contract, holder).get("content", {})
    return [
        (kind, _resolved(contract, example)["value"])
        for kind, entry in content.items()
        if kind != LINES
        for example in entry["examples"].values()
    ]


def _send(kwargs: dict[str, Any], answer: httpx.Response) -> tuple[httpx.Request, httpx.Response]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    with httpx.Client(base_url=BASE, transport=httpx.MockTransport(handle)) as client:
        response = client.request(**kwargs)
    return seen[0], response


def _answer(kind: str, status: int, value: Any) -> httpx.Response:
    if kind == "text/event-stream":
        return httpx.Response(status, text=value, headers={"content-type": kind})
    return httpx.Response(status, json=value)


def test_request_sends_the_examples_of_the_contract(
    contract: dict[str, Any], modules: dict[str, ModuleType], route: dict[str, str]
) -> None:
    """`request` with the contract's example of every parameter and body gives that path and that content."""
    operation = _operation(contract, route)
    parameters = _parameters(contract, route)
    module = modules[route["operation_id"]]
    arguments = {_python_name(each["name"]): _python_value(each, module) for each in parameters}
    bodies = (
        [value for _, value in _examples(contract, operation["requestBody"])]
        if "requestBody" in operation
        else []
    )
    for body in bodies or [None]:
        given = dict(arguments, body=body) if body is not None else arguments
        sent, _ = _send(module.request(**given), httpx.Response(204))
        path = route["path"]
        for each in parameters:
            if each["in"] == "path":
                path = path.replace("{" + each["name"] + "}", str(each["example"]))
            if each["in"] == "query":
                assert sent.url.params[each["name"]] == _in_query(each["example"])
            if each["in"] == "header":
                assert sent.headers[each["name"]] == str(each["example"])
        assert (sent.method, sent.url.path) == (route["method"], path)
        if body is not None:
            assert sent.headers["content-type"] == "application/json"
            assert httpx.Response(200, content=sent.content).json() == body


def _plain(parsed: Any) -> Any:
    if isinstance(parsed, list):
        return [_plain(each) for each in parsed]
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


def test_parse_reads_every_documented_answer(
    contract: dict[str, Any], modules: dict[str, ModuleType], route: dict[str, str]
) -> None:
    """`parse` keeps every member of every example answer, whatever its status."""
    module = modules[route["operation_id"]]
    for status, holder in _operation(contract, route)["responses"].items():
        for kind, value in _examples(contract, holder):
            code = 418 if status == "default" else int(status)
            parsed = module.parse(_answer(kind, code, value))
            assert _plain(parsed) == value
            assert isinstance(parsed, Error | SynapRefusal) == (code >= 400)


@pytest.mark.parametrize("status", [302, 418, 499, 502, 520, 599])
def test_parse_passes_over_what_is_not_documented(
    modules: dict[str, ModuleType], route: dict[str, str], status: int
) -> None:
    """An undocumented status with HTML, nothing or foreign JSON parses to None and never raises."""
    parse = modules[route["operation_id"]].parse
    assert parse(httpx.Response(status, html="<h1>Bad Gateway</h1>")) is None
    assert parse(httpx.Response(status)) is None
    assert parse(httpx.Response(status, json={"message": "no route"})) is None
    assert parse(httpx.Response(status, json=["not", "an", "object"])) is None


def test_the_pair_is_public_and_pure(modules: dict[str, ModuleType], route: dict[str, str]) -> None:
    """`request` takes no client and `parse` only the response, so both work with any way of sending."""
    module = modules[route["operation_id"]]
    assert "client" not in inspect.signature(module.request).parameters
    assert list(inspect.signature(module.parse).parameters) == ["response"]
