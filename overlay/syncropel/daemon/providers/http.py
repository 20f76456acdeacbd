"""One POST of JSON to a remote responder: bounded in time and size, retried by the SDK's own rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import httpx

from ...errors import UsageError
from ...rules.strict_json import parse_json
from ...transport.failures import describe, undelivered
from ...transport.proxies import proxy_for
from ...transport.retry import RetryPolicy, is_retried_status, parse_retry_after
from .limits import MAX_ANSWER_BYTES, MAX_ERROR_TEXT
from .trouble import Trouble


class Caller:
    """Posts JSON; one connection pool for all responders of a daemon.

    Args:
        policy: How often to try again and how long to wait in between.
    """

    def __init__(self, policy: RetryPolicy | None = None) -> None:
        self._policy = policy or RetryPolicy()
        self._clients: dict[str | None, httpx.AsyncClient] = {}

    async def post(self, url: str, body: Any, *, headers: Mapping[str, str], seconds: float) -> Any:
        """Return the decoded answer of a 2xx.

        Args:
            url: The whole address.
            body: A JSON value.
            headers: Headers beside the content's own.
            seconds: Time for everything: attempts, answers and the waits in between.

        Raises:
            Trouble: Nothing usable came in time.
        """
        stop_at = time.monotonic() + seconds
        retried = 0
        while True:
            remaining = stop_at - time.monotonic()
            try:
                # wait_for, because httpx's own limits are per read: a server that drips would never end.
                return await asyncio.wait_for(self._attempt(url, body, headers), max(remaining, 0.001))
            except asyncio.TimeoutError:
                raise Trouble("timeout", f"no complete answer within {seconds:g} s") from None
            except _Again as again:
                wait = self._policy.wait(retried, again.retry_after, stop_at - time.monotonic())
                if wait is None:
                    raise again.trouble from again.__cause__
            retried += 1
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Close the connections. May be called again."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def _client(self, url: str) -> httpx.AsyncClient:
        proxy = proxy_for(url)
        if proxy not in self._clients:
            # `post` holds the whole call to its time. No .netrc: a registration says which key goes where.
            self._clients[proxy] = httpx.AsyncClient(timeout=None, trust_env=False, proxy=proxy)  # noqa: S113
            # What one responder is told to remember is not for another one at the same host.
            self._clients[proxy].cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        return self._clients[proxy]

    async def _attempt(self, url: str, body: Any, headers: Mapping[str, str]) -> Any:
        try:
            async with self._client(url).stream("POST", url, json=body, headers=dict(headers)) as response:
                content = await _read(response)
        except httpx.InvalidURL as error:
            raise Trouble("configuration", f"the address cannot be used: {error}") from error
        except (httpx.HTTPError, OSError) as error:
            trouble = Trouble("unreachable", describe(error)[:MAX_ERROR_TEXT])
            if undelivered(error).retryable:
                raise _Again(trouble, None) from error
            raise trouble from error
        if not response.is_success:
            raise _refused(response, content)
        try:
            return parse_json(content)
        except UsageError as error:
            raise Trouble("bad_answer", f"the answer is no JSON: {error}") from error


class _Again(Exception):
    """An attempt failed in a way that another may not."""

    def __init__(self, trouble: Trouble, retry_after: float | None) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble
        self.retry_after = retry_after


async def _read(response: httpx.Response) -> bytes:
    content = bytearray()
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_bytes())) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                raise Trouble("too_large", f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
    return bytes(content)


def _refused(response: httpx.Response, content: bytes) -> Exception:
    status = response.status_code
    code = "rate_limited" if status == 429 else "http_error"
    text = content[:MAX_ERROR_TEXT].decode("utf-8", "replace").strip()
    trouble = Trouble(code, f"HTTP {status}: {text}" if text else f"HTTP {status}")
    if not is_retried_status(status):
        return trouble
    return _Again(trouble, parse_retry_after(response.headers.get("retry-after"), time.time()))
