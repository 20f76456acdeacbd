"""The daemon's log: where it goes, and that no line of it shows a secret.

A token reaches a log in many ways: in a query string somebody put it in, in an exception's text, in a header
that a library prints at its lowest level. So every line is cleaned where it leaves, not where it is written.
"""

from __future__ import annotations

import logging
import sys

from ..rules.token_shapes import hide_secrets

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# A filter of a logger sees only what is logged with that very logger.
_OURS = (
    "syncropel.daemon",
    "syncropel.kernel",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "uvicorn.asgi",
    "asyncio",
)
_plain = logging.Formatter()


def configure() -> None:
    """Log to stderr from WARNING on, unless this process logs somewhere already; clean what is logged.

    For a process of the daemon's own. A daemon inside another program only cleans the lines that are its
    own (`guard`): where they go is for that program to say.
    """
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(_FORMAT))
        root.addHandler(handler)
        root.setLevel(logging.WARNING)
    for existing in root.handlers:
        existing.addFilter(clean)
    guard()


def guard() -> None:
    """Clean the lines of the daemon and of the libraries under it, whoever handles them."""
    for name in _OURS:
        logging.getLogger(name).addFilter(clean)


def clean(record: logging.LogRecord) -> bool:
    """Take secrets out of a record; a filter that lets everything pass."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a faulty call is reported by the handler, as without this filter
        return True
    hidden = hide_secrets(message)
    if hidden != message:
        record.msg, record.args = hidden, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = _plain.formatException(record.exc_info)
        hidden = hide_secrets(trace)
        if hidden != trace:
            # The exception itself goes too: a handler that formats it anew would show what was hidden.
            record.exc_text, record.exc_info = hidden, None
    return True
