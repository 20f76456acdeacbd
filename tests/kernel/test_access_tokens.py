"""Tokens: mint, list, expire, revoke, rotate; what is kept of them and how soon an end is seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.tokens import keyed_check, parse_token, token_id

from .access_support import KEY, Holder, administrator, guarded, refusal
from .support import FakeTime


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens."""
    return guarded(store, clock)


@pytest.fixture
def admin(kernel: Kernel) -> Holder:
    """Give the holder of a token that may do everything."""
    return administrator(kernel)


def minted(admin: Holder, worker: Holder, **members: object) -> Holder:
    """Return the holder of a further token of an account."""
    reply = admin.post("/v1/tokens", {"service_account_id": worker.account_id, **members})
    assert reply.status == 201, reply.body
    return Holder(admin.kernel, reply.body["bearer"])


def test_minted_token_is_shown_once(admin: Holder, clock: FakeTime) -> None:
    """The answer that mints a token holds it; the list has everything else about it, and not the token."""
    worker = admin.as_new(scopes=["records:read", "records:write"])
    body = {"service_account_id": worker.account_id, "scopes": ["records:read"], "env_tag": "dev"}
    row = admin.post("/v1/tokens", {**body, "ttl_seconds": 60}).body
    parts = parse_token(row["bearer"])
    assert parts is not None
    assert (parts.env, parts.account_id) == ("dev", worker.account_id)
    assert row["token_id"] == token_id(row["bearer"])
    assert row["expires_at"] == int(clock.now) + 60
    assert row["scopes"] == ["records:read"]
    del row["bearer"]
    assert row in admin.get("/v1/tokens").body["data"]


def test_store_keeps_hashes_of_a_token_alone(admin: Holder) -> None:
    """Beside its id a token has an HMAC under the daemon's key; one made without the key is not taken."""
    worker = admin.as_new()
    store = admin.kernel.store
    kept = store.read(
        lambda tx: tx.execute("SELECT keyed FROM tokens WHERE token_id = ?", (worker.token_id,))
    )
    assert kept == [(keyed_check(KEY, worker.token_id),)]
    forged = keyed_check(b"x" * 32, worker.token_id)
    store.write(
        lambda tx: tx.execute("UPDATE tokens SET keyed = ? WHERE token_id = ?", (forged, worker.token_id))
    )
    other = Holder(guarded(store, FakeTime()), worker.token)
    assert not other.works()


def test_tokens_are_listed_in_pages(admin: Holder) -> None:
    """Pages of tokens come oldest first, hold each once, and can be of one account."""
    worker = admin.as_new()
    for _ in range(6):
        minted(admin, worker)
    everything = [row["token_id"] for row in admin.get("/v1/tokens").body["data"]]
    assert everything[0] == admin.token_id
    assert len(everything) == 8
    paged, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = admin.get("/v1/tokens", **params).body
        paged += [row["token_id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything
    of_worker = admin.get("/v1/tokens", service_account_id=worker.account_id).body["data"]
    assert [row["token_id"] for row in of_worker] == everything[1:]
    assert admin.get("/v1/tokens", service_account_id="sa_nobody").body["data"] == []
    assert admin.get("/v1/tokens", limit=0).body["data"] == []
    other = admin.get("/v1/tokens", service_account_id=worker.account_id, cursor="x")
    assert refusal(other) == (400, "INVALID_QUERY")


def test_token_expires_to_the_second(admin: Holder, clock: FakeTime) -> None:
    """A token works until it expires and not a moment longer, and its holder is told when it did."""
    worker = admin.as_new()
    short = minted(admin, worker, ttl_seconds=10)
    clock.now += 9.5
    assert short.works()
    clock.now += 0.5
    reply = short.get("/v1/identity")
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert "expired at 2023-11-14T22:13:30Z" in reply.body["message"]
    assert worker.works()


def test_revocation_is_seen_at_once(admin: Holder) -> None:
    """The first request after a revocation is refused, however often the token was used before."""
    worker = admin.as_new()
    assert all(worker.works() for _ in range(3))
    assert admin.delete(f"/v1/tokens/{worker.token_id}").body == {"status": "revoked"}
    reply = worker.get("/v1/identity")
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert "revoked" in reply.body["message"]
    assert reply.headers["www-authenticate"] == "Bearer"
    assert admin.delete(f"/v1/tokens/{worker.token_id}").body == {"status": "revoked"}
    assert refusal(admin.delete(f"/v1/tokens/{'0' * 64}")) == (404, "TOKEN_NOT_FOUND")


def test_revocation_elsewhere_is_seen_within_a_second(store: Store, clock: FakeTime) -> None:
    """Another kernel on the store refuses a revoked token a second later, also when the clock is set back."""
    here = administrator(guarded(store, clock))
    there = guarded(store, clock)
    for step in (1.0, -3600.0):
        worker = here.as_new()
        seen = Holder(there, worker.token)
        assert seen.works()
        here.delete(f"/v1/tokens/{worker.token_id}")
        clock.now += step
        assert not seen.works()


def test_change_while_a_token_is_judged_is_not_missed(
    store: Store, clock: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is revoked between being read and being kept is refused by the next request."""
    from syncropel.kernel.access import tables

    admin = administrator(guarded(store, clock))
    worker = admin.as_new()
    identifier, original = worker.token_id, tables.find_account
    revoked: list[Reply] = []

    def find_and_revoke(transaction: object, account_id: str) -> object:
        found = original(transaction, account_id)  # type: ignore[arg-type]
        if not revoked and store.name == "sqlite":
            monkeypatch.setattr(tables, "find_account", original)
            revoked.append(admin.delete(f"/v1/tokens/{identifier}"))
        return found

    assert admin.works()
    monkeypatch.setattr(tables, "find_account", find_and_revoke)
    worker.works()
    monkeypatch.setattr(tables, "find_account", original)
    if not revoked:
        admin.delete(f"/v1/tokens/{identifier}")
    assert not worker.works()


def test_revocation_is_seen_by_everybody_who_asks_later(admin: Holder) -> None:
    """A token is revoked while many threads use it: nobody who asks after the answer gets through."""
    worker = admin.as_new()
    identifier = worker.token_id
    over, late, early = threading.Event(), [], []
    ready = threading.Barrier(5)

    def use() -> None:
        ready.wait()
        while len(late) < 40:
            after = over.is_set()
            status = worker.get("/v1/identity").status
            (late if after else early).append(status)

    threads_ = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads_:
        thread.start()
    ready.wait()
    admin.delete(f"/v1/tokens/{identifier}")
    over.set()
    for thread in threads_:
        thread.join()
    assert set(early) <= {200, 401}
    assert set(late) == {401}


def test_token_rotates_itself(admin: Holder, clock: FakeTime) -> None:
    """A token asks for its successor, which has its scopes, environment and length of life; it ends then."""
    worker = admin.as_new()
    token = minted(admin, worker, scopes=["records:read"], env_tag="dev", ttl_seconds=100)
    clock.now += 40
    reply = token.post(f"/v1/tokens/{token.token_id}/rotate")
    assert reply.status == 200
    fresh = Holder(admin.kernel, reply.body["bearer"])
    assert (reply.body["scopes"], reply.body["env_tag"]) == (["records:read"], "dev")
    assert reply.body["expires_at"] == int(clock.now) + 100
    assert reply.body["token_id"] == fresh.token_id
    assert fresh.works()
    assert not token.works()
    assert worker.works()


def test_token_is_rotated_by_nobody_else(admin: Holder) -> None:
    """Neither an administrator nor another token of the account rotates a token."""
    worker = admin.as_new()
    other = minted(admin, worker)
    for holder in (admin, other):
        assert refusal(holder.post(f"/v1/tokens/{worker.token_id}/rotate")) == (403, "ROTATE_NOT_SELF")
    assert worker.works()
    open_kernel = guarded(admin.kernel.store, FakeTime(), required=False)
    assert refusal(Holder(open_kernel).post(f"/v1/tokens/{worker.token_id}/rotate")) == (
        403,
        "ROTATE_NOT_SELF",
    )
    assert Holder(open_kernel, worker.token).post(f"/v1/tokens/{worker.token_id}/rotate").status == 200


def test_rotations_at_once_leave_one_successor(admin: Holder) -> None:
    """Of many rotations of one token at the same time one succeeds, and its successor works."""
    worker = admin.as_new()
    barrier, replies = threading.Barrier(6), []

    def rotate() -> None:
        barrier.wait()
        replies.append(worker.post(f"/v1/tokens/{worker.token_id}/rotate"))

    threads = [threading.Thread(target=rotate) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401, 401, 401]
    winner = next(reply for reply in replies if reply.status == 200)
    assert Holder(admin.kernel, winner.body["bearer"]).works()
    living = [
        row
        for row in admin.get("/v1/tokens", service_account_id=winner.body["service_account_id"]).body["data"]
        if row["revoked_at"] is None
    ]
    assert [row["token_id"] for row in living] == [winner.body["token_id"]]


_ROTATING = """
import os, signal, sys
from syncropel.kernel.access import tables
from tests.kernel.access_support import Holder, guarded
from tests.kernel.support import FakeTime
from syncropel.kernel.store.sqlite import SqliteStore
what, path, token = sys.argv[1:]
holder = Holder(guarded(SqliteStore(path), FakeTime()), token)
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
tables.revoke_token = tables.revoke_tokens_of = die
if what == "token":
    holder.post(f"/v1/tokens/{holder.token_id}/rotate")
else:
    holder.post(f"/v1/service-accounts/{holder.account_id}/rotate-key")
"""


@pytest.mark.parametrize("what", ["token", "key"])
def test_killed_in_the_middle_of_a_rotation(tmp_path: Path, what: str) -> None:
    """A daemon killed between the minting of the new token and the end of the old one leaves the old one."""
    path = tmp_path / "hub.db"
    store = SqliteStore(path)
    token = guarded(store, FakeTime()).mint()
    store.close()
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    ended = subprocess.run(
        [sys.executable, "-c", _ROTATING, what, str(path), token], env=environment, timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    store = SqliteStore(path)
    try:
        holder = Holder(guarded(store, FakeTime()), token)
        assert holder.works()
        assert len(holder.get("/v1/tokens").body["data"]) == 1
    finally:
        store.close()


def test_tokens_of_an_account_have_a_limit(
    admin: Holder, clock: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account has so many tokens that live, and no more; those that ended do not count."""
    monkeypatch.setattr("syncropel.rules.limits.MAX_TOKENS_PER_ACCOUNT", 3)
    worker = admin.as_new()
    short = minted(admin, worker, ttl_seconds=5)
    gone = minted(admin, worker)
    body = {"service_account_id": worker.account_id}
    assert refusal(admin.post("/v1/tokens", body)) == (400, "INVALID_ACCESS")
    admin.delete(f"/v1/tokens/{gone.token_id}")
    minted(admin, worker)
    clock.now += 5
    minted(admin, worker)
    assert not short.works()
    assert refusal(admin.post("/v1/tokens", body)) == (400, "INVALID_ACCESS")


def test_token_is_checked(admin: Holder) -> None:
    """What is wrong with a token that is asked for is named by its place."""
    account = admin.as_new().account_id
    for members, place in (
        ({"ttl_seconds": 0}, "$.ttl_seconds"),
        ({"ttl_seconds": 5, "expires_at": 4_000_000_000}, "$.ttl_seconds"),
        ({"expires_at": 2**60}, "$.expires_at"),
        ({"scopes": ["x"]}, "$.scopes[0]"),
        ({"env_tag": ""}, "$.env_tag"),
        ({"service_account_id": None}, "$.service_account_id"),
        ({"scope": ["admin"]}, "$.scope"),
    ):
        reply = admin.post("/v1/tokens", {"service_account_id": account, **members})
        assert refusal(reply) == (400, "INVALID_ACCESS"), members
        assert reply.body["message"].startswith(f"{place}:"), members
    assert refusal(admin.post("/v1/tokens", [])) == (400, "INVALID_ACCESS")
    assert refusal(admin.post("/v1/tokens", {"service_account_id": "sa_x"})) == (404, "ACCOUNT_NOT_FOUND")


def test_last_use_is_noted_by_the_minute(admin: Holder, clock: FakeTime) -> None:
    """The list says when a token was last used; a use within a minute of the last one writes nothing."""
    worker = admin.as_new()
    identifier = worker.token_id

    def used() -> object:
        admin.post("/v1/records/query", {})
        rows = admin.get("/v1/tokens").body["data"]
        return next(row["last_used_at"] for row in rows if row["token_id"] == identifier)

    assert used() is None
    first = int(clock.now)
    worker.works()
    admin.emit(clock=1)
    assert used() == first
    clock.now += 30
    worker.works()
    admin.emit(clock=2)
    assert used() == first
    clock.now += 30
    worker.works()
    admin.emit(clock=3)
    assert used() == first + 60


def test_clock_in_a_token_row_is_whole_seconds(admin: Holder, clock: FakeTime) -> None:
    """Times in rows are integers, whatever the clock's fraction."""
    clock.now += 0.75
    row = admin.post("/v1/tokens", {"service_account_id": admin.account_id, "ttl_seconds": 7}).body
    assert json.loads(json.dumps(row["created_at"])) == int(clock.now)
    assert row["expires_at"] == int(clock.now) + 7
