"""`spl token create|list|info|revoke|rotate|save`: what accounts prove themselves with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NotFoundError, UsageError
from ..rules.tokens import parse_token, token_id
from . import grants
from .app import app
from .login import keep_token
from .parse import given
from .secret import Save, TokenStdin, hand_over, token_of
from .session import KEPT, Session
from .verbs import group, verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .. import SyncClient

tokens = group(app, "token", "Tokens: what accounts prove themselves with. Each is shown once.")

TokenId = Annotated[
    str, typer.Argument(metavar="ID", help="The token's id or its beginning: its hash, not the token.")
]
_SHORTEST = 4
_PAGE = 1000


@verb(
    tokens,
    "create",
    examples=[
        "spl token create sa_abc123def456ghi7 --expires 90d",
        "spl token create sa_abc123def456ghi7 --scope reader --env ci --json",
    ],
)
def create(
    session: Session,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account, sa_…")],
    scope: grants.Scope = None,
    env: grants.Env = None,
    expires: grants.Expires = None,
    save: Save = False,
) -> None:
    """Make another token of an account and print it, once. Without --scope it may do what the account may."""
    options = given(
        scopes=grants.scopes_of(scope), env_tag=grants.env_of(env), expires_at=grants.expiry_of(expires)
    )
    with session.client() as client:
        made = client.tokens.create(account, **options)
    row = made.to_dict()
    row.pop("bearer", None)
    hand_over(session, row, made.bearer.value, f"{account}: {_told(row)}", save=save)


@verb(tokens, "list", examples=["spl token list", "spl token list --account sa_abc123def456ghi7 --json"])
def list_tokens(
    session: Session,
    account: Annotated[str | None, typer.Option("--account", metavar="ID", help="Only its tokens.")] = None,
) -> None:
    """List tokens by their ids, with what they may do and when they end. Nobody has the tokens."""
    with session.client() as client:
        rows = list(_rows(client, account))
    if session.json:
        session.document({"object": "list", "data": rows})
        return
    if not rows:
        session.note("there are no tokens: spl token create")
        return
    from .tables import rows_table

    shown = [
        {
            "id": row["token_id"][:10],
            "account": row["service_account_id"],
            "state": _state(row),
            "scopes": ", ".join(row.get("scopes") or ()),
            "ends": grants.when(row.get("expires_at")),
            "last used": grants.when(row.get("last_used_at")),
        }
        for row in rows
    ]
    session.show(rows_table(shown, list(shown[0])))


@verb(tokens, "info", examples=["spl token info", "spl token info 59e9a2949a --json"])
def info(
    session: Session,
    token: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Default: the token that is in use.")
    ] = None,
) -> None:
    """Show what is known about a token: its account, scopes, end and last use; not the token."""
    with session.client() as client:
        row = _own(session, client) if token is None else _find(client, token)
    if session.json:
        session.document(row)
        return
    from .tables import fields_table

    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    session.show(fields_table({n: grants.when(v) if n in times else v for n, v in row.items()}))


@verb(tokens, "revoke", examples=["spl token revoke 59e9a2949a"])
def revoke(session: Session, token: TokenId) -> None:
    """Revoke one token, at once and for good."""
    with session.client() as client:
        row = _find(client, token)
        client.tokens.revoke(row["token_id"])
    if session.json:
        session.document({"token_id": row["token_id"], "status": "revoked"})
    else:
        session.say(f"token {row['token_id'][:10]} of {row['service_account_id']} is revoked")


@verb(tokens, "rotate", examples=["spl token rotate", "spl token rotate --json"])
def rotate(session: Session, save: Save = False) -> None:
    """Replace the token in use by a new one, which may do the same; the old one ends.

    A token that `spl login` keeps is replaced where it is kept; any other new token is printed, once.
    """
    held, source = session.token
    if held is None:
        raise UsageError("no token is in use: spl login, or set SPL_TOKEN")
    with session.client() as client:
        made = client.tokens.rotate(token_id(held))
    row = made.to_dict()
    row.pop("bearer", None)
    hand_over(
        session, row, made.bearer.value, f"the token is replaced: {_told(row)}", save=save or source == KEPT
    )


@verb(tokens, "save", examples=["spl token save", "spl token save --token-stdin < token.txt"])
def save_token(
    session: Session,
    argument: Annotated[str | None, typer.Argument(hidden=True)] = None,
    token_stdin: TokenStdin = False,
) -> int:
    """Keep a token as your login for the endpoint: that of SPL_TOKEN, or one that is asked for.

    The same as `spl login`, which always asks.
    """
    held, source = session.token
    given = argument is not None or session.options.api_key is not None
    if held is None or token_stdin or given or source == KEPT:
        held = token_of(session, stdin=token_stdin, argument=argument, verb="token save")
    return keep_token(session, held)


def _rows(client: SyncClient, account: str | None = None) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = client.tokens.list(account, limit=_PAGE, cursor=cursor)
        yield from (each.to_dict() for each in page)
        cursor = page.next_cursor
        if cursor is None:
            return


def _find(client: SyncClient, beginning: str) -> dict[str, Any]:
    """Return the row of the one token whose id begins so.

    Raises:
        UsageError: It is no part of an id, several ids begin so, or it is a token itself.
        NotFoundError: No token's id begins so.
    """
    if parse_token(beginning) is not None:
        raise UsageError("that is a token, not the id of one, and it stays in the shell's history: revoke it")
    wanted = beginning.lower()
    if len(wanted) < _SHORTEST or not set(wanted) <= set("0123456789abcdef"):
        raise UsageError(f"{beginning[:20]!r} is no token id: `spl token list` shows them")
    found = [row for row in _rows(client) if str(row["token_id"]).startswith(wanted)]
    if not found:
        raise NotFoundError(404, f"no token's id begins with {wanted}", code="TOKEN_NOT_FOUND")
    if len(found) > 1:
        raise UsageError(f"several tokens' ids begin with {wanted}: give more of it")
    return found[0]


def _own(session: Session, client: SyncClient) -> dict[str, Any]:
    held, source = session.token
    if held is None:
        raise UsageError("no token is in use: spl login, set SPL_TOKEN, or name a token's id")
    parts = parse_token(held)
    told = {} if parts is None else {"service_account_id": parts.account_id, "env_tag": parts.env}
    facts = client.whoami().to_dict()
    known = {name: facts.get(name) for name in ("is_authenticated", "scopes", "expires_at")}
    return {"token_id": token_id(held), "source": source, **told, **known}


def _told(row: Mapping[str, Any]) -> str:
    ends = grants.when(row.get("expires_at"))
    until = "without an end" if ends == "-" else f"until {ends} UTC"
    return f"{', '.join(row.get('scopes') or ()) or 'as its account'}, {until}"


def _state(row: Mapping[str, Any]) -> str:
    import time

    if row.get("revoked_at") is not None:
        return "revoked"
    ends = row.get("expires_at")
    return "expired" if ends is not None and ends <= time.time() else "active"
