"""Keep web pages out, but those whose origin the daemon was told of.

A browser runs pages from everywhere. Three headers that a page cannot forge tell it from a program: `Origin`
names the page's site, `Sec-Fetch-Site` says that it is another one where there is no `Origin` (an image, a
link), and `Host` names what the browser believes it talks to, which is a stranger's name when that name was
pointed at 127.0.0.1 (DNS rebinding). Without authentication being on this machine is the only credential, so
`Host` must name this machine, and no other site's page may even get: that takes messages from queues. With it
the daemon has names of its own, and a page that a browser was tricked into sending still lacks a token.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from ..kernel.messages import Reply

_ONCE = ("host", "origin", "authorization", "x-api-key")
_METHODS = "GET, POST, PUT, PATCH, DELETE"
_SENT = "authorization, content-type, last-event-id, x-api-key, x-request-id, x-syncropel-actor"
_SHOWN = "retry-after, www-authenticate, x-request-id"
_PREFLIGHT_SECONDS = 600


class OriginGuard:
    """Decides which pages may call.

    Args:
        authenticated: Whether callers need a token.
        origins: Origins whose pages may call, as browsers send them.
    """

    def __init__(self, authenticated: bool, origins: Iterable[str] = ()) -> None:
        self._authenticated = authenticated
        self._origins = frozenset(origins)

    def refusal(self, headers: Mapping[str, str]) -> str | None:
        """Return why a request may come from another machine's page, or None when nothing says so.

        Args:
            headers: Names in lower case. A request without `Origin` is no page's; HTTP/1.0 may lack `Host`.
        """
        host = headers.get("host")
        if host and not self._authenticated and not _local(f"//{host}"):
            return f"the `Host` header names {host[:200]!r}, which is not this machine"
        origin = headers.get("origin")
        if origin and origin not in self._origins and not _local(origin):
            return f"the `Origin` header names {origin[:200]!r}, which is not this machine"
        if not origin and not self._authenticated and headers.get("sec-fetch-site") == "cross-site":
            return "the `Sec-Fetch-Site` header says that the page of another site asks"
        return None

    def preflight(self, method: str, headers: Mapping[str, str]) -> Reply | None:
        """Return the answer to a browser that asks before a listed page may call; None for anything else."""
        listed = headers.get("origin") in self._origins
        if method != "OPTIONS" or not listed or "access-control-request-method" not in headers:
            return None
        allowed = {
            "access-control-allow-methods": _METHODS,
            "access-control-allow-headers": _SENT,
            "access-control-max-age": str(_PREFLIGHT_SECONDS),
        }
        return Reply(204, None, {**self.answered(headers), **allowed})

    def answered(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that let a listed page read the answer; none for anybody else."""
        origin = headers.get("origin")
        if not self._origins:
            return {}
        # Caches have to keep the answer to a page apart from the one to a program.
        if origin is None or origin not in self._origins:
            return {"vary": "origin"}
        return {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": _SHOWN,
            "vary": "origin",
        }


def repeated(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the name of a header that decides who may do what and stands in the head twice; None for none.

    Which of the two is meant, two readers (a proxy and the daemon) would decide differently.
    """
    seen = set()
    for name, _ in headers:
        text = name.decode("latin-1")
        if text in _ONCE:
            if text in seen:
                return text
            seen.add(text)
    return None


@lru_cache(maxsize=256)
def _local(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
