"""Modules that are loaded when something of them is first asked for.

A program that only emits, and not from an event loop, starts in half the time without `asyncio`; one that
runs an event loop has loaded it already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncropel.rules.late import imported

if TYPE_CHECKING:
    import asyncio as asyncio
    import inspect as inspect
    import logging
    import random as random
    import secrets as secrets
    from urllib import parse as parse

    import httpcore as httpcore

    from syncropel.transport import reports as reports


class Later:
    """Stands for a module until it is needed."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(imported(self._name), name)
        self.__dict__[name] = value
        return value


if not TYPE_CHECKING:
    asyncio = Later("asyncio")
    httpcore = Later("httpcore")
    inspect = Later("inspect")
    random = Later("random")
    secrets = Later("secrets")
    parse = Later("urllib.parse")
    reports = Later("syncropel.transport.reports")


class _Logger:
    """Stands for a logger until something is logged: most programs never load `logging` for us."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(imported("logging").getLogger("syncropel"), name)
        self.__dict__[name] = value
        return value


logger: logging.Logger = _Logger()  # type: ignore[assignment]
"""The package's logger."""
