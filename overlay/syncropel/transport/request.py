"""Requests: what a generated `request(...)` returns, as the one prepared `httpx.Request` that is sent."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from syncropel.errors import UsageError
from syncropel.transport.auth import RawHeaders, auth_headers
from syncropel.transport.config import Settings
from syncropel.transport.later import parse

if TYPE_CHECKING:
    import httpcore
    import httpx

USER_AGENT = b"syncropel-python"
JSON_TYPE = b"application/json"


class Prepared(NamedTuple):
    """A request that is ready to be sent, by our own pool or through a transport of the user's.

    Attributes:
        method: The method, in upper case.
        target: The address.
        headers: Every header but `host`, names in lower case.
        content: The body; None for none.
    """

    method: str
    target: str
    headers: RawHeaders
    content: bytes | None

    def __repr__(self) -> str:
        """Show neither headers nor body: a crash report with local variables must not hold the token."""
        return f"Prepared({self.method} {self.target})"

    @property
    def request_id(self) -> str:
        """The id that finds this request in the server's logs."""
        return next((value.decode() for name, value in self.headers if name == b"x-request-id"), "")

    def for_transport(self, extensions: dict[str, Any]) -> httpx.Request:
        """Return the request as httpx's transports take it.

        Raises:
            httpx.InvalidURL: The address is no URL.
        """
        import httpx

        url, _, host = _parsed(self.target)
        return httpx.Request(
            self.method, url, headers=[host, *self.headers], content=self.content, extensions=extensions
        )

    def for_pool(self, extensions: dict[str, Any]) -> httpcore.Request:
        """Return the request as the connection pool takes it.

        Raises:
            httpx.InvalidURL: The address is no URL.
        """
        import httpcore

        _, url, host = _parsed(self.target)
        return httpcore.Request(
            self.method, url, headers=[host, *self.headers], content=self.content, extensions=extensions
        )


class RequestBuilder:
    """Prepares the requests of one client.

    Args:
        settings: The client's settings; its token is put on every request, and every request goes to its
            endpoint, so that the token cannot reach another host.
        version: This package's version, for `user-agent`.
    """

    def __init__(self, settings: Settings, version: str) -> None:
        self._endpoint = settings.endpoint
        self._user_agent = (b"user-agent", USER_AGENT + b"/" + version.encode("ascii"))
        self._credential = settings.credential
        self._auth = None if settings.credential.changing else auth_headers(settings.api_key)

    def build(
        self,
        call: Mapping[str, Any],
        *,
        content: bytes | None = None,
        content_type: bytes = JSON_TYPE,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Prepared:
        """Return the prepared request.

        Args:
            call: What a generated `request(...)` returned: `method`, `url` (an absolute path), and as needed
                `params` and `json`.
            content: The body as it is sent, in place of `json`.
            content_type: Of the body.
            bearer: A token for this request alone, in place of the client's.
            headers: Further headers, their names in lower case; they replace those of the same name.

        Raises:
            NoToken: The function that gives the token gave none.
        """
        target = self._endpoint + _keep_dots(call["url"]) + _query(call.get("params"))
        auth = self._auth
        if auth is None or bearer is not None:
            auth = auth_headers(self._credential.token(), bearer)
        raw: RawHeaders = [self._user_agent, *auth, (b"x-request-id", new_request_id())]
        if content is None and "json" in call:
            content = encode_body(call["json"])
        if content is not None:
            raw += [(b"content-type", content_type), (b"content-length", b"%d" % len(content))]
        if headers:
            taken = {name.encode("ascii") for name in headers}
            raw = [pair for pair in raw if pair[0] not in taken]
            raw += [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
        return Prepared(call["method"].upper(), target, raw, content)


def encode_body(value: Any) -> bytes:
    """Return a JSON value as the bytes that are sent: UTF-8, no spaces, keys in their order.

    Raises:
        UsageError: The value cannot be JSON. Records are checked long before; this guards every other body.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the request body is no JSON value: {error}") from error


def new_request_id() -> bytes:
    """Return an id that finds this request in the server's logs."""
    return b"req_" + os.urandom(12).hex().encode("ascii")


@lru_cache(maxsize=256)
def _parsed(target: str) -> tuple[httpx.URL, httpcore.URL, tuple[bytes, bytes]]:
    """Parse an address. Cached, because a client asks for the same few and parsing is dear."""
    import httpcore
    import httpx

    url = httpx.URL(target)
    core = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return url, core, (b"host", url.netloc)


def _keep_dots(path: str) -> str:
    """Escape path segments that are `.` or `..`: URL parsers resolve them, and a thread may be named so."""
    if "/." not in path:
        return path
    parts = path.split("/")
    return "/".join(part.replace(".", "%2E") if part in (".", "..") else part for part in parts)


def _query(params: Mapping[str, Any] | None) -> str:
    if not params:
        return ""
    pairs = [
        f"{parse.quote(name, safe='')}={parse.quote(_text(value), safe='')}"
        for name, value in params.items()
        if value is not None
    ]
    return "?" + "&".join(pairs) if pairs else ""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
