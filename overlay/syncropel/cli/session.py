"""What every verb needs: where the daemon is, who asks, and how to answer people and machines."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from .. import Client, SyncClient


@dataclass(frozen=True)
class Globals:
    """The options that every verb takes; None means not given."""

    endpoint: str | None = None
    api_key: str | None = None
    did: str | None = None
    json: bool | None = None
    timeout: float | None = None
    no_color: bool | None = None

    def overridden_by(self, other: Globals) -> Globals:
        """Return these options with those that `other` gives put on top."""
        given = {name: value for name, value in vars(other).items() if value is not None}
        return Globals(**(vars(self) | given))


@dataclass(frozen=True)
class Session:
    """One run of one verb."""

    options: Globals

    @property
    def json(self) -> bool:
        """True when stdout belongs to a machine: JSON and nothing else."""
        return bool(self.options.json)

    def client(self) -> SyncClient:
        """Return a client for the daemon that the options and the environment name. Close it, or use `with`.

        Raises:
            ConfigurationError: The endpoint is no URL, or another setting cannot be used.
            UsageError: `--did` is no DID.
        """
        from .. import SyncClient

        return SyncClient(**self._client_options())

    def async_client(self) -> Client:
        """Return an asynchronous client, as `client` does."""
        from .. import Client

        return Client(**self._client_options())

    def _client_options(self) -> dict[str, Any]:
        from .. import Identity

        chosen: dict[str, Any] = {}
        if self.options.endpoint is not None:
            chosen["endpoint"] = self.options.endpoint
        if self.options.api_key is not None:
            chosen["api_key"] = self.options.api_key
        if self.options.did is not None:
            chosen["identity"] = Identity.static(self.options.did)
        if self.options.timeout is not None:
            chosen["timeout"] = self.options.timeout
        return chosen

    @cached_property
    def console(self) -> Console:
        """Where answers for people go."""
        return self._console(sys.stdout)

    @cached_property
    def complaints(self) -> Console:
        """Where progress and errors go: stderr."""
        return self._console(sys.stderr)

    def _console(self, stream: TextIO) -> Console:
        from rich.console import Console

        plain = self.options.no_color or bool(os.environ.get("NO_COLOR"))
        return Console(file=stream, no_color=True if plain else None, highlight=False, soft_wrap=False)

    def document(self, value: Any) -> None:
        """Print one JSON document."""
        print(_json(value, indent=2), flush=True)

    def json_line(self, value: Any) -> None:
        """Print one JSON document on a line of its own, at once: a part of a stream."""
        print(_json(value, indent=None), flush=True)

    def show(self, *parts: RenderableType) -> None:
        """Print something for people."""
        for part in parts:
            self.console.print(part)

    def say(self, text: str) -> None:
        """Print a line for people, cut nowhere and coloured nowhere, so that it can be copied."""
        self.console.print(text, markup=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Tell people something that is not the answer: on stderr, in both modes."""
        complain(text)


def complain(text: str) -> None:
    """Write one line on stderr under the program's name."""
    print(f"spl: {text}", file=sys.stderr, flush=True)


def _json(value: Any, indent: int | None) -> str:
    # A terminal that cannot show every character gets escapes instead of a traceback.
    escape = "utf" not in (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    return json.dumps(value, ensure_ascii=escape, indent=indent)
