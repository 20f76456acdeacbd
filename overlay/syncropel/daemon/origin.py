"""Keep web pages out: without authentication, being on this machine is the only credential.

A browser on this machine runs pages from everywhere. Two headers that a page cannot forge tell it from a
local program: `Origin` names the page's site, and `Host` names what the browser believes it talks to, which
is a stranger's name when that name was pointed at 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit


def foreign(headers: Mapping[str, str]) -> str | None:
    """Return why a request may come from another machine's page, or None when nothing says so.

    Args:
        headers: Names in lower case. A request without `Origin` is no page's; HTTP/1.0 may lack `Host`.
    """
    host = headers.get("host")
    if host and not _local(f"//{host}"):
        return f"the `Host` header names {host[:200]!r}, which is not this machine"
    origin = headers.get("origin")
    if origin and not _local(origin):
        return f"the `Origin` header names {origin[:200]!r}, which is not this machine"
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
