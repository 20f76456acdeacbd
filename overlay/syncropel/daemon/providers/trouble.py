"""Why a responder gave no answer: one exception inside this package, an error-shaped reply outside it."""

from __future__ import annotations


class Trouble(Exception):
    """A responder could not answer. Never leaves `Providers.call`.

    Attributes:
        code: One word for programs: `timeout`, `unreachable`, `http_error`, `rate_limited`, `too_large`,
            `bad_answer`, `refused`, `command_failed`, `configuration`.
        message: What happened, for people; never holds a key.
        cost_usd: What was charged all the same.
    """

    def __init__(self, code: str, message: str, *, cost_usd: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cost_usd = cost_usd


class Declined(Exception):
    """A responder says that a question is not for it.

    Attributes:
        reason: `out_of_domain`, `overbooked`, `conflict_of_interest` or `other`.
        message: Why, for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
