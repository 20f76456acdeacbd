"""The first account of a namespace, which nobody could ask for with a token.

Who asks makes up the account's id and the token, and sends the token's id alone: the secret never travels.
"""

from __future__ import annotations

from ...rules.limits import MAX_BOOTSTRAP_BYTES
from ...rules.scopes import ADMIN, DEFAULT_NAMESPACE, PRESETS
from ..access import tables
from ..access.bodies import Body
from ..access.caller import Caller
from ..access.making import bound, check_grant, check_namespace_lives, store_account
from ..access.namespaces import Namespace, find_namespace, put_namespace
from ..access.tables import Account
from ..messages import Reply
from ..operations import Answer, BodyLimit, Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work

_MEMBERS = ("service_account_id", "display_name", "scopes", "actors", "namespace", "with_token")
_TOKEN_MEMBERS = ("token_id", "env_tag", "created_at", "expires_at")
_EVERYBODY = ("*",)


def bootstrap(context: Context, call: Call) -> Work[Answer]:
    """Check the account; the work lets it in, once."""
    caller, body = call.caller, Body(call.body, _MEMBERS)
    account = Account(
        id=body.account_id("service_account_id"),
        name=body.name("display_name"),
        namespace=body.namespace("namespace", DEFAULT_NAMESPACE),
        scopes=body.scopes("scopes", PRESETS["admin"]),
        actors=body.actors("actors", _EVERYBODY),
        created_at=int(call.now),
        created_by=caller.did,
    )
    given = body.part("with_token", _TOKEN_MEMBERS)
    made_at = given.time("created_at")
    if made_at is None:
        raise given.wrong("created_at", "is missing")
    token = bound(
        context.access,
        given.token_id("token_id"),
        account.id,
        account.scopes,
        given.env_tag("env_tag"),
        # How long a token lasts is measured from here: a clock that is ahead must not shorten it.
        min(made_at, int(call.now)),
        given.end(call.now),
    )

    def work(transaction: Transaction) -> Answer:
        try:
            space = _open_space(transaction, account.namespace, caller, account.scopes)
            told, told_token = store_account(transaction, account, token, "bootstrapped", caller, call.now)
        except Refusal as refusal:
            return refusal
        put_namespace(transaction, space._replace(bootstrapped=account.id))
        result = {
            "object": "bootstrap_result",
            "service_account_id": account.id,
            "sa_record_id": told,
            "namespace": account.namespace,
            "token_id": token.token_id,
            "token_record_id": told_token,
        }
        return Reply(201, result)

    return work


def _open_space(transaction: Transaction, name: str, caller: Caller, scopes: tuple[str, ...]) -> Namespace:
    """Return the namespace if its first account may still be let in.

    Who shows no token is let in as long as there are no accounts at all. Otherwise whoever is first on the
    network would become the administrator of every namespace that is made later.
    """
    administers = caller.may(ADMIN) and caller.covers(name)
    if not administers and tables.count_accounts(transaction)[0]:
        raise Refusal(
            "BOOTSTRAP_CLOSED",
            "this daemon has service accounts: ask one that administers it for a token",
            hint="spl service-account create, with a token that has the scope admin",
        )
    if administers:
        check_grant(caller, scopes)
    space = find_namespace(transaction, name)
    if space is not None and space.bootstrapped is not None:
        raise Refusal(
            "BOOTSTRAP_CLOSED",
            f"the namespace {name!r} has its first service account",
            hint="create further ones with a token that has the scope admin",
        )
    check_namespace_lives(transaction, name)
    return space or Namespace(name)


OPERATIONS: dict[str, Operation] = {
    "bootstrapServiceAccount": Operation(
        bootstrap,
        writes=True,
        has_body=True,
        # Anyone may send one, and it is read before anything is asked of the store.
        body_limit=BodyLimit(MAX_BOOTSTRAP_BYTES),
        changes_access=True,
        names_caller=True,
    ),
}
