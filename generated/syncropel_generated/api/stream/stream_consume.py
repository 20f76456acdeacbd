# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.stream_events import StreamEvents
from ...models.synap_refusal import SynapRefusal
from ...types import UNSET, Response, Unset, path_segment, safe_status


def request(
    room: str,
    subscriber_id: str,
    *,
    wait_secs: float | Unset = 0.0,
    from_offset: int | Unset = UNSET,
    limit: int | Unset = 100,
    partition: int | Unset = UNSET,
    generation: int | Unset = UNSET,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    params: dict[str, Any] = {}

    params["wait_secs"] = wait_secs

    params["from_offset"] = from_offset

    params["limit"] = limit

    params["partition"] = partition

    params["generation"] = generation

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/stream/{room}/consume/{subscriber_id}".format(
            room=path_segment(room),
            subscriber_id=path_segment(subscriber_id),
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
    (507, 507),
)


def parse(response: httpx.Response) -> Error | StreamEvents | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = StreamEvents.from_dict(response.json())

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
) -> Response[Error | StreamEvents | SynapRefusal]:
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
    room: str,
    subscriber_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_secs: float | Unset = 0.0,
    from_offset: int | Unset = UNSET,
    limit: int | Unset = 100,
    partition: int | Unset = UNSET,
    generation: int | Unset = UNSET,
) -> Response[Error | StreamEvents | SynapRefusal]:
    """Read events

    Returns the events from an offset on, in their order. Reading removes nothing.

    Args:
        room (str):
        subscriber_id (str):
        wait_secs (float | Unset):  Default: 0.0.
        from_offset (int | Unset):
        limit (int | Unset):  Default: 100.
        partition (int | Unset):
        generation (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | StreamEvents | SynapRefusal]
    """

    kwargs = request(
        room=room,
        subscriber_id=subscriber_id,
        wait_secs=wait_secs,
        from_offset=from_offset,
        limit=limit,
        partition=partition,
        generation=generation,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    room: str,
    subscriber_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_secs: float | Unset = 0.0,
    from_offset: int | Unset = UNSET,
    limit: int | Unset = 100,
    partition: int | Unset = UNSET,
    generation: int | Unset = UNSET,
) -> Error | StreamEvents | SynapRefusal | None:
    """Read events

    Returns the events from an offset on, in their order. Reading removes nothing.

    Args:
        room (str):
        subscriber_id (str):
        wait_secs (float | Unset):  Default: 0.0.
        from_offset (int | Unset):
        limit (int | Unset):  Default: 100.
        partition (int | Unset):
        generation (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | StreamEvents | SynapRefusal
    """

    return sync_detailed(
        room=room,
        subscriber_id=subscriber_id,
        client=client,
        wait_secs=wait_secs,
        from_offset=from_offset,
        limit=limit,
        partition=partition,
        generation=generation,
    ).parsed


async def asyncio_detailed(
    room: str,
    subscriber_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_secs: float | Unset = 0.0,
    from_offset: int | Unset = UNSET,
    limit: int | Unset = 100,
    partition: int | Unset = UNSET,
    generation: int | Unset = UNSET,
) -> Response[Error | StreamEvents | SynapRefusal]:
    """Read events

    Returns the events from an offset on, in their order. Reading removes nothing.

    Args:
        room (str):
        subscriber_id (str):
        wait_secs (float | Unset):  Default: 0.0.
        from_offset (int | Unset):
        limit (int | Unset):  Default: 100.
        partition (int | Unset):
        generation (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | StreamEvents | SynapRefusal]
    """

    kwargs = request(
        room=room,
        subscriber_id=subscriber_id,
        wait_secs=wait_secs,
        from_offset=from_offset,
        limit=limit,
        partition=partition,
        generation=generation,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    room: str,
    subscriber_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_secs: float | Unset = 0.0,
    from_offset: int | Unset = UNSET,
    limit: int | Unset = 100,
    partition: int | Unset = UNSET,
    generation: int | Unset = UNSET,
) -> Error | StreamEvents | SynapRefusal | None:
    """Read events

    Returns the events from an offset on, in their order. Reading removes nothing.

    Args:
        room (str):
        subscriber_id (str):
        wait_secs (float | Unset):  Default: 0.0.
        from_offset (int | Unset):
        limit (int | Unset):  Default: 100.
        partition (int | Unset):
        generation (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | StreamEvents | SynapRefusal
    """

    return (
        await asyncio_detailed(
            room=room,
            subscriber_id=subscriber_id,
            client=client,
            wait_secs=wait_secs,
            from_offset=from_offset,
            limit=limit,
            partition=partition,
            generation=generation,
        )
    ).parsed
