"""Carry out calls with the published `synap-sdk`: run in an environment of its own, needs Python 3.11.

    python synap_client.py < SESSIONS      one JSON array on standard output

A session is `{"config": {...}, "calls": [[name, arguments, named], ...]}`: what its client is made with, and
the calls one after another, such as `["kv.set", ["key", "value"], {"ttl": 60}]`. The text `$id` stands for
the id of the message that was consumed last, `{"$bytes": [...]}` for bytes.

Of each call comes back what it returned or which error it raised, the commands it sent, and their answers.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.metadata
import json
import sys
from typing import Any

import httpx
from synap_sdk.client import SynapClient
from synap_sdk.config import SynapConfig


async def observed(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
    """Send a request as ever, and note what went out and what came back."""
    response = await SEND(transport, request)
    await response.aread()
    body = json.loads(request.content) if request.content else None
    if request.url.path.endswith("/api/v1/command"):
        body.pop("request_id")
    SENT.append(body)
    answer = json.loads(response.content)
    if response.is_success:
        answer.pop("request_id", None)
    ANSWERS.append([response.status_code, answer])
    return response


SEND = httpx.AsyncHTTPTransport.handle_async_request
SENT: list[Any] = []
ANSWERS: list[Any] = []


class Session:
    """The calls of one client."""

    def __init__(self, client: SynapClient) -> None:
        self.client = client
        self.message_id = ""

    async def call(self, name: str, arguments: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        """Make a call and say what came of it."""
        SENT.clear()
        ANSWERS.clear()
        target: Any = self.client
        for part in name.split("."):
            target = getattr(target, part)
        said: dict[str, Any] = {}
        try:
            outcome = target(*map(self.meant, arguments), **named)
            if hasattr(outcome, "__aiter__"):
                said["items"] = [item async for item in outcome]
            else:
                said["result"] = shown(await outcome)
        except Exception as error:
            said["error"] = [type(error).__name__, str(error)]
        if name == "queue.consume" and said.get("result"):
            self.message_id = said["result"]["id"]
        return {**said, "sent": list(SENT), "answers": list(ANSWERS)}

    def meant(self, argument: Any) -> Any:
        """Return the argument that a placeholder stands for."""
        if argument == "$id":
            return self.message_id
        if isinstance(argument, dict) and set(argument) == {"$bytes"}:
            return bytes(argument["$bytes"])
        if isinstance(argument, dict):
            return {key: self.meant(value) for key, value in argument.items()}
        return argument


def shown(value: Any) -> Any:
    """Return a result as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: shown(member) for key, member in dataclasses.asdict(value).items()}
    if isinstance(value, list):
        return [shown(member) for member in value]
    return {"$bytes": list(value)} if isinstance(value, bytes) else value


async def main() -> list[Any]:
    """Run the sessions."""
    httpx.AsyncHTTPTransport.handle_async_request = observed  # type: ignore[method-assign]
    said: list[Any] = []
    for session in json.load(sys.stdin):
        config = session["config"]
        async with SynapClient(SynapConfig(config.pop("base_url"), **config)) as client:
            running = Session(client)
            said.append([await running.call(*call) for call in session["calls"]])
    return said


if __name__ == "__main__":
    version = importlib.metadata.version("synap-sdk")
    print(json.dumps({"version": version, "sessions": asyncio.run(main())}))
