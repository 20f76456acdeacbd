"""What one call of a responder may take."""

from __future__ import annotations

MAX_ANSWER_BYTES = 1024 * 1024
"""Bytes that are read of an answer, decompressed; more is `too_large`."""

MAX_REPLY_BYTES = 768 * 1024
"""Bytes of a reply's body as JSON: it has to fit a record beside its envelope."""

MAX_ERROR_TEXT = 300
"""Characters of a remote error that are kept."""

DEFAULT_TIMEOUT_SECS = {"llm": 120.0, "system": 60.0, "pattern": 10.0}
"""Seconds for one call where the registration does not say; the call's own deadline may be sooner."""

MAX_TIMEOUT_SECS = 3600.0
"""The longest `timeout_secs` of a registration."""

GRACE_SECS = 0.5
"""Seconds past its deadline after which a call ends by itself when nobody has given it up."""
