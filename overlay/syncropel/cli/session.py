"""What every verb needs: where the daemon is, who asks, and how to answer people and machines."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from ..errors import ConfigurationError, SyncropelError
from ..rules.token_shapes import hide_tokens
from .harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, RenderableType

    from .. import Client, Identity, SyncClient
    from ..store import AsyncSynapClient, SynapClient
    from ..transport.config import Settings
    from ..transport.outbox_choice import OutboxChoice

R = TypeVar("R")
ENV_IDENTITY_KEY = "SYNCROPEL_IDENTITY_KEY"
KEPT = "spl login"
"""Where a token comes from that this machine keeps."""


@dataclass(frozen=True)
class Globals:
    """The options that every verb takes; None means not given."""

    endpoint: str | None = None
    api_key: str | None = field(default=None, repr=False)
    did: str | None = None
    identity_key: str | None = None
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

    def at(self, endpoint: str) -> Session:
        """Return this run, with another daemon."""
        return Session(self.options.overridden_by(Globals(endpoint=endpoint)))

    def with_token(self, token: str) -> Session:
        """Return this run, with another token."""
        return Session(self.options.overridden_by(Globals(api_key=token)))

    def client(self, *, outbox: OutboxChoice = False) -> SyncClient:
        """Return a client for the daemon that the options and the environment name. Close it, or use `with`.

        Args:
            outbox: As for the client; a verb that reads, or that can be repeated, has none.

        Raises:
            ConfigurationError: The endpoint is no URL, or another setting cannot be used.
            UsageError: `--did` is no DID.
        """
        from .. import SyncClient

        return SyncClient(**self._client_options(), outbox=outbox)

    def async_client(self) -> Client:
        """Return an asynchronous client, as `client` does."""
        from .. import Client

        return Client(**self._client_options(), outbox=False)

    def store(self) -> SynapClient:
        """Return a client of keys, queues, streams and topics, as `client` does.

        Raises:
            ConfigurationError: As for `client`.
        """
        from ..store import SynapClient

        return SynapClient(**self._store_options())

    def async_store(self) -> AsyncSynapClient:
        """Return an asynchronous client of keys, queues, streams and topics.

        Raises:
            ConfigurationError: As for `client`.
        """
        from ..store import AsyncSynapClient

        return AsyncSynapClient(**self._store_options())

    def _store_options(self) -> dict[str, Any]:
        settings = self._nobody()
        if settings.problem is not None:
            raise ConfigurationError(settings.problem)
        chosen: dict[str, Any] = {"url": settings.endpoint, "api_key": self.token[0] or ""}
        return chosen if self.options.timeout is None else {**chosen, "timeout": self.options.timeout}

    def _nobody(self) -> Settings:
        """Return the settings without a token and an identity: which token goes out depends on where to."""
        from ..transport.config import resolve

        return resolve(endpoint=self.options.endpoint, api_key="")

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
        chosen: dict[str, Any] = {}
        if self.options.endpoint is not None:
            chosen["endpoint"] = self.options.endpoint
        token = self.token[0]
        if token is not None:
            chosen["api_key"] = token
        identity = self.identity
        if identity is not None:
            chosen["identity"] = identity
        if self.options.timeout is not None:
            chosen["timeout"] = self.options.timeout
        return chosen

    @cached_property
    def token(self) -> tuple[str | None, str]:
        """The token that goes with requests, None for none, and where it comes from."""
        from ..transport.config import ENV_API_KEYS

        if self.options.api_key is not None:
            return self.options.api_key, "the command line"
        for name in ENV_API_KEYS:
            if os.environ.get(name):
                return os.environ[name], name
        kept = self._kept_token()
        return kept, "none" if kept is None else KEPT

    def _kept_token(self) -> str | None:
        from ..keys import credentials

        settings = self._nobody()
        return None if settings.problem else credentials.read(credentials.origin_of(settings.endpoint))

    @cached_property
    def identity(self) -> Identity | None:
        """Who emits, as the options, the environment and the token say; None for nobody in particular.

        `--did` of an actor without keys wins over a key in the environment: what is emitted is its, unsigned.
        """
        from ..keys.identity import Identity
        from ..transport.config import ENV_IDENTITY

        path = self.options.identity_key or os.environ.get(ENV_IDENTITY_KEY)
        did = self.options.did
        unsigned = did is not None and self.options.identity_key is None and not _has_keys(did)
        if did is None:
            did = os.environ.get(ENV_IDENTITY) or None
        if path and not unsigned:
            return load_identity(path, did)
        if did is None:
            did = self._account_did()
        return None if did is None else Identity.static(did)

    def _account_did(self) -> str | None:
        """Return the DID of the account whose token is in use: an account may always write as itself."""
        from ..rules.tokens import account_did, parse_token

        parts = parse_token(self.token[0] or "")
        return None if parts is None else account_did(parts.account_id)

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
        # Without emoji: `did:key:…` holds the name of one.
        return PipeConsole(
            file=stream, no_color=True if plain else None, highlight=False, emoji=False, soft_wrap=False
        )

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
        """Print text for people, cut nowhere and coloured nowhere, so that it can be copied."""
        print(harmless(text) if sys.stdout.isatty() else text, flush=True)

    def note(self, text: str) -> None:
        """Tell people something that is not the answer: on stderr, in both modes."""
        complain(text)


def load_identity(path: str, did: str | None = None) -> Identity:
    """Return the identity of a key file; an encrypted one is opened with a passphrase that is asked for.

    Args:
        path: The file.
        did: The DID it signs for; default the key's own.

    Raises:
        ConfigurationError: The file cannot be used, or the DID is none that a key can sign for.
    """
    from ..keys.identity import Identity

    where = Path(path).expanduser()
    if did is not None and not _has_keys(did):
        raise ConfigurationError(
            f"{did} has no keys, so nothing can be signed for it: leave --did and SYNCROPEL_DID out for the "
            "key's own did:key, or give a did:key or did:web"
        )
    if did is not None and did.startswith("did:web:"):
        return Identity.federated(did, where, passphrase=passphrase_for(where))
    return Identity.key(where, passphrase=passphrase_for(where), did=did)


def passphrase_for(path: Path) -> Callable[[], str | None]:
    """Return what is called when a key file is encrypted: the environment's passphrase, else a question."""
    from ..keys.material import ENV_PASSPHRASE
    from .secret import hidden

    return lambda: os.environ.get(ENV_PASSPHRASE) or hidden(f"passphrase for {path}: ")


def _has_keys(did: str) -> bool:
    return did.startswith(("did:key:", "did:web:"))


def complain(text: str) -> None:
    """Write one line on stderr under the program's name. A token in a wrong place is hidden."""
    try:
        print(f"spl: {harmless(hide_tokens(text))}", file=sys.stderr, flush=True)
    except OSError:
        # Nobody reads it any more: the exit code has to do. The interpreter's last flush would change that.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")


def json_text(value: Any, indent: int | None) -> str:
    """Return a value as JSON that is safe to print on a terminal."""
    # A terminal that cannot show every character gets escapes that are JSON, too.
    escape = "utf" not in (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    text = json.dumps(value, ensure_ascii=escape, indent=indent)
    # The other control characters are escaped by JSON itself; these would reach the terminal.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
