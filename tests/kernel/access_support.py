"""What the tests of access share: a kernel that asks for tokens, and callers who show one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from syncropel.kernel.access.settings import AccessSettings
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.base import Store
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.tokens import new_account_id, new_token, token_id

from .support import FakeTime, record

KEY = b"k" * 32


def guarded(store: Store, clock: FakeTime, **settings: Any) -> Kernel:
    """Build a kernel that asks for tokens."""
    access = AccessSettings(**{"required": True, "token_key": KEY, "requests_per_second": None, **settings})
    return Kernel(
        store, routes=load_routes(), openapi=load_openapi(), version="1.2.3", now=clock, access=access
    )


class Holder:
    """Asks a kernel with a token, or without one."""

    def __init__(self, kernel: Kernel, token: str | None = None) -> None:
        self.kernel = kernel
        self.token = token

    def send(self, method: str, target: str, value: Any = None, **headers: str) -> Reply:
        """Send a JSON value."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        if self.token is not None:
            sent.setdefault("authorization", f"Bearer {self.token}")
        body = b"" if value is None else json.dumps(value).encode()
        reply = self.kernel.handle(Request(method, target, sent, body))
        json.dumps(reply.body, allow_nan=False)
        return reply

    def get(self, target: str, **params: Any) -> Reply:
        """GET a path."""
        return self.send("GET", f"{target}?{urlencode(params)}" if params else target)

    def post(self, target: str, value: Any = None) -> Reply:
        """POST a JSON value."""
        return self.send("POST", target, value)

    def delete(self, target: str) -> Reply:
        """DELETE a path."""
        return self.send("DELETE", target)

    def emit(self, **fields: Any) -> Reply:
        """POST a record."""
        return self.post("/v1/records", record(**fields))

    def create(self, **members: Any) -> Reply:
        """Create a service account."""
        return self.post("/v1/service-accounts", {"name": "worker", **members})

    def as_new(self, **members: Any) -> Holder:
        """Return the holder of a fresh account's token."""
        reply = self.create(**members)
        assert reply.status == 201, reply.body
        return Holder(self.kernel, reply.body["api_key"])

    def register(self, *names: str) -> None:
        """Register namespaces."""
        for name in names:
            reply = self.post("/v1/namespaces", {"id": name})
            assert reply.status == 201, reply.body

    @property
    def account_id(self) -> str:
        """The id of the token's account."""
        return str(self.get("/v1/identity").body["service_account_id"])

    @property
    def token_id(self) -> str:
        """The id of the token."""
        assert self.token is not None
        return token_id(self.token)

    def works(self) -> bool:
        """Tell whether the token is taken."""
        status = self.get("/v1/identity").status
        assert status in (200, 401)
        return status == 200


def administrator(kernel: Kernel) -> Holder:
    """Return the holder of a token that may do everything."""
    return Holder(kernel, kernel.mint())


def bootstrap_body(**members: Any) -> tuple[dict[str, Any], str]:
    """Return what lets a first account in, and its token."""
    account = new_account_id()
    token = new_token("prod", account)
    with_token = {"token_id": token_id(token), "env_tag": "prod", "created_at": 1_700_000_000}
    with_token |= members.pop("with_token", {})
    body = {"service_account_id": account, "display_name": "first", "with_token": with_token}
    return {**body, **members}, token


def namespace_path(name: str) -> str:
    """Return the path of a namespace."""
    return f"/v1/namespaces/{quote(name, safe='')}"


def refusal(reply: Reply) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    # The routes of the store family have the status in `code`.
    return reply.status, reply.body.get("error_code") or reply.body["code"]
