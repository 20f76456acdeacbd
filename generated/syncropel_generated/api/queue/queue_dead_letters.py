# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.dead_letters import DeadLetters
from ...models.error import Error
from ...models.queue_dead_letters_encoding import QueueDeadLettersEncoding
from ...models.synap_refusal import SynapRefusal
from ...types import UNSET, Response, Unset, path_segment, safe_status


def request(
    name: str,
    *,
    encoding: QueueDeadLettersEncoding | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    params: dict[str, Any] = {}

    json_encoding: str | Unset = UNSET
    if not isinstance(encoding, Unset):
        json_encoding = encoding.value

    params["encoding"] = json_encoding

    params["limit"] = limit

    params["cursor"] = cursor

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/queue/{name}/dead-letters".format(
            name=path_segment(name),
        ),
        "params": params,
    }

    return _kwargs


_DOCUMENTED = (
    (200, 200),
    (400, 400),
    (401, 401),
    (403, 403),
    (404, 404),
    (429, 429),
    (500, 500),
    (503, 503),
)


def parse(response: httpx.Response) -> DeadLetters | Error | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = DeadLetters.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = SynapRefusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = SynapRefusal.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = SynapRefusal.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = SynapRefusal.from_dict(response.json())

        return response_404

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
) -> Response[DeadLetters | Error | SynapRefusal]:
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
    name: str,
    *,
    client: AuthenticatedClient | Client,
    encoding: QueueDeadLettersEncoding | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> Response[DeadLetters | Error | SynapRefusal]:
    """List the messages that were given up

    The oldest first, page by page.

    Args:
        name (str):
        encoding (QueueDeadLettersEncoding | Unset):
        limit (int | Unset):  Default: 100.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DeadLetters | Error | SynapRefusal]
    """

    kwargs = request(
        name=name,
        encoding=encoding,
        limit=limit,
        cursor=cursor,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    encoding: QueueDeadLettersEncoding | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> DeadLetters | Error | SynapRefusal | None:
    """List the messages that were given up

    The oldest first, page by page.

    Args:
        name (str):
        encoding (QueueDeadLettersEncoding | Unset):
        limit (int | Unset):  Default: 100.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DeadLetters | Error | SynapRefusal
    """

    return sync_detailed(
        name=name,
        client=client,
        encoding=encoding,
        limit=limit,
        cursor=cursor,
    ).parsed


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    encoding: QueueDeadLettersEncoding | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> Response[DeadLetters | Error | SynapRefusal]:
    """List the messages that were given up

    The oldest first, page by page.

    Args:
        name (str):
        encoding (QueueDeadLettersEncoding | Unset):
        limit (int | Unset):  Default: 100.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DeadLetters | Error | SynapRefusal]
    """

    kwargs = request(
        name=name,
        encoding=encoding,
        limit=limit,
        cursor=cursor,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    encoding: QueueDeadLettersEncoding | Unset = UNSET,
    limit: int | Unset = 100,
    cursor: str | Unset = UNSET,
) -> DeadLetters | Error | SynapRefusal | None:
    """List the messages that were given up

    The oldest first, page by page.

    Args:
        name (str):
        encoding (QueueDeadLettersEncoding | Unset):
        limit (int | Unset):  Default: 100.
        cursor (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DeadLetters | Error | SynapRefusal
    """

    return (
        await asyncio_detailed(
            name=name,
            client=client,
            encoding=encoding,
            limit=limit,
            cursor=cursor,
        )
    ).parsed
