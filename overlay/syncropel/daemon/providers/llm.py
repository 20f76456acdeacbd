"""Models behind an OpenAI-compatible or an Anthropic-compatible HTTP interface."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import UsageError
from ...kernel.calls import CallReply, PendingCall, answered
from ...rules.strict_json import parse_json
from . import prompt
from .answers import read_structured, wanted_schema
from .settings import ANTHROPIC, LlmSettings, llm_settings
from .trouble import Trouble

if TYPE_CHECKING:
    from .http import Caller

_ANTHROPIC_VERSION = "2023-06-01"
_TOOL = "answer"


async def ask_model(call: PendingCall, caller: Caller, seconds: float) -> CallReply:
    """Ask the model of a call and return its answer with its cost.

    Raises:
        Trouble: There is no answer that can be used.
        UsageError: The registration's `config` is wrong.
    """
    settings = llm_settings(call.responder)
    schema = wanted_schema(call.answer_shape)
    question = prompt.question(call.input)
    if settings.provider == ANTHROPIC:
        path, body, keys = "/v1/messages", _anthropic_body(settings, schema, question), _anthropic_keys
    else:
        path, body, keys = "/chat/completions", _openai_body(settings, schema, question), _openai_keys
    headers = {**settings.headers, **keys(_key(settings))}
    said = await caller.post(settings.base_url + path, body, headers=headers, seconds=seconds)
    if not isinstance(said, Mapping):
        raise Trouble("bad_answer", "the endpoint's answer is no JSON object")
    cost = _cost(said.get("usage"), settings)
    try:
        read = _read_anthropic if settings.provider == ANTHROPIC else _read_openai
        return answered(_body(read(said), schema is not None), cost_usd=cost)
    except Trouble as trouble:
        # The endpoint charges for an answer that cannot be used too.
        raise Trouble(trouble.code, trouble.message, cost_usd=cost) from trouble


def _key(settings: LlmSettings) -> str | None:
    if settings.api_key_env is None:
        return None
    key = os.environ.get(settings.api_key_env, "").strip()
    if not key:
        raise Trouble("configuration", f"the environment variable {settings.api_key_env} is not set")
    return key


def _openai_keys(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def _anthropic_keys(key: str | None) -> dict[str, str]:
    version = {"anthropic-version": _ANTHROPIC_VERSION}
    return {**version, "x-api-key": key} if key else version


def _openai_body(settings: LlmSettings, schema: dict[str, Any] | None, question: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": prompt.instructions(settings.instructions, schema is not None)},
            {"role": "user", "content": question},
        ],
        "max_tokens": settings.max_tokens,
    }
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    if schema is not None:
        # Not strict: a strict schema has to list every property as required, which ours does not.
        form = {"name": _TOOL, "schema": schema, "strict": False}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return body


def _anthropic_body(settings: LlmSettings, schema: dict[str, Any] | None, question: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": settings.model,
        "max_tokens": settings.max_tokens,
        "system": prompt.instructions(settings.instructions, schema is not None),
        "messages": [{"role": "user", "content": question}],
    }
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    if schema is not None:
        body["tools"] = [{"name": _TOOL, "description": "Gives the answer.", "input_schema": schema}]
        body["tool_choice"] = {"type": "tool", "name": _TOOL}
    return body


def _cost(usage: Any, settings: LlmSettings) -> float:
    """Return the price of the tokens used; both families count them, under different names."""
    if not isinstance(usage, Mapping):
        return 0.0
    sent = _tokens(
        usage, "prompt_tokens", "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"
    )
    given = _tokens(usage, "completion_tokens", "output_tokens")
    return (sent * settings.price_in + given * settings.price_out) / 1_000_000


def _tokens(usage: Mapping[str, Any], *names: str) -> int:
    counts = [usage.get(name) for name in names]
    return sum(each for each in counts if isinstance(each, int) and 0 < each < 10**12)


def _read_openai(said: Mapping[str, Any]) -> Any:
    choices = said.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, Mapping) else None
    if not isinstance(choice, Mapping) or not isinstance(message, Mapping):
        raise Trouble("bad_answer", "the endpoint's answer has no choices[0].message")
    if message.get("refusal"):
        raise Trouble("refused", f"the model refused: {str(message['refusal'])[:300]}")
    if choice.get("finish_reason") == "length":
        raise Trouble("bad_answer", "the answer was cut off at max_tokens")
    return _joined(message.get("content"))


def _read_anthropic(said: Mapping[str, Any]) -> Any:
    content = said.get("content")
    if not isinstance(content, list):
        raise Trouble("bad_answer", "the endpoint's answer has no content blocks")
    if said.get("stop_reason") == "refusal":
        raise Trouble("refused", "the model refused to answer")
    if said.get("stop_reason") == "max_tokens":
        raise Trouble("bad_answer", "the answer was cut off at max_tokens")
    for block in content:
        if isinstance(block, Mapping) and block.get("type") == "tool_use" and block.get("name") == _TOOL:
            return block.get("input")
    return _joined(content)


def _joined(content: Any) -> str:
    if isinstance(content, list):
        parts = [each.get("text") for each in content if isinstance(each, Mapping)]
        content = "".join(each for each in parts if isinstance(each, str))
    if not isinstance(content, str) or not content.strip():
        raise Trouble("bad_answer", "the model said nothing")
    return content.strip()


def _body(said: Any, structured: bool) -> dict[str, Any]:
    if not structured:
        return {"answer": said}
    if isinstance(said, str):
        try:
            said = parse_json(_unfenced(said).encode())
        except UsageError as error:
            raise Trouble("bad_answer", f"the model's answer is no JSON: {error}") from error
    return read_structured(said)


def _unfenced(text: str) -> str:
    """Take away the code fence that models put around JSON though nobody asked for one."""
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text[text.index("\n") + 1 : -3].strip()
    return text
