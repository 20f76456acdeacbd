"""What the official client packages make of an endpoint: run in an environment of its own.

    python official.py FAMILY URL KEY MODEL < SCHEMA      one JSON object on standard output

FAMILY is `openai` or `anthropic`. Asks four times: for a text, for a structured answer, for a stream, and
once with a wrong key.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

QUESTION = [{"role": "user", "content": "Is it?"}]


def with_openai(client: Any, model: str, schema: Any) -> dict[str, Any]:
    """Ask an OpenAI-compatible endpoint three times."""
    text = client.chat.completions.create(model=model, messages=QUESTION)
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    object_ = client.chat.completions.create(model=model, messages=QUESTION, response_format=form)
    pieces = client.chat.completions.create(model=model, messages=QUESTION, stream=True)
    return {
        "text": text.choices[0].message.content,
        "tokens": [text.usage.prompt_tokens, text.usage.completion_tokens],
        "object": json.loads(object_.choices[0].message.content),
        "streamed": "".join(piece.choices[0].delta.content or "" for piece in pieces),
    }


def with_anthropic(client: Any, model: str, schema: Any) -> dict[str, Any]:
    """Ask an Anthropic-compatible endpoint three times."""
    common = {"model": model, "max_tokens": 50, "messages": QUESTION}
    text = client.messages.create(**common)
    tool = {"name": "answer", "description": "Gives the answer.", "input_schema": schema}
    choice = {"type": "tool", "name": "answer"}
    object_ = client.messages.create(**common, tools=[tool], tool_choice=choice)
    with client.messages.stream(**common) as stream:
        streamed = "".join(stream.text_stream)
    return {
        "text": text.content[0].text,
        "tokens": [text.usage.input_tokens, text.usage.output_tokens],
        "object": object_.content[0].input,
        "streamed": streamed,
    }


def main() -> None:
    """Ask, and print what came back."""
    family, url, key, model = sys.argv[1:]
    package = importlib.import_module(family)
    make = package.OpenAI if family == "openai" else package.Anthropic
    use = with_openai if family == "openai" else with_anthropic
    with make(api_key=key, base_url=url, max_retries=2) as client:
        seen = use(client, model, json.load(sys.stdin))
        try:
            use(client.with_options(api_key="wrong"), model, {})
        except package.AuthenticationError as error:
            seen["refused"] = error.status_code
    print(json.dumps({**seen, "version": package.__version__}))


if __name__ == "__main__":
    main()
