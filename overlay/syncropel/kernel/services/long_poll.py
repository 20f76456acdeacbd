"""Waiting for what is not there yet: how long a caller would wait, and what it is told meanwhile."""

from __future__ import annotations

import re
from typing import Any

from ...rules.limits import MAX_WAIT_SECONDS
from ..arguments import Arguments
from ..family import Waiting
from ..messages import Again
from ..operations import Call

_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?\Z")


def wait_until(call: Call, arguments: Arguments) -> float | None:
    """Return until when a caller would wait, unix seconds; None when it would not.

    Raises:
        Refusal: `wait_secs` is no number from 0 to `MAX_WAIT_SECONDS`.
    """
    seconds = arguments.number("wait_secs", default=0, most=MAX_WAIT_SECONDS)
    return call.now + seconds if seconds else None


def query_number(text: str | None) -> Any:
    """Return the number that a query parameter says; the text itself, to be refused, where it says none."""
    if text is None or not _NUMBER.match(text):
        return text
    return float(text) if "." in text else int(text)


def empty(payload: Any, topic: str, until: float | None) -> Any:
    """Return what a caller gets when there is nothing: it, or the word to ask again.

    Args:
        payload: The answer that says that there is nothing.
        topic: What is signalled when something comes.
        until: Until when the caller would wait.
    """
    return payload if until is None else Waiting(payload, Again(topic, until))
