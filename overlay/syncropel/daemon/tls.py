"""TLS for the daemon: one certificate chain, its key, and what is wrong with them in one line."""

from __future__ import annotations

import logging
import os
import ssl
import stat
from pathlib import Path

from .door import command_line
from .errors import DaemonError

_logger = logging.getLogger("syncropel.daemon")


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context with which the daemon answers: TLS 1.2 or newer, HTTP/1.1.

    Args:
        certificate: PEM file: the daemon's certificate, then those between it and the authority's.
        key: PEM file with the certificate's private key, not encrypted.

    Raises:
        DaemonError: A file cannot be read, is none of this, or the two do not belong together.
    """
    for option, path in (("--tls-cert", certificate), ("--tls-key", key)):
        _check_readable(option, path)
    _warn_of_readers(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        # Without a function for the passphrase, OpenSSL would ask on the terminal and a daemon would hang.
        context.load_cert_chain(certificate, key, password=_encrypted)
    except _EncryptedKey:
        raise DaemonError(
            f"--tls-key {key} is encrypted: give a key without a passphrase, in a file that only you can read"
        ) from None
    except ssl.SSLError as error:
        raise DaemonError(_reason(certificate, key, error)) from error
    return context


class _EncryptedKey(Exception):
    """OpenSSL asked for a passphrase."""


def _encrypted() -> str:
    raise _EncryptedKey


def _reason(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"--tls-cert {certificate} and --tls-key {key} do not belong together"
    detail = error.reason or "no PEM"
    return f"--tls-cert {certificate} and --tls-key {key} cannot be used ({detail}): both must be PEM files"


def _check_readable(option: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise DaemonError(f"{option} {path} cannot be read: {error.strerror or error}") from error


def _warn_of_readers(key: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(key.stat().st_mode) & 0o077:
        _logger.warning(
            "others can read the TLS key %s; mend it with: %s", key, command_line(["chmod", "600", str(key)])
        )
