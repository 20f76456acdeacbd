# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.kv_stats import KvStats
from ...models.synap_refusal import SynapRefusal
from ...types import Response, safe_status


def request() -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/kv/stats",
    }

    return _kwargs


_DOCUMENTED = (
    (200, 200),
    (401, 401),
    (403, 403),
    (429, 429),
    (500, 500),
    (503, 503),
)


def parse(response: httpx.Response) -> Error | KvStats | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = KvStats.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = SynapRefusal.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = SynapRefusal.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = SynapRefusal.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = SynapRefusal.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = SynapRefusal.from_dict(response.json())

        return response_503

    if response.status_code < 400:
        return None
    try:
        response_default = Error.from_dict(response.json())

        return response_default

    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | KvStats | SynapRefusal]:
    if client.raise_on_unexpected_status and not any(
        low <= response.status_code <= high for low, high in _DOCUMENTED
    ):
        raise errors.UnexpectedStatus(response.status_code, response.content)
    return Response(
        status_code=safe_status(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=parse(response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | KvStats | SynapRefusal]:
    """Count keys and operations

    Keys and bytes are exact; operations are those of this daemon since it started.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvStats | SynapRefusal]
    """

    kwargs = request()

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
) -> Error | KvStats | SynapRefusal | None:
    """Count keys and operations

    Keys and bytes are exact; operations are those of this daemon since it started.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvStats | SynapRefusal
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | KvStats | SynapRefusal]:
    """Count keys and operations

    Keys and bytes are exact; operations are those of this daemon since it started.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvStats | SynapRefusal]
    """

    kwargs = request()

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
) -> Error | KvStats | SynapRefusal | None:
    """Count keys and operations

    Keys and bytes are exact; operations are those of this daemon since it started.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvStats | SynapRefusal
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed
