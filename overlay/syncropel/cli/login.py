"""`spl login`, `spl logout`, `spl whoami`: the token that this machine keeps for a daemon."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import AuthenticationError
from ..rules.tokens import parse_token
from . import exits, grants
from .app import app
from .secret import TokenStdin, keep, token_of
from .session import Session
from .verbs import verb


@verb(
    app,
    "login",
    examples=[
        "spl login",
        "spl login --endpoint https://records.example.com:9100",
        "spl login --token-stdin < token.txt",
    ],
)
def login(
    session: Session,
    argument: Annotated[str | None, typer.Argument(hidden=True)] = None,
    token_stdin: TokenStdin = False,
    unchecked: Annotated[bool, typer.Option("--no-check", help="Keep it without asking the daemon.")] = False,
) -> int:
    """Keep a token for the endpoint, so that commands here, and clients with api_key="auto", use it.

    The token is asked for without echo, tried, and kept in a file that only you can read. It never stands on
    the command line.
    """
    return keep_token(session, token_of(session, stdin=token_stdin, argument=argument), check=not unchecked)


@verb(app, "logout", examples=["spl logout", "spl logout --endpoint https://records.example.com:9100"])
def logout(session: Session) -> None:
    """Forget the token that is kept for the endpoint. It stays valid: `spl token revoke` ends it."""
    from ..keys import credentials

    endpoint = session.settings().endpoint
    gone = credentials.forget(credentials.origin_of(endpoint))
    if session.json:
        session.document({"endpoint": endpoint, "forgotten": gone})
    else:
        session.say(f"logged out of {endpoint}" if gone else f"no token was kept for {endpoint}")


@verb(app, "whoami", examples=["spl whoami", "spl whoami --json"])
def whoami(session: Session) -> int:
    """Tell who you are to the daemon, what you may do there, and whom your records name as their author."""
    with session.client() as client:
        facts = client.whoami().to_dict()
        emits = client.identity
    token, source = session.token
    local = {
        "endpoint": session.settings().endpoint,
        "token": source,
        "emits_as": emits.actor_did,
        "signs": emits.signs,
    }
    if session.json:
        session.document({**facts, **local})
        return exits.OK
    if facts.get("is_authenticated"):
        session.say(f"{facts.get('service_account_id')} at {local['endpoint']}: {_scopes(facts)}")
        session.say(f"token from {source}, {_until(facts)}")
    else:
        session.say(f"nobody in particular at {local['endpoint']}: {_nobody(token)}")
    signs = "signed" if emits.signs else "not signed: spl identity new makes a key"
    session.say(f"records name {emits.actor_did} ({signs})")
    return exits.OK


def keep_token(session: Session, token: str, *, check: bool = True) -> int:
    """Keep a token for the endpoint, after the daemon said whose it is.

    Raises:
        AuthenticationError: The daemon does not know it; nothing is kept.
        TransportError: The daemon cannot be asked; nothing is kept.
    """
    endpoint = session.settings().endpoint
    facts: dict[str, Any] = {}
    if check:
        with session.with_token(token).client() as client:
            facts = client.whoami().to_dict()
        if not facts.get("is_authenticated"):
            raise AuthenticationError(
                401,
                f"{endpoint} does not know this token, so it was not kept; --no-check keeps it all the same",
            )
    path = keep(endpoint, token)
    parts = parse_token(token)
    account = facts.get("service_account_id") or (parts.account_id if parts else None)
    if session.json:
        known = {name: facts.get(name) for name in ("scopes", "expires_at")} if check else {}
        session.document({"endpoint": endpoint, "service_account_id": account, "saved": path, **known})
        return exits.OK
    told = f": {_scopes(facts)}, {_until(facts)}" if check else ", unchecked"
    session.say(f"logged in at {endpoint} as {account or 'the holder of the token'}{told}")
    session.say(f"the token is in {path}; spl logout forgets it")
    return exits.OK


def _scopes(facts: dict[str, Any]) -> str:
    return ", ".join(facts.get("scopes") or ()) or "no scopes"


def _until(facts: dict[str, Any]) -> str:
    ends = grants.when(facts.get("expires_at"))
    return "without an end" if ends == "-" else f"until {ends} UTC"


def _nobody(token: str | None) -> str:
    if token is not None:
        return "it does not know your token, and has authentication off"
    return "no token is needed there"
