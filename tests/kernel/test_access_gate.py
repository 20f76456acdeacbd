"""The gate: which proof counts, what is said to whom, how often one may ask, and what stays open."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.kernel.access.caller import LOCAL
from syncropel.kernel.access.limiter import MAX_BUCKETS, Limiter
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.refusals import Refusal
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.memory import MemoryStore
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.tokens import new_token

from .access_support import Holder, administrator, guarded, refusal
from .support import FakeTime, record


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens."""
    return guarded(store, clock)


@pytest.fixture
def admin(kernel: Kernel) -> Holder:
    """Give the holder of a token that may do everything."""
    return administrator(kernel)


def ask(kernel: Kernel, headers: dict[str, str], target: str = "/v1/identity") -> Reply:
    """GET something with these headers."""
    return kernel.handle(Request("GET", target, headers))


def test_both_headers_carry_a_token(admin: Holder) -> None:
    """A token counts as bearer, however the scheme is written, and as API key."""
    kernel, token = admin.kernel, admin.token or ""
    for headers in (
        {"authorization": f"Bearer {token}"},
        {"authorization": f"bearer  {token} "},
        {"x-api-key": token},
        {"authorization": "Basic dXNlcjpwYXNz", "x-api-key": token},
        {"authorization": f"Bearer {token}", "x-api-key": "unknown"},
    ):
        assert ask(kernel, headers).status == 200, headers
    both = ask(kernel, {"authorization": "Bearer unknown", "x-api-key": token})
    assert refusal(both) == (401, "AUTH_REQUIRED")


HOSTILE = [
    "Bearer",
    "Bearer ",
    "Bearer  \t ",
    "bearer\x00",
    "Bearer " + "a" * 10_240,
    "Bearer spl_prod_sa_abc123def456ghi7_" + "é" * 32,
    "Bearer spl_prod_sa_abc123def456ghi7_" + "\ud800" * 32,
    "Bearer spl__sa__",
    "Bearer a.b.c",
    "Bearer " + "." * 8000,
    "Bearer ..",
    "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJkaWQ6a2V5OnoifQ.",
    "Bearer x, Bearer y",
    "Basic dXNlcjpwYXNz",
    "",
    "\udcff\udcfe",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
def test_hostile_headers_are_refused(name: str, value: str) -> None:
    """Whatever stands in a header, the answer is 401, names the way in, and quotes nothing of it."""
    kernel = guarded(MemoryStore(), FakeTime())
    reply = ask(kernel, {name: value})
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert reply.headers["www-authenticate"] == "Bearer"
    text = json.dumps(reply.body)
    for part in value.split():
        assert len(part) < 8 or part not in text


@given(st.text(max_size=200))
def test_any_text_is_no_token(text: str) -> None:
    """No text that was not minted lets anybody in, and none makes the kernel fail."""
    kernel = _SHARED
    for headers in ({"authorization": text}, {"authorization": f"Bearer {text}"}, {"x-api-key": text}):
        assert ask(kernel, headers).status == 401


_SHARED = guarded(MemoryStore(), FakeTime())


def test_wrong_secret_and_unknown_account_are_the_same(admin: Holder) -> None:
    """A token with a wrong secret, of another account, and of no account get one and the same answer."""
    worker = admin.as_new()
    token, mine = worker.token or "", worker.account_id
    other = admin.as_new().account_id
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    candidates = [wrong, token.replace(mine, other), new_token("prod", "sa_" + "0" * 16), "spl_x", "x" * 5000]
    answers = set()
    for candidate in candidates:
        body = dict(Holder(admin.kernel, candidate).get("/v1/identity").body)
        del body["request_id"]
        answers.add(json.dumps(body, sort_keys=True))
    assert len(answers) == 1
    assert "not known" in answers.pop()


def test_nobody_learns_about_bodies(kernel: Kernel) -> None:
    """Without a token a bad body, a bad cursor and a good request get the same refusal."""
    holder = Holder(kernel)
    replies = [
        kernel.handle(Request("POST", "/v1/records", {}, b"{")),
        kernel.handle(Request("POST", "/v1/records", {"content-type": "text/html"}, b"x" * 2_000_000)),
        holder.emit(),
        holder.get("/v1/tokens", cursor="zzz"),
        holder.get("/v1/records", thread="t", limit="x"),
    ]
    assert {refusal(reply) for reply in replies} == {(401, "AUTH_REQUIRED")}
    assert refusal(holder.get("/v1/nothing")) == (404, "ROUTE_NOT_FOUND")


def test_every_route_asks_for_its_scope(admin: Holder) -> None:
    """Each route of the contract is open, or refuses nobody, and refuses a token that lacks its scope."""
    nobody = Holder(admin.kernel)
    narrow = {
        scope: admin.as_new(scopes=["threads:write" if scope != "threads:write" else "config:read"])
        for scope in {route["scope"] for route in load_routes()}
    }
    for route in load_routes():
        target = route["path"].replace("{", "").replace("}", "")
        scope = route["scope"]
        reply = nobody.send(route["method"], target)
        if scope == "open":
            assert reply.status not in (401, 403), route
            continue
        assert refusal(reply) == (401, "AUTH_REQUIRED"), route
        reply = narrow[scope].send(route["method"], target)
        if scope in ("any", "self"):
            code = None if reply.status == 200 else refusal(reply)[1]
            assert code in (None, "ROTATE_NOT_SELF", "INVALID_JSON", "UPGRADE_REQUIRED"), route
        else:
            assert refusal(reply) == (403, "SCOPE_FORBIDDEN"), route
            assert scope in (reply.body.get("message") or reply.body["error"]), route


def test_route_without_a_scope_is_shut(clock: FakeTime) -> None:
    """A route that says nothing about its scope is for administrators alone."""
    routes = [{name: route[name] for name in route if name != "scope"} for route in load_routes()]
    store = MemoryStore()
    real = administrator(guarded(store, clock))
    reader = real.as_new()
    from syncropel.kernel.access.settings import AccessSettings

    from .access_support import KEY

    kernel = Kernel(
        store,
        routes=routes,
        openapi=load_openapi(),
        version="1",
        now=clock,
        access=AccessSettings(required=True, token_key=KEY),
    )
    assert ask(kernel, {}, "/health").status == 401
    assert ask(kernel, {"x-api-key": reader.token or ""}, "/health").status == 403
    assert ask(kernel, {"x-api-key": real.token or ""}, "/health").status == 200


def test_grains_open_the_routes_they_are_for(admin: Holder) -> None:
    """A token that may read one thread is let through to reading, and not to writing."""
    reader = admin.as_new(scopes=["thread:t:read"])
    assert reader.get("/v1/records", thread="t").status == 200
    assert refusal(reader.emit()) == (403, "SCOPE_FORBIDDEN")
    writer = admin.as_new(scopes=["thread:t:write"], actors=["*"])
    assert writer.emit(thread="t").status == 201
    assert refusal(writer.get("/v1/records", thread="t")) == (403, "SCOPE_FORBIDDEN")


def test_claimed_actor_has_to_be_covered(admin: Holder) -> None:
    """Who claims to act as a DID has it among the account's actors, or is it; others are refused at once."""
    worker = admin.as_new(actors=["did:example:a", "did:key:*"])
    own = f"did:sync:system:{worker.account_id}"
    for did, fine in (
        ("did:example:a", True),
        ("did:key:zabc", True),
        (own, True),
        ("did:example:ab", False),
        ("did:web:a", False),
        ("", False),
    ):
        reply = worker.send("GET", "/v1/records?thread=t", x_syncropel_actor=did)
        assert reply.status == (200 if fine else 403), did
        if not fine:
            assert reply.body["code"] == "DID_CLAIM_DENIED"
    alone = admin.as_new()
    assert alone.send("GET", "/v1/records?thread=t", x_syncropel_actor="did:example:a").status == 403


def test_identity_names_the_caller(admin: Holder, clock: FakeTime) -> None:
    """Who asks is told the account, the scopes and the end of the token."""
    worker = admin.as_new(scopes=["records:write", "records:read"], expires_at=int(clock.now) + 60)
    body = worker.get("/v1/identity").body
    assert body["is_authenticated"] is True
    assert body["scopes"] == ["records:read", "records:write"]
    assert body["service_account_id"] == worker.account_id
    assert body["expires_at"] == "2023-11-14T22:14:20Z"
    assert admin.get("/v1/identity").body["expires_at"] is None


def test_manifest_says_whether_tokens_are_needed(admin: Holder) -> None:
    """The manifest, which is open, tells whether the daemon asks for tokens."""
    assert Holder(admin.kernel).get("/v1/capabilities").body["auth"] == {"required": True}
    open_kernel = guarded(admin.kernel.store, FakeTime(), required=False)
    assert Holder(open_kernel).get("/v1/capabilities").body["auth"] == {"required": False}


def test_open_daemon_takes_any_token(admin: Holder, store: Store, clock: FakeTime) -> None:
    """Without authentication everybody may do everything; a token that is known still names its caller."""
    kernel = guarded(store, clock, required=False)
    reader = admin.as_new(scopes=["records:read"])
    for token in (None, "anything", "spl_prod_sa_0000000000000000_" + "x" * 32, reader.token):
        holder = Holder(kernel, token)
        assert holder.emit(clock=hash(token) % 10**9).status == 201
        assert holder.get("/v1/service-accounts").status == 200
        identity = holder.get("/v1/identity").body
        assert identity["is_authenticated"] is (token == reader.token)
        assert identity["scopes"] == (["records:read"] if token == reader.token else [])


def test_process_itself_needs_no_token(kernel: Kernel) -> None:
    """A request from inside the process is answered as the caller it is handed in with."""
    body = json.dumps(record()).encode()
    assert kernel.handle(Request("POST", "/v1/records", {}, body), caller=LOCAL).status == 201
    assert kernel.handle(Request("POST", "/v1/records", {}, body)).status == 401


def test_rate_is_limited_by_token(store: Store, clock: FakeTime) -> None:
    """A token that asks too often is told when to come back; others are not slowed, and time heals."""
    kernel = guarded(store, clock, requests_per_second=2.0, burst=5)
    admin = administrator(kernel)
    worker = Holder(kernel, admin.create().body["api_key"])
    statuses = [worker.get("/v1/identity").status for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    reply = worker.get("/v1/identity")
    assert refusal(reply) == (429, "RATE_LIMITED")
    assert reply.headers["retry-after"] == "1"
    assert admin.get("/v1/identity").status == 200
    assert Holder(kernel).get("/health").status == 200
    clock.now += 0.5
    assert [worker.get("/v1/identity").status for _ in range(2)] == [200, 429]
    clock.now += 3600
    assert [worker.get("/v1/identity").status for _ in range(6)] == [200] * 5 + [429]
    clock.now -= 7200
    assert worker.get("/v1/identity").status == 429


def test_change_of_access_does_not_refill(store: Store, clock: FakeTime) -> None:
    """What a token has used up stays used up when somebody changes accounts meanwhile."""
    kernel = guarded(store, clock, requests_per_second=1.0, burst=3)
    worker = Holder(kernel, kernel.mint(scopes=["records:read"]))
    assert [worker.get("/v1/identity").status for _ in range(4)] == [200, 200, 200, 429]
    kernel.mint()
    assert worker.get("/v1/identity").status == 429


def test_retry_after_names_the_wait(clock: FakeTime) -> None:
    """With a slow rate the seconds to wait are whole and long enough."""
    limiter = Limiter(0.1, 1)
    limiter.take("a", clock.now)
    with pytest.raises(Refusal) as refused:
        limiter.take("a", clock.now)
    wait = int(refused.value.headers["retry-after"])
    assert wait == 10
    limiter.take("a", clock.now + wait)


def test_limiter_forgets_tokens_that_rest() -> None:
    """However many tokens there are, the limiter keeps a bounded number of them."""
    limiter = Limiter(1.0, 2)
    for number in range(MAX_BUCKETS + 500):
        limiter.take(f"t{number}", 1000.0 + number * 0.0001)
    assert len(limiter._buckets) == MAX_BUCKETS
    limiter = Limiter(None, 1)
    for _ in range(10):
        limiter.take("t", 1000.0)


def test_store_that_is_gone_lets_nobody_in(tmp_path: object, clock: FakeTime) -> None:
    """When the store cannot be asked the answer is 503, never a way in."""
    store = SqliteStore(f"{tmp_path}/hub.db")
    admin = administrator(guarded(store, clock))
    assert admin.works()
    store.close()
    clock.now += 5
    assert admin.get("/v1/records", thread="t").status == 503
