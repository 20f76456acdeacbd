"""From a raw request target to an operation and its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from .refusals import Refusal


class Match(NamedTuple):
    """The operation that a request names, and the parameters of its path."""

    operation_id: str
    path: dict[str, str]


class Router:
    """Finds operations by method and path. A literal segment is preferred to a parameter.

    Args:
        routes: Rows of `routes.json`: `operation_id`, `method`, `path` (`/v1/records/{record_id}`), `scope`.

    Attributes:
        scopes: What each operation needs, by operationId, as far as the routes say it.
    """

    def __init__(self, routes: Iterable[Mapping[str, Any]]) -> None:
        self._literal: dict[str, dict[str, str]] = {}
        self._patterns: dict[tuple[str, ...], dict[str, str]] = {}
        self.scopes: dict[str, str] = {}
        for route in routes:
            path, method, name = route["path"], route["method"].upper(), route["operation_id"]
            if "scope" in route:
                self.scopes[name] = route["scope"]
            if "{" in path:
                self._patterns.setdefault(tuple(path.split("/")), {})[method] = name
            else:
                self._literal.setdefault(path, {})[method] = name

    def match(self, method: str, raw_path: str) -> Match:
        """Return the operation for a method and a path that is still percent-encoded.

        Raises:
            Refusal: `ROUTE_NOT_FOUND`, `METHOD_NOT_ALLOWED` with the `allow` header, or `INVALID_PARAMETER`
                for bytes that are no UTF-8.
        """
        methods = self._literal.get(raw_path)
        if methods is not None:
            return Match(_pick(methods, method, raw_path), {})
        segments = raw_path.split("/")
        for pattern, methods in self._patterns.items():
            values = _bind(pattern, segments)
            if values is not None:
                return Match(_pick(methods, method, raw_path), values)
        raise Refusal("ROUTE_NOT_FOUND", f"there is no route {raw_path}", hint="see /openapi.json")


def _pick(methods: Mapping[str, str], method: str, path: str) -> str:
    name = methods.get(method)
    if name is None:
        allow = ", ".join(sorted(methods))
        raise Refusal("METHOD_NOT_ALLOWED", f"{path} takes {allow}, not {method}", headers={"allow": allow})
    return name


def _bind(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    values: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            values[expected[1:-1]] = _decode(given, expected[1:-1])
        elif expected != given:
            return None
    return values


def _decode(text: str, name: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Refusal("INVALID_PARAMETER", f"path parameter {name} is not UTF-8 when decoded") from None


def parse_query(text: str) -> dict[str, str]:
    """Return the query parameters by name.

    Raises:
        Refusal: `INVALID_PARAMETER` for bytes that are no UTF-8, or a parameter that is given twice.
    """
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError:
        raise Refusal("INVALID_PARAMETER", "the query string is not UTF-8 when decoded") from None
    except ValueError:
        raise Refusal("INVALID_PARAMETER", "the query string has more than 100 parameters") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refusal("INVALID_PARAMETER", f"query parameter {twice} is given more than once")
    return values
