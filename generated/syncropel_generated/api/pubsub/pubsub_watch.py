# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.synap_refusal import SynapRefusal
from ...types import UNSET, Response, safe_status


def request(
    *,
    topics: str,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    params: dict[str, Any] = {}

    params["topics"] = topics

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/pubsub/ws",
        "params": params,
    }

    return _kwargs


_DOCUMENTED = (
    (101, 101),
    (400, 400),
    (401, 401),
    (403, 403),
    (426, 426),
    (429, 429),
    (500, 500),
    (501, 501),
    (503, 503),
)


def parse(response: httpx.Response) -> Any | Error | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 101:
        response_101 = cast(Any, None)
        return response_101

    if response.status_code == 400:
        response_400 = SynapRefusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = SynapRefusal.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = SynapRefusal.from_dict(response.json())

        return response_403

    if response.status_code == 426:
        response_426 = SynapRefusal.from_dict(response.json())

        return response_426

    if response.status_code == 429:
        response_429 = SynapRefusal.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = SynapRefusal.from_dict(response.json())

        return response_500

    if response.status_code == 501:
        response_501 = SynapRefusal.from_dict(response.json())

        return response_501

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
) -> Response[Any | Error | SynapRefusal]:
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
    topics: str,
) -> Response[Any | Error | SynapRefusal]:
    """Subscribe to topics

    A WebSocket. Its frames are texts of JSON: first `PubsubWelcome`, then a `PubsubMessage` for each
    message.
    What the client sends is ignored. Closing it ends the subscriptions. A subscriber that does not read
    is sent
    away with the close code 1013, one whose token was revoked with 1008; 1012 says that the daemon
    stops.

    Args:
        topics (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error | SynapRefusal]
    """

    kwargs = request(
        topics=topics,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    topics: str,
) -> Any | Error | SynapRefusal | None:
    """Subscribe to topics

    A WebSocket. Its frames are texts of JSON: first `PubsubWelcome`, then a `PubsubMessage` for each
    message.
    What the client sends is ignored. Closing it ends the subscriptions. A subscriber that does not read
    is sent
    away with the close code 1013, one whose token was revoked with 1008; 1012 says that the daemon
    stops.

    Args:
        topics (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error | SynapRefusal
    """

    return sync_detailed(
        client=client,
        topics=topics,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    topics: str,
) -> Response[Any | Error | SynapRefusal]:
    """Subscribe to topics

    A WebSocket. Its frames are texts of JSON: first `PubsubWelcome`, then a `PubsubMessage` for each
    message.
    What the client sends is ignored. Closing it ends the subscriptions. A subscriber that does not read
    is sent
    away with the close code 1013, one whose token was revoked with 1008; 1012 says that the daemon
    stops.

    Args:
        topics (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error | SynapRefusal]
    """

    kwargs = request(
        topics=topics,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    topics: str,
) -> Any | Error | SynapRefusal | None:
    """Subscribe to topics

    A WebSocket. Its frames are texts of JSON: first `PubsubWelcome`, then a `PubsubMessage` for each
    message.
    What the client sends is ignored. Closing it ends the subscriptions. A subscriber that does not read
    is sent
    away with the close code 1013, one whose token was revoked with 1008; 1012 says that the daemon
    stops.

    Args:
        topics (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error | SynapRefusal
    """

    return (
        await asyncio_detailed(
            client=client,
            topics=topics,
        )
    ).parsed
