# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.aggregation import Aggregation
from ...models.error import Error
from ...models.query_request import QueryRequest
from ...models.query_result import QueryResult
from ...types import Response, safe_status


def request(
    *,
    body: QueryRequest | dict[str, Any],
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/records/query",
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
)


def parse(response: httpx.Response) -> Aggregation | QueryResult | Error | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:

        def _parse_response_200(data: object) -> Aggregation | QueryResult:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = QueryResult.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = Aggregation.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

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

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

        return response_422

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
) -> Response[Aggregation | QueryResult | Error]:
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
    body: QueryRequest | dict[str, Any],
) -> Response[Aggregation | QueryResult | Error]:
    """Find records by a filter, or count and sum them

    The rich query. Without `group_by` and `aggregates` the answer is a page of records; with either of
    them it is an aggregation, whose `object` says so.

    **Filter.** An object of conditions that must all hold: `{"act": "KNOW"}` compares for equality,
    `{"clock": {"$gt": 1, "$lte": 9}}` applies several operators. Operators: `$eq $ne $gt $gte $lt $lte`
    compare, `$in $nin` test membership, `$like $ilike` match `%` and `_`, `$exists` tests presence,
    `$and`, `$or` and `$not` combine. Fields: `id thread actor act clock data_type namespace created_at`
    and `body.` followed by dot-separated segments. A path crosses arrays: a condition holds when any
    element meets it. Values are compared by their JSON type, a string never equals an object.

    **Paging.** `limit` above 1000 is lowered to 1000. `capped` is true when more rows match than were
    returned; pass `next_cursor` as `cursor`, with everything else unchanged, to read on.

    Args:
        body (QueryRequest): A rich query. With `group_by` or `aggregates` it asks for an
            aggregation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Aggregation | QueryResult | Error]
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
    body: QueryRequest | dict[str, Any],
) -> Aggregation | QueryResult | Error | None:
    """Find records by a filter, or count and sum them

    The rich query. Without `group_by` and `aggregates` the answer is a page of records; with either of
    them it is an aggregation, whose `object` says so.

    **Filter.** An object of conditions that must all hold: `{"act": "KNOW"}` compares for equality,
    `{"clock": {"$gt": 1, "$lte": 9}}` applies several operators. Operators: `$eq $ne $gt $gte $lt $lte`
    compare, `$in $nin` test membership, `$like $ilike` match `%` and `_`, `$exists` tests presence,
    `$and`, `$or` and `$not` combine. Fields: `id thread actor act clock data_type namespace created_at`
    and `body.` followed by dot-separated segments. A path crosses arrays: a condition holds when any
    element meets it. Values are compared by their JSON type, a string never equals an object.

    **Paging.** `limit` above 1000 is lowered to 1000. `capped` is true when more rows match than were
    returned; pass `next_cursor` as `cursor`, with everything else unchanged, to read on.

    Args:
        body (QueryRequest): A rich query. With `group_by` or `aggregates` it asks for an
            aggregation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Aggregation | QueryResult | Error
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: QueryRequest | dict[str, Any],
) -> Response[Aggregation | QueryResult | Error]:
    """Find records by a filter, or count and sum them

    The rich query. Without `group_by` and `aggregates` the answer is a page of records; with either of
    them it is an aggregation, whose `object` says so.

    **Filter.** An object of conditions that must all hold: `{"act": "KNOW"}` compares for equality,
    `{"clock": {"$gt": 1, "$lte": 9}}` applies several operators. Operators: `$eq $ne $gt $gte $lt $lte`
    compare, `$in $nin` test membership, `$like $ilike` match `%` and `_`, `$exists` tests presence,
    `$and`, `$or` and `$not` combine. Fields: `id thread actor act clock data_type namespace created_at`
    and `body.` followed by dot-separated segments. A path crosses arrays: a condition holds when any
    element meets it. Values are compared by their JSON type, a string never equals an object.

    **Paging.** `limit` above 1000 is lowered to 1000. `capped` is true when more rows match than were
    returned; pass `next_cursor` as `cursor`, with everything else unchanged, to read on.

    Args:
        body (QueryRequest): A rich query. With `group_by` or `aggregates` it asks for an
            aggregation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Aggregation | QueryResult | Error]
    """

    kwargs = request(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: QueryRequest | dict[str, Any],
) -> Aggregation | QueryResult | Error | None:
    """Find records by a filter, or count and sum them

    The rich query. Without `group_by` and `aggregates` the answer is a page of records; with either of
    them it is an aggregation, whose `object` says so.

    **Filter.** An object of conditions that must all hold: `{"act": "KNOW"}` compares for equality,
    `{"clock": {"$gt": 1, "$lte": 9}}` applies several operators. Operators: `$eq $ne $gt $gte $lt $lte`
    compare, `$in $nin` test membership, `$like $ilike` match `%` and `_`, `$exists` tests presence,
    `$and`, `$or` and `$not` combine. Fields: `id thread actor act clock data_type namespace created_at`
    and `body.` followed by dot-separated segments. A path crosses arrays: a condition holds when any
    element meets it. Values are compared by their JSON type, a string never equals an object.

    **Paging.** `limit` above 1000 is lowered to 1000. `capped` is true when more rows match than were
    returned; pass `next_cursor` as `cursor`, with everything else unchanged, to read on.

    Args:
        body (QueryRequest): A rich query. With `group_by` or `aggregates` it asks for an
            aggregation.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Aggregation | QueryResult | Error
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
