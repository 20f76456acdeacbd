"""Credentials: where a client's token comes from, which headers carry it, and where it may go.

The token goes out as `Authorization: Bearer` and, for servers that read only that, as `x-api-key`. It is sent
to the configured endpoint's origin and to no other; redirects are never followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from syncropel.errors import ConfigurationError
from syncropel.transport.failures import NoToken, describe
from syncropel.transport.later import inspect

RawHeaders = list[tuple[bytes, bytes]]
ApiKey = str | Callable[[], str]

REMEMBERED_TOKENS = 8
"""Tokens of a function that are kept to be recognised in texts: those of requests still under way."""


def check_token(token: str, name: str) -> str:
    """Return the token if it can stand in a header.

    Raises:
        ConfigurationError: It is empty or holds a character that a header cannot carry. The message names the
            argument and never shows the token.
    """
    if not isinstance(token, str):
        raise ConfigurationError(f"{name} must be a string, not {type(token).__name__}")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{name} holds a character that no header can carry (a space, a line break, a control or a "
            "non-ASCII character); was it read from a file with its line break?"
        )
    return token


def auth_headers(api_key: str | None, bearer: str | None = None) -> RawHeaders:
    """Return the headers that authenticate a request.

    Args:
        api_key: The client's token, or None.
        bearer: A token for this request alone; it takes the place of the client's in `Authorization`.
    """
    headers: RawHeaders = []
    token = bearer or api_key
    if token:
        headers.append((b"authorization", b"Bearer " + token.encode("ascii")))
    if api_key:
        headers.append((b"x-api-key", api_key.encode("ascii")))
    return headers


class Credential:
    """The token of a client: a text, or a function that is asked for every request.

    Its text is nowhere to be seen: not in `repr`, and not in a pickle, which it refuses.

    Attributes:
        fixed: The token when it is always the same, else None.
        changing: Whether a function gives it.
    """

    __slots__ = ("_recent", "_source", "fixed")

    def __init__(self, source: ApiKey | None = None) -> None:
        """Take a token that was checked, or a function that returns one; None sends none.

        Raises:
            ConfigurationError: The function is a coroutine function, which nobody would wait for.
        """
        if callable(source) and (
            inspect.iscoroutinefunction(source) or inspect.iscoroutinefunction(type(source).__call__)
        ):
            raise ConfigurationError(
                "api_key must be a plain function that returns the token, not a coroutine function"
            )
        self.fixed = source if isinstance(source, str) else None
        self._source = source if callable(source) else None
        self._recent: deque[str] = deque(maxlen=REMEMBERED_TOKENS)

    @property
    def changing(self) -> bool:
        """Whether a function gives the token."""
        return self._source is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be shown: the token, or the latest ones that the function gave."""
        if self.fixed is not None:
            return (self.fixed,)
        return tuple(self._recent.copy())

    def token(self) -> str | None:
        """Return the token of the next request; None for none.

        Raises:
            NoToken: The function raised, or returned what no header can carry.
        """
        if self._source is None:
            return self.fixed
        try:
            token = check_token(self._source(), "what the function api_key returns")
        except ConfigurationError as error:
            raise NoToken(str(error)) from error
        except Exception as error:  # a function of the user's may raise anything
            raise NoToken(f"the function api_key raised {describe(error)}") from error
        # No lock, which a forked child could inherit taken: each of these steps is one for the interpreter.
        if token not in self._recent.copy():
            self._recent.append(token)
        return token

    def __bool__(self) -> bool:
        return self.fixed is not None or self._source is not None

    def __repr__(self) -> str:
        return f"Credential({'a function' if self.changing else '***' if self.fixed else 'none'})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a credential is not pickled: its token would lie in the open; build the client anew")
