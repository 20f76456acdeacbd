"""Reading a responder's `config`, and judging it at registration: one rule for both moments."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...errors import UsageError
from ...kernel.calls import Responder
from .limits import DEFAULT_TIMEOUT_SECS, MAX_TIMEOUT_SECS

OPENAI, ANTHROPIC = "openai", "anthropic"
BASE_URLS = {OPENAI: "https://api.openai.com/v1", ANTHROPIC: "https://api.anthropic.com"}
BUILTINS = ("records", "summary")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")


@dataclass(frozen=True)
class LlmSettings:
    """How a model is reached.

    Attributes:
        provider: The family of the interface: `openai` or `anthropic`.
        base_url: What the interface's paths are appended to.
        model: The model's name.
        api_key_env: The environment variable that holds the key, or None for an endpoint without keys.
        price_in: US dollars per million tokens of the prompt.
        price_out: US dollars per million tokens of the answer.
        max_tokens: The longest answer, in tokens.
        temperature: Sampling temperature, or None for the endpoint's own.
        instructions: Text put before the question; empty for none.
        headers: Further headers.
    """

    provider: str
    base_url: str
    model: str
    api_key_env: str | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    max_tokens: int = 1024
    temperature: float | None = None
    instructions: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SystemSettings:
    """How a `system` responder is reached: exactly one of the three.

    Attributes:
        command: A program and its arguments.
        url: An HTTP address.
        builtin: One of the daemon's own: `records` or `summary`.
        headers: Further headers for the address.
    """

    command: tuple[str, ...] = ()
    url: str = ""
    builtin: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def check_responder(responder: Responder, *, trusted: bool = False) -> None:
    """Judge a registration's `config`.

    Args:
        responder: The registration.
        trusted: Whether it comes from whoever started the daemon. Others may name neither a command to run
            nor an environment variable to send: every program of this machine reaches the API.

    Raises:
        UsageError: A member is missing or wrong; the message begins with its JSON path.
    """
    timeout_secs(responder)
    reaches: list[str] = []
    if responder.kind == "llm":
        reaches = ["api_key_env"] if llm_settings(responder).api_key_env else []
    elif responder.kind == "system":
        reaches = ["command"] if system_settings(responder).command else []
    if reaches and not trusted:
        raise UsageError(
            f"$.config.{reaches[0]}: only the daemon's configuration file may name one; "
            "or start the daemon with SYNCROPEL_TRUST_API=1"
        )


def timeout_secs(responder: Responder) -> float:
    """Return the seconds that one call may take.

    Raises:
        UsageError: `timeout_secs` is no usable number.
    """
    default = DEFAULT_TIMEOUT_SECS.get(responder.kind, 60.0)
    return _number(responder.config, "timeout_secs", default, high=MAX_TIMEOUT_SECS)


def llm_settings(responder: Responder) -> LlmSettings:
    """Read the `config` of an `llm` responder.

    Raises:
        UsageError: A member is missing or wrong.
    """
    config = responder.config
    provider = _text(config, "provider", OPENAI)
    if provider not in BASE_URLS:
        raise UsageError(f"$.config.provider: must be one of {', '.join(BASE_URLS)}")
    model = _text(config, "model", responder.model)
    if not model:
        raise UsageError("$.model: must name the model to ask")
    key = _text(config, "api_key_env", "")
    if key and not _ENV_NAME.match(key):
        raise UsageError("$.config.api_key_env: must be the name of an environment variable, not the key")
    if "api_key" in config:
        raise UsageError("$.config.api_key: keys are not stored; name a variable in api_key_env")
    prices = config.get("prices", {})
    if not isinstance(prices, Mapping):
        raise UsageError("$.config.prices: must be an object")
    return LlmSettings(
        provider=provider,
        base_url=_address(config, "base_url", BASE_URLS[provider]).rstrip("/"),
        model=model,
        api_key_env=key or None,
        price_in=_number(prices, "input_per_million", 0.0, path="$.config.prices"),
        price_out=_number(prices, "output_per_million", 0.0, path="$.config.prices"),
        max_tokens=int(_number(config, "max_tokens", 1024, low=1, high=1_000_000)),
        temperature=_number(config, "temperature", 0.0, high=2.0) if "temperature" in config else None,
        instructions=_text(config, "instructions", ""),
        headers=_headers(config),
    )


def system_settings(responder: Responder) -> SystemSettings:
    """Read the `config` of a `system` responder.

    Raises:
        UsageError: A member is missing or wrong, or not exactly one way to reach it is given.
    """
    config = responder.config
    if sum(name in config for name in ("command", "url", "builtin")) != 1:
        raise UsageError("$.config: needs exactly one of command, url and builtin")
    if "builtin" in config:
        if config["builtin"] not in BUILTINS:
            raise UsageError(f"$.config.builtin: must be one of {', '.join(BUILTINS)}")
        return SystemSettings(builtin=config["builtin"])
    if "url" in config:
        return SystemSettings(url=_address(config, "url", ""), headers=_headers(config))
    command = config["command"]
    if not isinstance(command, list | tuple) or not command:
        raise UsageError("$.config.command: must be a list: the program, then its arguments")
    for index, each in enumerate(command):
        if not isinstance(each, str) or "\0" in each or not (each or index):
            raise UsageError(f"$.config.command[{index}]: must be a text without null characters")
    return SystemSettings(command=tuple(command))


def _text(config: Mapping[str, Any], name: str, default: str) -> str:
    value = config.get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"$.config.{name}: must be a string")
    return value


def _number(
    config: Mapping[str, Any],
    name: str,
    default: float,
    *,
    low: float = 0.0,
    high: float = math.inf,
    path: str = "$.config",
) -> float:
    value = config.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UsageError(f"{path}.{name}: must be a number from {low:g} to {high:g}")
    if value != value or value in (math.inf, -math.inf):
        raise UsageError(f"{path}.{name}: must be finite")
    return float(value)


def _address(config: Mapping[str, Any], name: str, default: str) -> str:
    address = _text(config, name, default)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"$.config.{name}: must be an http or https address")
    if "@" in parts.netloc:
        raise UsageError(f"$.config.{name}: must not hold a password; name a variable in api_key_env")
    return address


def _headers(config: Mapping[str, Any]) -> dict[str, str]:
    headers = config.get("headers", {})
    if not isinstance(headers, Mapping):
        raise UsageError("$.config.headers: must be an object")
    for name, value in headers.items():
        if not isinstance(value, str) or not (name + value).isprintable() or not (name + value).isascii():
            raise UsageError(f"$.config.headers.{name}: must be printable ASCII text")
    return dict(headers)
