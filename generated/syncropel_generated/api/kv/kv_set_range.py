# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.kv_length import KvLength
from ...models.kv_part import KvPart
from ...models.synap_refusal import SynapRefusal
from ...types import Response, path_segment, safe_status


def request(
    key: str,
    *,
    body: KvPart | dict[str, Any],
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/kv/{key}/setrange".format(
            key=path_segment(key),
        ),
    }

    _kwargs["json"] = body if isinstance(body, dict) else body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


_DOCUMENTED = (
    (200, 200),
    (400, 400),
    (401, 401),
    (403, 403),
    (413, 413),
    (415, 415),
    (422, 422),
    (429, 429),
    (500, 500),
    (503, 503),
    (507, 507),
)


def parse(response: httpx.Response) -> Error | KvLength | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = KvLength.from_dict(response.json())

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

    if response.status_code == 413:
        response_413 = SynapRefusal.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = SynapRefusal.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = SynapRefusal.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = SynapRefusal.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = SynapRefusal.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = SynapRefusal.from_dict(response.json())

        return response_503

    if response.status_code == 507:
        response_507 = SynapRefusal.from_dict(response.json())

        return response_507

    if response.status_code < 400:
        return None
    try:
        response_default = Error.from_dict(response.json())

        return response_default

    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | KvLength | SynapRefusal]:
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
    key: str,
    *,
    client: AuthenticatedClient | Client,
    body: KvPart | dict[str, Any],
) -> Response[Error | KvLength | SynapRefusal]:
    """Write over a part of a value

    Zeros fill what is missing before the offset. The time to live stays.

    Args:
        key (str):
        body (KvPart): A part of a value.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvLength | SynapRefusal]
    """

    kwargs = request(
        key=key,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    body: KvPart | dict[str, Any],
) -> Error | KvLength | SynapRefusal | None:
    """Write over a part of a value

    Zeros fill what is missing before the offset. The time to live stays.

    Args:
        key (str):
        body (KvPart): A part of a value.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvLength | SynapRefusal
    """

    return sync_detailed(
        key=key,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    body: KvPart | dict[str, Any],
) -> Response[Error | KvLength | SynapRefusal]:
    """Write over a part of a value

    Zeros fill what is missing before the offset. The time to live stays.

    Args:
        key (str):
        body (KvPart): A part of a value.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvLength | SynapRefusal]
    """

    kwargs = request(
        key=key,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    body: KvPart | dict[str, Any],
) -> Error | KvLength | SynapRefusal | None:
    """Write over a part of a value

    Zeros fill what is missing before the offset. The time to live stays.

    Args:
        key (str):
        body (KvPart): A part of a value.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvLength | SynapRefusal
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            body=body,
        )
    ).parsed
