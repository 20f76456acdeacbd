"""What a shell decides about access."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from ...rules import limits
from ...rules.tokens import TOKEN_KEY_BYTES


def _random_key() -> bytes:
    return secrets.token_bytes(TOKEN_KEY_BYTES)


@dataclass(frozen=True)
class AccessSettings:
    """How a kernel decides who may do what.

    Attributes:
        required: Whether every request needs a token, but for the open routes.
        token_key: The key that tokens in the store are bound to: whoever opens the same store must have the
            same one. Default: a random one, for stores that end with the process.
        requests_per_second: What one token may ask for, on average; None for no limit.
        burst: What one token may ask for at once.
        require_signatures: Whether every record must be signed.
        audiences: The names under which signed tokens of identities may address this daemon, besides the
            instance's DID.
    """

    required: bool = False
    token_key: bytes = field(default_factory=_random_key, repr=False)
    requests_per_second: float | None = limits.TOKEN_REQUESTS_PER_SECOND
    burst: int = limits.TOKEN_BURST
    require_signatures: bool = False
    audiences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.token_key) != TOKEN_KEY_BYTES:
            raise ValueError(f"token_key must have {TOKEN_KEY_BYTES} bytes, not {len(self.token_key)}")
