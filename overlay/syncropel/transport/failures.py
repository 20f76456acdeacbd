"""What a transport raised, as one of our errors, and whether another attempt may succeed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from syncropel.errors import DecodeError, RequestTimeout, TransportError
from syncropel.rules.late import imported

# What OpenSSL calls an answer in plain text, in its older and its newer words.
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
Kinds = tuple[type[BaseException], ...]


class _Known(NamedTuple):
    """What the libraries below raise, by what it means."""

    late: Kinds
    silent: Kinds
    passing: Kinds
    unreached: Kinds
    unknown_scheme: Kinds
    final: Kinds


@cache
def _known() -> _Known:
    """Return the errors of the libraries below, which are loaded only now: most programs never get here."""
    # Not by a plain import: a child that is forked in the middle of one waits for it for ever.
    httpcore, httpx = imported("httpcore"), imported("httpx")
    broken = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.RemoteProtocolError)
    return _Known(
        late=(httpx.TimeoutException, httpcore.TimeoutException, TimeoutError),
        silent=(httpx.ReadTimeout, httpcore.ReadTimeout),
        passing=(httpx.TransportError, *broken, httpcore.ProxyError, OSError),
        unreached=(httpx.ConnectError, httpx.ConnectTimeout, httpcore.ConnectError, httpcore.ConnectTimeout),
        unknown_scheme=(httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol),
        final=(httpx.UnsupportedProtocol, httpx.LocalProtocolError),
    )


class Undelivered(TransportError):
    """Nothing usable came back from one attempt.

    Attributes:
        retryable: Whether another attempt may succeed.
    """

    retryable: bool = False


class UndeliveredInTime(Undelivered, RequestTimeout):
    """One attempt, or the whole call, ran out of time."""


class NoToken(Undelivered):
    """The function that gives the token gave none, so that nothing was sent."""


class AnswerTooLarge(Undelivered, DecodeError):
    """The answer is larger than this client reads."""


def describe(error: BaseException) -> str:
    """Return `<ExceptionClass>: <text>`, the form that results report."""
    return f"{type(error).__name__}: {error}"


def way_out(error: BaseException, endpoint: str) -> str:
    """Return what a message adds when the endpoint was not reached: which one it was, or how to write it."""
    if isinstance(error, _known().unknown_scheme):
        if endpoint.startswith("mock:"):
            return " (mock:// goes with transport=kernel.transport() of a MockKernel)"
        return " (write the endpoint as http://HOST:PORT)"
    if not isinstance(error, _known().unreached) or not endpoint:
        return ""
    if any(name in str(error) for name in _NO_TLS):
        return f" ({endpoint} answers without TLS: write it with http://)"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return f" (at {endpoint}; an authority of your own is trusted by ca_file= or SSL_CERT_FILE)"
    return f" (at {endpoint})"


def is_silence(error: BaseException) -> bool:
    """Tell whether a transport raised because nothing arrived for as long as it may wait."""
    return isinstance(error, _known().silent)


def undelivered(error: Exception, endpoint: str = "") -> Undelivered:
    """Return our error for what a transport raised; with `endpoint` it says who was not reached.

    A timeout, a broken connection and an operating system error may be gone at the next attempt. A
    request that cannot be made (an unknown scheme, an illegal header) and whatever a transport of the
    user's own raises besides cannot.
    """
    known = _known()
    cls = UndeliveredInTime if isinstance(error, known.late) else Undelivered
    result = cls(describe(error) + way_out(error, endpoint))
    result.retryable = isinstance(error, known.passing) and not isinstance(error, known.final)
    return result


def without_frames(error: Exception) -> Exception:
    """Return an error of our own pool without the frames that it passed through, and its causes likewise.

    Their locals hold the bytes that were sent, the token among them, and crash reports write locals down.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        current.__traceback__ = None
        current = current.__cause__ or current.__context__
    return error


def out_of_time(timeout: float) -> UndeliveredInTime:
    """Return the error of a call whose own time is up."""
    return UndeliveredInTime(f"RequestTimeout: no complete answer within {timeout:g} s")


def interrupted() -> Undelivered:
    """Return the error of a call that travelled with another one, whose thread was interrupted."""
    result = Undelivered(
        "Interrupted: the thread that sent this was interrupted; it may have been carried out"
    )
    result.retryable = True
    return result
