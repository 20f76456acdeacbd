# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from typing import Any, cast

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.kv_absent import KvAbsent
from ...models.kv_get_type import KvGetType
from ...models.synap_refusal import SynapRefusal
from ...types import UNSET, Response, Unset, path_segment, safe_status


def request(
    key: str,
    *,
    type_: KvGetType | Unset = KvGetType.STRING,
) -> dict[str, Any]:
    """Return what to send, as the keyword arguments of `httpx.Client.request`. Pure: nothing is sent."""

    params: dict[str, Any] = {}

    json_type_: str | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = type_.value

    params["type"] = json_type_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/kv/get/{key}".format(
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


def parse(response: httpx.Response) -> Error | KvAbsent | list[int] | str | SynapRefusal | None:
    """Return the decoded answer, or None for a status that the contract does not list.

    An unlisted refusal is decoded too when it has the form of the contract's `default` response.

    Raises:
        KeyError, TypeError, ValueError: If a listed response has a body of another form.
    """

    if response.status_code == 200:

        def _parse_response_200(data: object) -> KvAbsent | list[int] | str:
            try:
                if not isinstance(data, list):
                    raise TypeError()
                response_200_type_1 = cast(list[int], data)

                return response_200_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_2 = KvAbsent.from_dict(data)

                return response_200_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(KvAbsent | list[int] | str, data)

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
) -> Response[Error | KvAbsent | list[int] | str | SynapRefusal]:
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
    type_: KvGetType | Unset = KvGetType.STRING,
) -> Response[Error | KvAbsent | list[int] | str | SynapRefusal]:
    """Read a value

    Returns the value as JSON text, or its bytes as a list of integers. A key that is not there answers
    200 with
    an object whose `error` says so.

    Args:
        key (str):
        type_ (KvGetType | Unset):  Default: KvGetType.STRING.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvAbsent | list[int] | str | SynapRefusal]
    """

    kwargs = request(
        key=key,
        type_=type_,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    type_: KvGetType | Unset = KvGetType.STRING,
) -> Error | KvAbsent | list[int] | str | SynapRefusal | None:
    """Read a value

    Returns the value as JSON text, or its bytes as a list of integers. A key that is not there answers
    200 with
    an object whose `error` says so.

    Args:
        key (str):
        type_ (KvGetType | Unset):  Default: KvGetType.STRING.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvAbsent | list[int] | str | SynapRefusal
    """

    return sync_detailed(
        key=key,
        client=client,
        type_=type_,
    ).parsed


async def asyncio_detailed(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    type_: KvGetType | Unset = KvGetType.STRING,
) -> Response[Error | KvAbsent | list[int] | str | SynapRefusal]:
    """Read a value

    Returns the value as JSON text, or its bytes as a list of integers. A key that is not there answers
    200 with
    an object whose `error` says so.

    Args:
        key (str):
        type_ (KvGetType | Unset):  Default: KvGetType.STRING.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | KvAbsent | list[int] | str | SynapRefusal]
    """

    kwargs = request(
        key=key,
        type_=type_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key: str,
    *,
    client: AuthenticatedClient | Client,
    type_: KvGetType | Unset = KvGetType.STRING,
) -> Error | KvAbsent | list[int] | str | SynapRefusal | None:
    """Read a value

    Returns the value as JSON text, or its bytes as a list of integers. A key that is not there answers
    200 with
    an object whose `error` says so.

    Args:
        key (str):
        type_ (KvGetType | Unset):  Default: KvGetType.STRING.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | KvAbsent | list[int] | str | SynapRefusal
    """

    return (
        await asyncio_detailed(
            key=key,
            client=client,
            type_=type_,
        )
    ).parsed
