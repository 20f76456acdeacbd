"""What every verb needs: where the daemon is, who asks, and how to answer people and machines."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from ..errors import ConfigurationError, SyncropelError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from .. import Client, SyncClient
    from ..transport.config import Settings

R = TypeVar("R")


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

    def settings(self) -> Settings:
        """Return what a client would be built from.

        Raises:
            ConfigurationError: As for `client`.
        """
        from ..transport.config import resolve

        return resolve(**self._options())

    def _client_options(self) -> dict[str, Any]:
        problem = self.settings().problem
        if problem is not None:
            # The client itself fails open on it; on a command line it is a slip of the keyboard.
            raise ConfigurationError(problem)
        return self._options()

    def _options(self) -> dict[str, Any]:
        from ..keys.identity import Identity

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
        from .output import PipeConsole

        plain = self.options.no_color or bool(os.environ.get("NO_COLOR"))
        return PipeConsole(file=stream, no_color=True if plain else None, highlight=False, soft_wrap=False)

    def read(self, result: R) -> R:
        """Return what a read gave.

        Raises:
            SyncropelError: It failed; reads themselves fail open and only note the reason.
        """
        error = getattr(result, "error", None)
        if error is not None:
            raise error
        return result

    def failure(self, error: SyncropelError | None) -> SyncropelError:
        """Return why a read gave nothing."""
        return error or SyncropelError("the daemon gave no answer and no reason")

    def document(self, value: Any) -> None:
        """Print one JSON document."""
        print(json_text(value, indent=2), flush=True)

    def json_line(self, value: Any) -> None:
        """Print one JSON document on a line of its own, at once: a part of a stream."""
        print(json_text(value, indent=None), flush=True)

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


_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")


def json_text(value: Any, indent: int | None) -> str:
    """Return a value as JSON that is safe to print on a terminal."""
    # A terminal that cannot show every character gets escapes instead of a traceback.
    escape = "utf" not in (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    text = json.dumps(value, ensure_ascii=escape, indent=indent)
    # The other control characters are escaped by JSON itself; these would reach the terminal.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
