"""The first account of a daemon: through a running one, or written into its store."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ..errors import api_error_class
from ..rules.tokens import new_account_id, new_token, token_id

if TYPE_CHECKING:
    from .session import Session

_PATH = "/v1/bootstrap/service-account"
_CREATED = 201


def first_account(
    session: Session,
    store: str | None,
    *,
    name: str,
    env: str,
    expires_at: int | None,
    optional: dict[str, Any],
) -> tuple[dict[str, Any], str]:
    """Make the account and return what was made, and the token, which never leaves this process.

    Raises:
        SyncropelError: There is such an account already, or neither daemon nor store can be reached.
    """
    account = new_account_id()
    token = new_token(env, account)
    with_token: dict[str, Any] = {
        "token_id": token_id(token),
        "env_tag": env,
        "created_at": int(time.time()),
    }
    if expires_at is not None:
        with_token["expires_at"] = expires_at
    body = {"service_account_id": account, "display_name": name, "with_token": with_token, **optional}
    made = _ask(session, body) if store is None else _write(session, store, body)
    return made, token


def _ask(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    with session.client() as client:
        return dict(client.service_accounts.bootstrap(body))


def _write(session: Session, store: str, body: dict[str, Any]) -> dict[str, Any]:
    from ..daemon import process
    from ..daemon.offline import open_kernel
    from ..daemon.settings import Settings
    from ..kernel.messages import Request

    running = process.status(Settings.resolve(store=store)).state
    if running is not None:
        session.note(f"a daemon serves that store at {running.url}: asking it")
        return _ask(session.at(running.url), body)
    headers = {"content-type": "application/json"}
    with open_kernel(store) as kernel:
        reply = kernel.handle(Request("POST", _PATH, headers, json.dumps(body).encode()))
    if reply.status != _CREATED:
        said = reply.body
        raise api_error_class(reply.status)(
            reply.status, str(said.get("message")), code=said.get("code"), body=said
        )
    return dict(reply.body)
