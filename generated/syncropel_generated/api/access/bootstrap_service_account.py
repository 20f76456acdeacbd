# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.bootstrap_request import BootstrapRequest
from ...models.bootstrap_result import BootstrapResult
from ...models.error import Error
from ...types import Response, safe_status


def request(
    *,
    body: BootstrapRequest | dict[str, Any],
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/bootstrap/service-account",
    }

    _kwargs["json"] = body if isinstance(body, dict) else body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


_DOCUMENTED = (
    (201, 201),
    (400, 400),
    (403, 403),
    (409, 409),
    (413, 413),
    (415, 415),
    (500, 500),
    (503, 503),
    (507, 507),
)


def parse(response: httpx.Response) -> BootstrapResult | Error | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 201:
        response_201 = BootstrapResult.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Error.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Error.from_dict(response.json())

        return response_415

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

        return response_503

    if response.status_code == 507:
        response_507 = Error.from_dict(response.json())

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
) -> Response[BootstrapResult | Error]:
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
    body: BootstrapRequest | dict[str, Any],
) -> Response[BootstrapResult | Error]:
    """Create the first service account

    Creates the first service account of a namespace, with one token. The caller makes the ids and the
    token,
    and sends only the token's id: the secret never travels. It works once per namespace, and without a
    token
    only while the daemon has no account at all. `default` needs no registration. The body may have 64
    KiB.

    Args:
        body (BootstrapRequest): The first service account of a namespace, whose id and token the
            caller has made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BootstrapResult | Error]
    """

    kwargs = request(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: BootstrapRequest | dict[str, Any],
) -> BootstrapResult | Error | None:
    """Create the first service account

    Creates the first service account of a namespace, with one token. The caller makes the ids and the
    token,
    and sends only the token's id: the secret never travels. It works once per namespace, and without a
    token
    only while the daemon has no account at all. `default` needs no registration. The body may have 64
    KiB.

    Args:
        body (BootstrapRequest): The first service account of a namespace, whose id and token the
            caller has made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BootstrapResult | Error
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: BootstrapRequest | dict[str, Any],
) -> Response[BootstrapResult | Error]:
    """Create the first service account

    Creates the first service account of a namespace, with one token. The caller makes the ids and the
    token,
    and sends only the token's id: the secret never travels. It works once per namespace, and without a
    token
    only while the daemon has no account at all. `default` needs no registration. The body may have 64
    KiB.

    Args:
        body (BootstrapRequest): The first service account of a namespace, whose id and token the
            caller has made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BootstrapResult | Error]
    """

    kwargs = request(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: BootstrapRequest | dict[str, Any],
) -> BootstrapResult | Error | None:
    """Create the first service account

    Creates the first service account of a namespace, with one token. The caller makes the ids and the
    token,
    and sends only the token's id: the secret never travels. It works once per namespace, and without a
    token
    only while the daemon has no account at all. `default` needs no registration. The body may have 64
    KiB.

    Args:
        body (BootstrapRequest): The first service account of a namespace, whose id and token the
            caller has made.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BootstrapResult | Error
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
