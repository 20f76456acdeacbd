"""The first account: let in without a token, once, and by nobody else afterwards."""

from __future__ import annotations

import threading

import pytest

from syncropel.kernel.access.caller import LOCAL
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.base import Store
from syncropel.rules.limits import MAX_BOOTSTRAP_BYTES

from .access_support import Holder, administrator, bootstrap_body, guarded, refusal
from .support import FakeTime

PATH = "/v1/bootstrap/service-account"


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens and has no account."""
    return guarded(store, clock)


def test_first_account_is_let_in_with_the_secret_kept_back(kernel: Kernel) -> None:
    """Who sends the id of a token it made is an administrator by that token, and the records say so."""
    body, token = bootstrap_body()
    reply = Holder(kernel).post(PATH, body)
    assert reply.status == 201
    assert token not in str(reply.body)
    holder = Holder(kernel, token)
    identity = holder.get("/v1/identity").body
    assert identity["service_account_id"] == body["service_account_id"] == reply.body["service_account_id"]
    assert identity["scopes"] == ["admin"]
    assert holder.emit(actor="did:example:anybody").status == 201
    told = [
        holder.get(f"/v1/records/{reply.body[name]}").body for name in ("sa_record_id", "token_record_id")
    ]
    assert [row["body"]["kind"] for row in told] == ["core.access.account", "core.access.token"]
    assert reply.body["token_id"] == holder.token_id == told[1]["body"]["token_id"]


def test_large_body_is_refused_before_it_is_read(kernel: Kernel) -> None:
    """Anyone may send one without a token, so what is larger than an account can be is not even decoded."""
    reply = Holder(kernel).post(PATH, {"padding": "x" * MAX_BOOTSTRAP_BYTES})
    assert refusal(reply) == (413, "BODY_TOO_LARGE")


def test_one_of_many_is_the_first(kernel: Kernel) -> None:
    """Of many who ask at the same time exactly one is let in, and only its token works."""
    asked = [bootstrap_body() for _ in range(12)]
    barrier = threading.Barrier(len(asked))
    replies: dict[int, Reply] = {}

    def ask(number: int) -> None:
        barrier.wait()
        replies[number] = Holder(kernel).post(PATH, asked[number][0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies.values()) == [201] + [409] * 11
    working = [number for number, (_, token) in enumerate(asked) if Holder(kernel, token).works()]
    assert [replies[number].status for number in working] == [201]
    assert kernel.active_accounts() == 1


def test_door_stays_closed(kernel: Kernel) -> None:
    """After the first account nobody is let in without a token, even when every account was revoked."""
    body, token = bootstrap_body()
    Holder(kernel).post(PATH, body)
    again = Holder(kernel).post(PATH, bootstrap_body()[0])
    assert refusal(again) == (409, "BOOTSTRAP_CLOSED")
    holder = Holder(kernel, token)
    holder.register("team")
    in_team = bootstrap_body(namespace="team")[0]
    assert refusal(Holder(kernel).post(PATH, in_team)) == (409, "BOOTSTRAP_CLOSED")
    assert refusal(Holder(kernel, "spl_bad").post(PATH, in_team)) == (409, "BOOTSTRAP_CLOSED")
    worker = holder.as_new()
    assert refusal(worker.post(PATH, in_team)) == (409, "BOOTSTRAP_CLOSED")
    assert holder.delete(f"/v1/service-accounts/{holder.account_id}").status == 200
    holder.kernel.handle(
        Request("DELETE", f"/v1/service-accounts/{body['service_account_id']}"), caller=LOCAL
    )
    assert refusal(Holder(kernel).post(PATH, bootstrap_body()[0])) == (409, "BOOTSTRAP_CLOSED")


def test_administrator_bootstraps_a_namespace_once(kernel: Kernel) -> None:
    """An administrator lets in a first account below its own namespace, once, with its own scopes at most."""
    admin = administrator(kernel)
    admin.register("team", "team/a")
    lead = admin.as_new(namespace="team", scopes=["admin"])
    beyond = bootstrap_body(namespace="team/a", scopes=["thread:t:read"])[0]
    assert refusal(lead.post(PATH, beyond)) == (403, "SCOPE_FORBIDDEN")
    body, token = bootstrap_body(namespace="team/a")
    assert lead.post(PATH, body).status == 201
    assert Holder(kernel, token).get("/v1/identity").body["scopes"] == ["admin"]
    assert refusal(lead.post(PATH, bootstrap_body(namespace="team/a")[0])) == (409, "BOOTSTRAP_CLOSED")
    assert refusal(lead.post(PATH, bootstrap_body(namespace="default")[0])) == (409, "BOOTSTRAP_CLOSED")


def test_namespace_has_to_live(kernel: Kernel) -> None:
    """There is no first account of a namespace that is not registered or not active."""
    admin = administrator(kernel)
    admin.register("team")
    admin.send("PATCH", "/v1/namespaces/team", {"active": False})
    for name in ("team", "nowhere"):
        reply = admin.post(PATH, bootstrap_body(namespace=name)[0])
        assert refusal(reply) == (403, "NAMESPACE_REJECTED")
        assert repr(name) in reply.body["message"]


def test_ids_that_are_taken(store: Store, clock: FakeTime) -> None:
    """An account id or a token id that is in use is refused, and the door stays as it was."""
    kernel = guarded(store, clock, required=False)
    admin = administrator(kernel)
    body, token = bootstrap_body()
    taken = {**body, "service_account_id": admin.account_id}
    assert refusal(Holder(kernel).post(PATH, taken)) == (400, "INVALID_ACCESS")
    same = {**body, "with_token": {**body["with_token"], "token_id": admin.token_id}}
    assert refusal(Holder(kernel).post(PATH, same)) == (400, "INVALID_ACCESS")
    assert Holder(kernel).post(PATH, body).status == 201
    assert Holder(kernel, token).works()


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"service_account_id": "sa_short"}, "$.service_account_id"),
        ({"service_account_id": "SA_ABC123DEF456GHI7"}, "$.service_account_id"),
        ({"display_name": ""}, "$.display_name"),
        ({"with_token": {"token_id": "ABC"}}, "$.with_token.token_id"),
        ({"with_token": {"env_tag": "not_this"}}, "$.with_token.env_tag"),
        ({"with_token": {"created_at": None}}, "$.with_token.created_at"),
        ({"with_token": {"expires_at": 5}}, "$.with_token.expires_at"),
        ({"with_token": {"secret": "x"}}, "$.with_token.secret"),
        ({"scopes": ["root"]}, "$.scopes[0]"),
        ({"namespace": "/"}, "$.namespace"),
    ],
)
def test_body_is_checked(members: dict[str, object], place: str) -> None:
    """What is wrong with the body is named by its place, and the door stays open for a right one."""
    from syncropel.kernel.store.memory import MemoryStore

    kernel = guarded(MemoryStore(), FakeTime())
    reply = Holder(kernel).post(PATH, bootstrap_body(**members)[0])
    assert refusal(reply) == (400, "INVALID_ACCESS")
    assert reply.body["message"].startswith(f"{place}:")
    assert Holder(kernel).post(PATH, bootstrap_body()[0]).status == 201
