# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...types import UNSET, Response, Unset, path_segment, safe_status


def request(
    thread_id: str,
    *,
    since_clock: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    headers: dict[str, Any] = {}
    if not isinstance(last_event_id, Unset):
        headers["Last-Event-ID"] = last_event_id

    params: dict[str, Any] = {}

    params["since_clock"] = since_clock

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/threads/{thread_id}/watch".format(
            thread_id=path_segment(thread_id),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
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


def parse(response: httpx.Response) -> Any | Error | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = cast(Any, response.text)
        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

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
) -> Response[Any | Error]:
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
    thread_id: str,
    *,
    client: AuthenticatedClient | Client,
    since_clock: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Response[Any | Error]:
    """Follow one thread as it grows

    A stream of server-sent events that ends only when one side goes away. Event names:
    `record.created` (its SSE id is the cursor to resume from), `heartbeat`, `error` (code `lagged` or
    `invalid_cursor`, the stream ends after it) and `server_shutdown` (come back after
    `retry_after_ms`).

    With `Last-Event-ID` everything after that cursor is replayed first; else with `since_clock` every
    record whose clock is at least that; with neither the stream starts with what comes next.

    Args:
        thread_id (str):
        since_clock (int | Unset): A logical clock, counted per actor and thread. Any 64-bit
            integer from 0.
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error]
    """

    kwargs = request(
        thread_id=thread_id,
        since_clock=since_clock,
        last_event_id=last_event_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    thread_id: str,
    *,
    client: AuthenticatedClient | Client,
    since_clock: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Any | Error | None:
    """Follow one thread as it grows

    A stream of server-sent events that ends only when one side goes away. Event names:
    `record.created` (its SSE id is the cursor to resume from), `heartbeat`, `error` (code `lagged` or
    `invalid_cursor`, the stream ends after it) and `server_shutdown` (come back after
    `retry_after_ms`).

    With `Last-Event-ID` everything after that cursor is replayed first; else with `since_clock` every
    record whose clock is at least that; with neither the stream starts with what comes next.

    Args:
        thread_id (str):
        since_clock (int | Unset): A logical clock, counted per actor and thread. Any 64-bit
            integer from 0.
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error
    """

    return sync_detailed(
        thread_id=thread_id,
        client=client,
        since_clock=since_clock,
        last_event_id=last_event_id,
    ).parsed


async def asyncio_detailed(
    thread_id: str,
    *,
    client: AuthenticatedClient | Client,
    since_clock: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Response[Any | Error]:
    """Follow one thread as it grows

    A stream of server-sent events that ends only when one side goes away. Event names:
    `record.created` (its SSE id is the cursor to resume from), `heartbeat`, `error` (code `lagged` or
    `invalid_cursor`, the stream ends after it) and `server_shutdown` (come back after
    `retry_after_ms`).

    With `Last-Event-ID` everything after that cursor is replayed first; else with `since_clock` every
    record whose clock is at least that; with neither the stream starts with what comes next.

    Args:
        thread_id (str):
        since_clock (int | Unset): A logical clock, counted per actor and thread. Any 64-bit
            integer from 0.
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Error]
    """

    kwargs = request(
        thread_id=thread_id,
        since_clock=since_clock,
        last_event_id=last_event_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    thread_id: str,
    *,
    client: AuthenticatedClient | Client,
    since_clock: int | Unset = UNSET,
    last_event_id: str | Unset = UNSET,
) -> Any | Error | None:
    """Follow one thread as it grows

    A stream of server-sent events that ends only when one side goes away. Event names:
    `record.created` (its SSE id is the cursor to resume from), `heartbeat`, `error` (code `lagged` or
    `invalid_cursor`, the stream ends after it) and `server_shutdown` (come back after
    `retry_after_ms`).

    With `Last-Event-ID` everything after that cursor is replayed first; else with `since_clock` every
    record whose clock is at least that; with neither the stream starts with what comes next.

    Args:
        thread_id (str):
        since_clock (int | Unset): A logical clock, counted per actor and thread. Any 64-bit
            integer from 0.
        last_event_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Error
    """

    return (
        await asyncio_detailed(
            thread_id=thread_id,
            client=client,
            since_clock=since_clock,
            last_event_id=last_event_id,
        )
    ).parsed
