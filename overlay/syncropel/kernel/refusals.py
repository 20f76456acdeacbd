"""A refusal: the one way in which an operation says no."""

from __future__ import annotations

from typing import Any

from ..rules.error_codes import ERROR_CODES, error_type
from ..rules.token_shapes import hide_tokens
from .messages import Reply

RETRY_AFTER_SECONDS = 1


class Refusal(Exception):
    """Raised inside an operation; `Kernel` turns it into the error envelope.

    Attributes:
        code: A code of `rules.error_codes`.
        message: What was wrong and where.
        details: Further members of the envelope (`hint`, `error`).
        headers: Headers of the answer.
        resolve: The DID whose document, once fetched and pinned, may change the answer; None for none.
        held: DIDs whose documents come first; see `Reply.held`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        resolve: str | None = None,
        held: tuple[str, ...] = (),
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers or {}
        self.resolve = resolve
        self.held = held

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return ERROR_CODES[self.code].status

    @property
    def shown(self) -> str:
        """The message as it may leave the daemon: callers put tokens where ids belong, and it quotes them."""
        return hide_tokens(self.message)

    def envelope(self, **members: Any) -> dict[str, Any]:
        """Return the error envelope, with further members before the details."""
        return {
            "object": "error",
            "type": error_type(self.status),
            "code": self.code,
            "message": self.shown,
            **members,
            **{
                name: hide_tokens(value) if isinstance(value, str) else value
                for name, value in self.details.items()
            },
        }

    def reply(self, request_id: str) -> Reply:
        """Return the answer: the error envelope with the status of the code."""
        status = self.status
        body = self.envelope(request_id=request_id)
        headers = dict(self.headers)
        if status == 503 and self.code == "STORE_UNAVAILABLE":
            headers.setdefault("retry-after", str(RETRY_AFTER_SECONDS))
        return Reply(status, body, headers, resolve=self.resolve, held=self.held)
