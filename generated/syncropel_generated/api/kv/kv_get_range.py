# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.synap_refusal import SynapRefusal
from ...types import UNSET, Response, path_segment, safe_status


def request(
    key: str,
    *,
    start: int,
    end: int,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    params: dict[str, Any] = {}

    params["start"] = start

    params["end"] = end

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/kv/{key}/getrange".format(
            key=path_segment(key),
        ),
        "params": params,
    }

    return _kwargs


_DOCUMENTED = (
    (200, 200),
    (400, 400),
    (401, 401),
    (403, 403),
    (429, 429),
    (500, 500),
    (503, 503),
)


def parse(response: httpx.Response) -> Error | None | str | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:

        def _parse_response_200(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        response_200 = _parse_response_200(response.json())

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
) -> Response[Error | None | str | SynapRefusal]:
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
    start: int,
    end: int,
) -> Response[Error | None | str | SynapRefusal]:
    """Read a part of a value

    From one byte to another, both included; negative ones count from the end.

    Args:
        key (str):
        start (int):
        end (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | None | str | SynapRefusal]
    """

    kwargs = request(
        key=key,
        start=start,
        end=end,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    start: int,
    end: int,
) -> Error | None | str | SynapRefusal | None:
    """Read a part of a value

    From one byte to another, both included; negative ones count from the end.

    Args:
        key (str):
        start (int):
        end (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | None | str | SynapRefusal
    """

    return sync_detailed(
        key=key,
        client=client,
        start=start,
        end=end,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    start: int,
    end: int,
) -> Response[Error | None | str | SynapRefusal]:
    """Read a part of a value

    From one byte to another, both included; negative ones count from the end.

    Args:
        key (str):
        start (int):
        end (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | None | str | SynapRefusal]
    """

    kwargs = request(
        key=key,
        start=start,
        end=end,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    start: int,
    end: int,
) -> Error | None | str | SynapRefusal | None:
    """Read a part of a value

    From one byte to another, both included; negative ones count from the end.

    Args:
        key (str):
        start (int):
        end (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | None | str | SynapRefusal
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            start=start,
            end=end,
        )
    ).parsed
