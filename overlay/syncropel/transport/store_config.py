"""What a client of keys, queues, streams and topics is built from: arguments, the environment, defaults."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from syncropel.errors import ConfigurationError, UsageTypeError
from syncropel.transport.auth import ApiKey, Credential
from syncropel.transport.config import DEFAULT_TIMEOUT_SECONDS, Settings, resolve
from syncropel.transport.redaction import redact_error

ENV_URL = "SYNAP_URL"
ENV_API_KEY = "SYNAP_API_KEY"
ENV_USERNAME = "SYNAP_USERNAME"
ENV_PASSWORD = "SYNAP_PASSWORD"  # noqa: S105 - the name of a variable


class StoreSettings(NamedTuple):
    """The checked configuration of a client.

    Attributes:
        base: The address, the token and the time allowed.
        basic: The value of `Authorization` for a user and a password; None for a token, or nothing.
        secrets: What must not be shown of it.
        coalesce: Whether commands that wait while a request is under way leave together.
    """

    base: Settings
    basic: str | None
    secrets: tuple[str, ...]
    coalesce: bool

    def __repr__(self) -> str:
        return f"StoreSettings({self.base.endpoint!r})"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every request has besides the token's."""
        return {} if self.basic is None else {"authorization": self.basic}

    @property
    def socket_headers(self) -> dict[str, str]:
        """The headers of a WebSocket's handshake.

        Raises:
            NoToken: The function that gives the token gave none.
        """
        if self.basic is not None:
            return {"authorization": self.basic}
        token = self.base.credential.token()
        return {} if token is None else {"authorization": f"Bearer {token}"}

    def hide(self, error: BaseException) -> None:
        """Take every secret out of an error that quotes a server."""
        redact_error(error, *self.base.credential.secrets, *self.secrets)


def resolve_store(
    url: str | None = None,
    *,
    api_key: ApiKey | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    coalesce: bool = True,
    environ: Mapping[str, str] | None = None,
) -> StoreSettings:
    """Return the settings of a client.

    A credential that is given keeps the environment's out of it, and a token there wins over a user.

    Raises:
        ConfigurationError: A value cannot be used, or a token and a user are given together.
        UsageTypeError: A value has the wrong type.
    """
    env = os.environ if environ is None else environ
    if api_key is not None and username is not None:
        raise ConfigurationError("give api_key, or username and password, not both")
    if password is not None and username is None:
        raise ConfigurationError("password needs a username")
    if api_key is None and username is None:
        api_key = env.get(ENV_API_KEY) or None
        if api_key is None and env.get(ENV_USERNAME):
            username, password = env[ENV_USERNAME], env.get(ENV_PASSWORD, "")
    basic = None if username is None else _basic(username, password or "")
    settings = resolve(
        endpoint=env.get(ENV_URL) or None if url is None else url,
        # An empty token says "none", whatever the environment holds.
        api_key="" if basic is not None else api_key,
        timeout=timeout,
        environ=env,
    )
    secrets = () if basic is None else (basic.partition(" ")[2], *(text for text in (password,) if text))
    return StoreSettings(settings, basic, secrets, bool(coalesce))


def has_credential(settings: StoreSettings) -> bool:
    """Tell whether requests say who is calling."""
    credential: Credential = settings.base.credential
    return settings.basic is not None or bool(credential)


def _basic(username: Any, password: Any) -> str:
    for name, text in (("username", username), ("password", password)):
        if not isinstance(text, str):
            raise UsageTypeError(f"{name} must be a string, not {type(text).__name__}")
    if not username or ":" in username:
        raise ConfigurationError("username must not be empty, and holds no colon")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
