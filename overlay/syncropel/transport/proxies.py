"""Which proxy of the environment a request goes through."""

from __future__ import annotations

import os
import sys

from syncropel.rules.late import imported

_ASKS_THE_SYSTEM = ("darwin", "win32")
"""Where Python knows proxies that stand in no variable. Elsewhere, asking is dear and for nothing."""


def proxy_for(endpoint: str) -> str | None:
    """Return the URL of the proxy that the environment names for an endpoint, or None for none.

    Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case (and the system's settings
    where Python knows them).
    """
    if sys.platform not in _ASKS_THE_SYSTEM and not any(
        name.lower().endswith("_proxy") for name in os.environ
    ):
        return None
    from urllib.parse import urlsplit

    # Not by a plain import: a child that is forked in the middle of one waits for it for ever.
    request = imported("urllib.request")
    proxies = request.getproxies()
    if not proxies:
        return None
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    if request.proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and "://" not in proxy:
        return f"http://{proxy}"
    return proxy or None
