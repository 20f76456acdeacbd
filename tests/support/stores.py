"""Clients of `syncropel.store` in both colours, against a mock or a daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncropel.store import AsyncSynapClient, SynapClient, SynapError

from .colours import Colour

CLASSES = {"async": AsyncSynapClient, "sync": SynapClient}


class Store:
    """One client, whose calls are written once for both colours: `store("kv.get", "key")`.

    Attributes:
        client: The client.
    """

    def __init__(self, colour: Colour, url: str = "http://mock", **options: Any) -> None:
        self._colour = colour
        self.client = CLASSES[colour.name](url, **options)
        colour._clients.append(self.client)

    def method(self, name: str) -> Callable[..., Any]:
        """Return a method of a family: `kv.get`."""
        family, _, verb = name.partition(".")
        found: Callable[..., Any] = getattr(getattr(self.client, family), verb)
        return found

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Call a method and return its result."""
        return self._colour.call(self.method(name), *arguments, **named)

    def every(self, name: str, *arguments: Any, **named: Any) -> list[Any]:
        """Return all that an iterating method gives."""
        return self._colour.collect(self.method(name)(*arguments, **named))

    def first(self, count: int, iterable: Any) -> list[Any]:
        """Return the first items of what can be gone through."""
        asynchronous = self._colour.name == "async"
        iterator = iterable.__aiter__() if asynchronous else iter(iterable)
        return self._colour.collect(iterator, count)

    def refused(self, name: str, *arguments: Any, **named: Any) -> tuple[int | None, str | None]:
        """Return status and code of a call that must be refused."""
        try:
            result = self(name, *arguments, **named)
        except SynapError as error:
            return error.status_code, error.code
        raise AssertionError(f"{name}{arguments} was taken: {result!r}")
