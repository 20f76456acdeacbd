"""Exit codes, and which failure gives which. The one place that knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import (
    ConfigurationError,
    DecodeError,
    MissingExtraError,
    SyncropelError,
    TransportError,
    UsageError,
    ValidationError,
)

if TYPE_CHECKING:
    from ..transport.results import EmitResult

OK = 0
FAILED = 1
USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130

WAY_OUT = "is the daemon running? `spl serve --daemon` starts one, `spl doctor` looks around"
MEANINGS: dict[int, str] = {
    OK: "done",
    FAILED: "refused or failed: by the daemon, a schema, a history",
    USAGE: "usage or configuration: a wrong argument, a port that is taken",
    UNREACHABLE: "the daemon cannot be reached, or does not answer in time",
    INTERRUPTED: "interrupted (Ctrl-C)",
}


def code_of(error: SyncropelError) -> int:
    """Return the exit code that stands for a failure."""
    if isinstance(error, (ValidationError, DecodeError)):
        return FAILED
    if isinstance(error, TransportError):
        return UNREACHABLE
    if isinstance(error, (UsageError, ConfigurationError, MissingExtraError)):
        return USAGE
    return FAILED


def line_of(error: SyncropelError) -> str:
    """Return what to tell a person about a failure: one line, with the way out."""
    text = " ".join(str(error).split())
    return f"{text} ({WAY_OUT})" if code_of(error) == UNREACHABLE else text


def of_emit(result: EmitResult) -> int:
    """Return the exit code for the outcome of an emit, which never raises."""
    if result.success:
        return OK
    return UNREACHABLE if result.status is None else FAILED
