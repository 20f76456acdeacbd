"""Stub endpoints of the two provider families on real sockets: steps for `servers.scripted`.

They judge a request as the originals do (path, key, required members) and answer in the originals' shapes;
with `stream` in the request the answer comes as events. `tests/interop/test_official_providers.py` drives the
official packages against them, so that they stay honest.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable
from typing import Any

from tests.support.servers import Exchange, Step, answer, events

KEY = "stub-key"
MODEL = "stub-sonnet-1"
Said = str | dict[str, Any]


def openai(said: Said = "yes", *, sent: int = 1000, given: int = 200, **more: Any) -> Step:
    """Answer `POST /chat/completions` with a text, or with an object as JSON text."""

    def reply(request: dict[str, Any]) -> Any:
        message = {"role": "assistant", "content": said if isinstance(said, str) else jsonlib.dumps(said)}
        choice = {"index": 0, "message": {**message, "refusal": None, **more}, "finish_reason": "stop"}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": request["model"],
            "choices": [choice],
            "usage": {"prompt_tokens": sent, "completion_tokens": given, "total_tokens": sent + given},
        }

    return _judged(reply, openai_fault, _openai_error, _openai_events)


def anthropic(said: Said = "yes", *, sent: int = 1000, given: int = 200) -> Step:
    """Answer `POST /v1/messages` with a text block, or with an object as the use of the tool asked for."""

    def reply(request: dict[str, Any]) -> Any:
        block: dict[str, Any] = {"type": "text", "text": said}
        if not isinstance(said, str):
            name = request["tool_choice"]["name"]
            block = {"type": "tool_use", "id": "toolu_1", "name": name, "input": said}
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": [block],
            "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": sent, "output_tokens": given},
        }

    return _judged(reply, anthropic_fault, _anthropic_error, _anthropic_events)


def openai_fault(exchange: Exchange) -> tuple[int, str] | None:
    """Say what OpenAI's interface would refuse about a request, or None."""
    request = exchange.request
    if request.method != "POST" or not request.target.endswith("/chat/completions"):
        return 404, f"Unknown request URL: {request.method} {request.target}"
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return 401, "Incorrect API key provided"
    return _body_fault(request.json(), ("model", "messages"), {"system", "developer", "user", "assistant"})


def anthropic_fault(exchange: Exchange) -> tuple[int, str] | None:
    """Say what Anthropic's interface would refuse about a request, or None."""
    request = exchange.request
    if request.method != "POST" or request.target.partition("?")[0] != "/v1/messages":
        return 404, "Not found"
    if request.headers.get("x-api-key") != KEY:
        return 401, "invalid x-api-key"
    if "anthropic-version" not in request.headers:
        return 400, "anthropic-version: header is required"
    body = request.json()
    fault = _body_fault(body, ("model", "messages", "max_tokens"), {"user", "assistant"})
    if fault is None and "tool_choice" in body:
        names = [tool.get("name") for tool in body.get("tools", []) if "input_schema" in tool]
        if body["tool_choice"].get("name") not in names:
            return 400, "tool_choice.name: not found in tools"
    return fault


def _body_fault(body: Any, required: tuple[str, ...], roles: set[str]) -> tuple[int, str] | None:
    for name in required:
        if name not in body:
            return 400, f"{name}: Field required"
    if not body["messages"] or any(each.get("role") not in roles for each in body["messages"]):
        return 400, "messages: an unknown role, or none at all"
    form = body.get("response_format", {})
    if form.get("type") == "json_schema" and not {"name", "schema"} <= set(form.get("json_schema", {})):
        return 400, "response_format.json_schema: name and schema are required"
    return None


def _judged(
    reply: Callable[[dict[str, Any]], Any],
    fault: Callable[[Exchange], tuple[int, str] | None],
    error: Callable[[int, str], Any],
    stream: Callable[[dict[str, Any]], list[bytes]],
) -> Step:
    def step(exchange: Exchange) -> bool:
        found = fault(exchange)
        if found is not None:
            return answer(found[0], json=error(*found))(exchange)
        request = exchange.request.json()
        whole = reply(request)
        step = events(*stream(whole)) if request.get("stream") else answer(200, json=whole)
        return step(exchange)

    return step


def _openai_events(whole: dict[str, Any]) -> list[bytes]:
    """Return the answer in chunks of a character each, the reason for the end, and the end."""
    choice = whole.pop("choices")[0]
    whole |= {"object": "chat.completion.chunk", "usage": None}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": letter} for letter in choice["message"]["content"]]
    chunks = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    chunks.append({"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]})
    frames = [_frame({**whole, "choices": [chunk]}) for chunk in chunks]
    return [*frames, b"data: [DONE]\n\n"]


def _anthropic_events(whole: dict[str, Any]) -> list[bytes]:
    """Return the answer as the family's named events, a character of text each."""
    block = whole["content"][0]
    start = {**whole, "content": [], "stop_reason": None}
    moves: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    for letter in block["text"]:
        delta = {"type": "text_delta", "text": letter}
        moves.append({"type": "content_block_delta", "index": 0, "delta": delta})
    moves += [
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": whole["usage"]["output_tokens"]},
        },
        {"type": "message_stop"},
    ]
    return [_frame(move, move["type"]) for move in moves]


def _frame(data: Any, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {jsonlib.dumps(data)}\n\n".encode()


def _openai_error(status: int, message: str) -> Any:
    kinds = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": kinds.get(status)}}


def _anthropic_error(status: int, message: str) -> Any:
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    return {
        "type": "error",
        "error": {"type": kinds.get(status, "invalid_request_error"), "message": message},
    }


def refusing(family: str, status: int, message: str, **headers: str) -> Step:
    """Answer with an error of the family, whatever was asked."""
    error = _openai_error if family == "openai" else _anthropic_error
    return answer(status, json=error(status, message), headers=headers)


def speaking(family: str, said: Said = "yes", **more: Any) -> Step:
    """Return the good answer of a family."""
    return openai(said, **more) if family == "openai" else anthropic(said, **more)
