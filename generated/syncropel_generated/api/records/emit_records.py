# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.batch_result import BatchResult
from ...models.error import Error
from ...models.record_input import RecordInput
from ...types import UNSET, Response, Unset, safe_status


def request(
    *,
    body: list[RecordInput] | list[dict[str, Any]],
    atomic: bool | Unset = UNSET,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["atomic"] = atomic

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/records/batch",
        "params": params,
    }

    _kwargs["json"] = [each if isinstance(each, dict) else each.to_dict() for each in body]

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
    (429, 429),
    (500, 500),
    (503, 503),
    (507, 507),
)


def parse(response: httpx.Response) -> BatchResult | Error | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:
        response_200 = BatchResult.from_dict(response.json())

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

    if response.status_code == 413:
        response_413 = Error.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Error.from_dict(response.json())

        return response_415

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

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
) -> Response[BatchResult | Error]:
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
    body: list[RecordInput] | list[dict[str, Any]],
    atomic: bool | Unset = UNSET,
) -> Response[BatchResult | Error]:
    """Emit many records at once

    Stores up to 1000 records in one transaction and answers when they are on disk, with a receipt or an
    error for each, in the order in which they were sent. What is refused keeps nothing else out, unless
    `atomic` is set: then one refusal is enough, and nothing is stored. Each record is treated as
    `emitRecord` treats it, so a batch can be sent again as a whole.

    The body is an array, or with `content-type: application/x-ndjson` one record per line; blank lines
    are passed over and do not count. A line that is no JSON is refused by itself. No record may be
    larger
    than 1 MiB: its line, or in an array its canonical form.

    Args:
        atomic (bool | Unset):
        body (list[RecordInput]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BatchResult | Error]
    """

    kwargs = request(
        body=body,
        atomic=atomic,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: list[RecordInput] | list[dict[str, Any]],
    atomic: bool | Unset = UNSET,
) -> BatchResult | Error | None:
    """Emit many records at once

    Stores up to 1000 records in one transaction and answers when they are on disk, with a receipt or an
    error for each, in the order in which they were sent. What is refused keeps nothing else out, unless
    `atomic` is set: then one refusal is enough, and nothing is stored. Each record is treated as
    `emitRecord` treats it, so a batch can be sent again as a whole.

    The body is an array, or with `content-type: application/x-ndjson` one record per line; blank lines
    are passed over and do not count. A line that is no JSON is refused by itself. No record may be
    larger
    than 1 MiB: its line, or in an array its canonical form.

    Args:
        atomic (bool | Unset):
        body (list[RecordInput]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BatchResult | Error
    """

    return sync_detailed(
        client=client,
        body=body,
        atomic=atomic,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: list[RecordInput] | list[dict[str, Any]],
    atomic: bool | Unset = UNSET,
) -> Response[BatchResult | Error]:
    """Emit many records at once

    Stores up to 1000 records in one transaction and answers when they are on disk, with a receipt or an
    error for each, in the order in which they were sent. What is refused keeps nothing else out, unless
    `atomic` is set: then one refusal is enough, and nothing is stored. Each record is treated as
    `emitRecord` treats it, so a batch can be sent again as a whole.

    The body is an array, or with `content-type: application/x-ndjson` one record per line; blank lines
    are passed over and do not count. A line that is no JSON is refused by itself. No record may be
    larger
    than 1 MiB: its line, or in an array its canonical form.

    Args:
        atomic (bool | Unset):
        body (list[RecordInput]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BatchResult | Error]
    """

    kwargs = request(
        body=body,
        atomic=atomic,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: list[RecordInput] | list[dict[str, Any]],
    atomic: bool | Unset = UNSET,
) -> BatchResult | Error | None:
    """Emit many records at once

    Stores up to 1000 records in one transaction and answers when they are on disk, with a receipt or an
    error for each, in the order in which they were sent. What is refused keeps nothing else out, unless
    `atomic` is set: then one refusal is enough, and nothing is stored. Each record is treated as
    `emitRecord` treats it, so a batch can be sent again as a whole.

    The body is an array, or with `content-type: application/x-ndjson` one record per line; blank lines
    are passed over and do not count. A line that is no JSON is refused by itself. No record may be
    larger
    than 1 MiB: its line, or in an array its canonical form.

    Args:
        atomic (bool | Unset):
        body (list[RecordInput]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BatchResult | Error
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            atomic=atomic,
        )
    ).parsed
