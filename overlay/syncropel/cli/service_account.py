"""`spl service-account bootstrap|create|list|revoke|rotate-key`: who may use a daemon, from first to last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import grants
from .app import app
from .parse import given
from .secret import Save, hand_over
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from collections.abc import Mapping

accounts = group(app, "service-account", "Service accounts: who may use a daemon, and what each may do.")

AccountId = Annotated[str, typer.Argument(metavar="ID", help="The account, sa_…")]
Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", show_default=False,
        help="Write into this store instead of asking a daemon: its URL, as for `spl serve`.",
    ),
]  # fmt: skip


@verb(
    accounts,
    "bootstrap",
    examples=[
        "spl service-account bootstrap --save",
        "spl service-account bootstrap --store sqlite:///~/records.db",
        "spl service-account bootstrap 'Team A' --namespace team-a --expires 90d",
    ],
)
def bootstrap(
    session: Session,
    name: Annotated[str, typer.Argument(help="Its name for people.")] = "administrator",
    store: Store = None,
    scope: grants.Scope = None,
    actor: grants.Actor = None,
    namespace: grants.Namespace = None,
    env: grants.Env = None,
    expires: grants.Expires = None,
    save: Save = False,
) -> None:
    """Make the first account of a daemon, or of a namespace, and print its token. It works once.

    The account may do everything (scope admin) as anybody, unless the options say less. The token is made
    here and only its hash is sent; it is printed once, and nobody can print it again.

    With --store no daemon has to run: it is how a daemon that others reach gets its first account.
    """
    from .bootstrap import first_account

    made, token = first_account(
        session,
        store,
        name=name,
        env=grants.env_of(env),
        expires_at=grants.expiry_of(expires),
        optional=given(scopes=grants.scopes_of(scope), actors=actor or None, namespace=namespace),
    )
    where = f" in {made['namespace']}" if made.get("namespace") not in (None, "default") else ""
    hand_over(session, made, token, f"{made['service_account_id']} ({name}) is made{where}", save=save)


@verb(
    accounts,
    "create",
    examples=[
        "spl service-account create deploys",
        "spl service-account create readers --scope reader --expires 90d",
        "spl service-account create app --actor 'did:example:app:*' --namespace team-a --json",
    ],
)
def create(
    session: Session,
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    scope: grants.Scope = None,
    actor: grants.Actor = None,
    namespace: grants.Namespace = None,
    env: grants.Env = None,
    expires: grants.Expires = None,
    save: Save = False,
) -> None:
    """Make an account and print its token, once.

    Without --scope it may read and write records; without --actor it may write as itself alone, which is
    did:sync:system: and its id. Nobody gives what they may not do themselves.
    """
    options = given(
        scopes=grants.scopes_of(scope),
        actors=actor or None,
        namespace=namespace,
        env_tag=grants.env_of(env),
        expires_at=grants.expiry_of(expires),
    )
    with session.client() as client:
        made = client.service_accounts.create(name, **options)
    row = made.to_dict()
    row.pop("api_key", None)
    said = f"{row['id']} ({name}) is made: {grants.reach(row)}"
    hand_over(session, row, made.api_key.value, said, save=save)


@verb(accounts, "list", examples=["spl service-account list", "spl service-account list --json"])
def list_accounts(session: Session) -> None:
    """List the accounts of the namespaces that you administer. Tokens are not shown: nobody has them."""
    with session.client() as client:
        rows = [each.to_dict() for each in client.service_accounts.list()]
    if session.json:
        session.document({"object": "list", "data": rows})
        return
    if not rows:
        session.note("there are no accounts: spl service-account bootstrap makes the first one")
        return
    from .tables import rows_table

    session.show(rows_table([_shown(row) for row in rows], ["id", "name", "state", "scopes", "as", "in"]))


@verb(accounts, "revoke", examples=["spl service-account revoke sa_abc123def456ghi7"])
def revoke(session: Session, account: AccountId) -> None:
    """Revoke an account and every token of it, for good. What it wrote stays."""
    with session.client() as client:
        client.service_accounts.revoke(account)
    if session.json:
        session.document({"id": account, "status": "revoked"})
    else:
        session.say(f"{account} is revoked, and so is every token of it")


@verb(
    accounts,
    "rotate-key",
    examples=["spl service-account rotate-key sa_abc123def456ghi7"],
)
def rotate_key(session: Session, account: AccountId, save: Save = False) -> None:
    """Give an account a new token in place of all it has, and print it, once."""
    with session.client() as client:
        made = client.service_accounts.rotate_key(account)
    said = f"{account} has a new token, and the ones before are revoked"
    hand_over(session, {"id": account}, made.api_key.value, said, save=save)


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": str(row["id"]),
        "name": str(row.get("name", "")),
        "state": "active" if row.get("active") else "revoked",
        "scopes": ", ".join(row.get("scopes") or ()),
        "as": ", ".join(row.get("actors") or ()) or "itself",
        "in": str(row.get("namespace", "default")),
    }
