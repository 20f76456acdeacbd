"""Scenarios of access: the first account, accounts and tokens, and in whose name they write."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from syncropel import AuthenticationError, Identity
from syncropel.keys.ed25519 import SigningKey
from syncropel.keys.jwt import mint as mint_signed

from .place import ALICE, BOB, Place, Seen, at
from .registry import scenario

ADMINISTRATOR = "sa_administrator001"
SECRET = f"spl_test_{ADMINISTRATOR}_" + "a1" * 16
AUDIT = "th_engine_access"
INSTANCE = "did:sync:system:local"


def identifier(token: str) -> str:
    """Return the id of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def first_account(token: str = SECRET, account: str = ADMINISTRATOR, **changes: Any) -> dict[str, Any]:
    """Return the body of a bootstrap."""
    made = {"token_id": identifier(token), "env_tag": "test", "created_at": 1767225600}
    return {"service_account_id": account, "display_name": "administrator", "with_token": made, **changes}


def asking(place: Place) -> Place:
    """Return the place that asks for tokens, for the caller without one."""
    assert place.guarded is not None
    # What is asked and answered there counts as well.
    place.guarded.asked, place.guarded.codes = place.asked, place.codes
    return place.guarded


def administrator(place: Place) -> Place:
    """Return the place that asks for tokens, for its administrator; the first caller makes the account."""
    guarded = asking(place)
    seen = guarded.post("/v1/bootstrap/service-account", first_account())
    assert (seen.status, seen.code) in {(201, None), (409, "BOOTSTRAP_CLOSED")}, seen
    return guarded.bearing(SECRET)


def account(admin: Place, name: str, **members: Any) -> tuple[Place, dict[str, Any]]:
    """Make a service account and return the place for it, and its row."""
    seen = admin.post("/v1/service-accounts", {"name": name, **members})
    assert seen.status == 201, seen
    return admin.bearing(seen.body["api_key"]), seen.body


def tidy(value: Any, **known: str) -> Any:
    """Return what must be equal everywhere: times, and what is made up by chance, replaced by its name."""
    if isinstance(value, Seen):
        value = value.plain()
    text = json.dumps(value)
    # A token holds the id of its account, so the longer ones come first.
    for name, chance in sorted(known.items(), key=lambda item: -len(item[1])):
        text = text.replace(chance, f"<{name}>")
    return _without_times(json.loads(text))


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(each) for name, each in value.items() if name != "last_used_at"}
    if isinstance(value, list):
        return [_without_times(each) for each in value]
    is_time = isinstance(value, int) and not isinstance(value, bool) and value > 1_600_000_000
    return "<time>" if is_time else value


def refusal(seen: Seen) -> list[Any]:
    """Return what every refusal must have in common: status, code and message."""
    assert seen.code is not None, seen
    return [seen.status, seen.code, seen.body["message"]]


@scenario
def presets_are_open(place: Place) -> Any:
    """The presets of scopes are told to everybody, with or without authentication."""
    seen = place.get("/v1/scope_presets")
    assert {"name": "admin", "scopes": ["admin"]} in seen.body["data"]
    assert asking(place).get("/v1/scope_presets").body == seen.body
    return seen.plain()


@scenario
def the_first_account_is_made_by_whoever_asks(place: Place) -> Any:
    """A bootstrap is checked, works once, and its token is in force at once; nobody else is told anything."""
    guarded = asking(place)
    before = [guarded.get("/v1/identity"), guarded.call("POST", "/v1/records", body=b"{")]
    assert [seen.code for seen in before] == ["AUTH_REQUIRED"] * 2
    faults = [
        [],
        {},
        first_account(service_account_id="sa_short"),
        first_account(display_name=" "),
        first_account(scopes=["records:delete"]),
        first_account(scopes=None),
        first_account(actors=["a*b"]),
        first_account(with_token={"token_id": "00", "created_at": 1}),
        first_account(with_token={"token_id": "0" * 64}),
        first_account(surprise=1),
    ]
    refused = [guarded.post("/v1/bootstrap/service-account", fault) for fault in faults]
    assert {seen.code for seen in refused} == {"INVALID_ACCESS"}
    nowhere = guarded.post("/v1/bootstrap/service-account", first_account(namespace="nowhere"))
    assert nowhere.code == "NAMESPACE_REJECTED"
    made = guarded.post("/v1/bootstrap/service-account", first_account())
    assert made.status == 201, made
    closed = guarded.post("/v1/bootstrap/service-account", first_account(account="sa_another000000001"))
    assert (closed.status, closed.code) == (409, "BOOTSTRAP_CLOSED")
    known = guarded.bearing(SECRET).get("/v1/identity")
    assert known.body["service_account_id"] == ADMINISTRATOR
    assert known.body["is_authenticated"] is True
    told = {"sa_record_id": "account record", "token_record_id": "token record"}
    plain = tidy(made.body | told)
    return [[refusal(seen) for seen in [*before, *refused, nowhere, closed]], plain, known.plain()]


@scenario
def accounts_live_and_end(place: Place) -> Any:
    """An account is created, listed, given a new key and revoked for good; its secret is told once."""
    admin = administrator(place)
    own, row = account(admin, "importer", actors=[ALICE], env_tag="ci")
    assert row["api_key"].startswith(f"spl_ci_{row['id']}_")
    assert own.get("/v1/identity").body["scopes"] == ["records:read", "records:write"]
    listed = [each for each in admin.get("/v1/service-accounts").body if each["id"] == row["id"]]
    assert listed == [{**row, "api_key": None}]
    path = f"/v1/service-accounts/{row['id']}"
    rotated = admin.call("POST", f"{path}/rotate-key").body
    assert own.get("/v1/identity").code == "AUTH_REQUIRED"
    assert admin.bearing(rotated["api_key"]).get("/v1/identity").status == 200
    ended = [admin.call("DELETE", path), admin.call("DELETE", path)]
    assert [seen.body for seen in ended] == [{"status": "revoked"}] * 2
    after = admin.bearing(rotated["api_key"]).get("/v1/identity")
    refused = [
        admin.call("POST", f"{path}/rotate-key"),
        admin.post("/v1/tokens", {"service_account_id": row["id"]}),
        admin.call("DELETE", "/v1/service-accounts/sa_nobody0000000000"),
        admin.call("POST", "/v1/service-accounts/sa_nobody0000000000/rotate-key"),
        admin.post("/v1/tokens", {"service_account_id": "sa_nobody0000000000"}),
        admin.post("/v1/service-accounts", {"name": ""}),
        admin.post("/v1/service-accounts", {"name": "a", "expires_at": 1}),
        admin.post("/v1/service-accounts", {"name": "a", "expire_at": 9999999999}),
    ]
    assert [seen.code for seen in refused] == [
        *("ACCOUNT_REVOKED", "ACCOUNT_REVOKED"),
        *("ACCOUNT_NOT_FOUND", "ACCOUNT_NOT_FOUND", "ACCOUNT_NOT_FOUND"),
        *("INVALID_ACCESS", "INVALID_ACCESS", "INVALID_ACCESS"),
    ]
    known = {"account": row["id"], "key": row["api_key"], "next key": rotated["api_key"]}
    assert after.code == "AUTH_REQUIRED"
    return tidy([row, rotated, [refusal(seen) for seen in refused]], **known)


@scenario
def tokens_are_minted_and_end(place: Place) -> Any:
    """A token allows no more than its account, ends when it is revoked, and is rotated by itself alone."""
    admin = administrator(place)
    _, row = account(admin, "reader of tokens")
    asked = {"service_account_id": row["id"], "scopes": ["records:read"], "ttl_seconds": 3600}
    minted = admin.post("/v1/tokens", asked)
    assert minted.status == 201, minted
    assert minted.body["expires_at"] - minted.body["created_at"] == 3600
    token = minted.body["bearer"]
    assert minted.body["token_id"] == identifier(token)
    pages = [admin.get("/v1/tokens", service_account_id=row["id"], limit=1)]
    pages += [admin.get("/v1/tokens", service_account_id=row["id"], cursor=pages[0].body["next_cursor"])]
    ids = [each["token_id"] for page in pages for each in page.body["data"]]
    assert ids == [identifier(row["api_key"]), identifier(token)]
    path = f"/v1/tokens/{identifier(token)}"
    refused = [
        admin.call("POST", f"{path}/rotate"),
        admin.post("/v1/tokens", {**asked, "scopes": ["config:write"]}),
        admin.post("/v1/tokens", {**asked, "scopes": []}),
        admin.post("/v1/tokens", {**asked, "expires_at": 9999999999}),
        admin.post("/v1/tokens", {**asked, "ttl_seconds": 0}),
        admin.post("/v1/tokens", {"scopes": ["records:read"]}),
        admin.call("DELETE", f"/v1/tokens/{'0' * 64}"),
        admin.get("/v1/tokens", cursor="nonsense"),
        admin.bearing(token).get("/v1/tokens"),
        admin.bearing(token).emit(thread="tokens"),
    ]
    assert [seen.code for seen in refused] == [
        *("ROTATE_NOT_SELF", "INVALID_ACCESS", "INVALID_ACCESS", "INVALID_ACCESS", "INVALID_ACCESS"),
        *("INVALID_ACCESS", "TOKEN_NOT_FOUND", "INVALID_QUERY", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN"),
    ]
    rotated = admin.bearing(token).call("POST", f"{path}/rotate").body
    assert admin.bearing(token).get("/v1/threads").code == "AUTH_REQUIRED"
    assert admin.bearing(rotated["bearer"]).get("/v1/threads").status == 200
    ended = admin.call("DELETE", f"/v1/tokens/{rotated['token_id']}")
    again = admin.call("DELETE", f"/v1/tokens/{rotated['token_id']}")
    assert ended.body == again.body == {"status": "revoked"}
    assert admin.bearing(rotated["bearer"]).get("/v1/threads").code == "AUTH_REQUIRED"
    known = {"account": row["id"], "token": token, "id": identifier(token), "next": rotated["bearer"]}
    known |= {"next id": rotated["token_id"], "first id": ids[0]}
    shown = [minted, pages[1], rotated, [refusal(seen) for seen in refused]]
    return [tidy(each, **known) for each in shown]


@scenario
def an_account_acts_as_its_actors(place: Place) -> Any:
    """A token writes as its account, and as its actors by name or pattern; the header is a claim."""
    admin = administrator(place)
    own, row = account(admin, "actor", actors=[ALICE, "did:example:team-*"])
    wanted = [row["did"], ALICE, "did:example:team-one", BOB, "did:example:other"]
    written = [own.emit(thread="acting", actor=actor, clock=0) for actor in wanted]
    assert [seen.status for seen in written] == [201, 201, 201, 403, 403]
    assert {seen.code for seen in written[3:]} == {"DID_CLAIM_DENIED"}
    claims = [
        own.call("GET", "/v1/threads", headers={"x-syncropel-actor": actor}).status for actor in (ALICE, BOB)
    ]
    assert claims == [200, 403]
    bare, bare_row = account(admin, "nobody else")
    assert bare.emit(thread="acting", actor=bare_row["did"], clock=0).status == 201
    assert bare.emit(thread="acting", actor=ALICE, clock=7).code == "DID_CLAIM_DENIED"
    return tidy([refusal(seen) for seen in written[3:]], account=row["id"])


@scenario
def the_trail_tells_what_was_done(place: Place) -> Any:
    """Every change of access is a record of the engine; administrators read them, and nobody writes them."""
    admin = administrator(place)
    own, row = account(admin, "of the trail")
    admin.call("DELETE", f"/v1/service-accounts/{row['id']}")
    trail = admin.query(thread=AUDIT, filter={"body.account_id": row["id"]}, sort={"clock": 1}).body["data"]
    told = [[each["act"], each["actor"], each["body"]["kind"], each["body"]["event"]] for each in trail]
    assert {each["body"]["by"] for each in trail} == {f"did:sync:system:{ADMINISTRATOR}"}
    whole = admin.get(f"{at(AUDIT)}/records", limit=1000)
    assert row["api_key"] not in json.dumps(whole.body)
    assert SECRET not in json.dumps(whole.body)
    reader, _ = account(admin, "reader", scopes=["records:read"], actors=["*"])
    assert AUDIT not in [each["id"] for each in reader.get("/v1/threads", limit=1000).body["data"]]
    hidden = [reader.get(at(AUDIT)), reader.get(f"/v1/records/{trail[0]['id']}")]
    assert [seen.code for seen in hidden] == ["THREAD_NOT_FOUND", "RECORD_NOT_FOUND"]
    forged = [admin.emit(thread=AUDIT), admin.emit(actor=trail[0]["actor"]), place.emit(thread=AUDIT)]
    assert {seen.code for seen in forged} == {"DID_CLAIM_DENIED"}
    assert own.get("/v1/threads").code == "AUTH_REQUIRED"
    return [told, [refusal(seen) for seen in forged]]


@scenario
def an_identity_signs_its_own_tokens(place: Place) -> Any:
    """A token that an identity signed is taken for an account that names it, while it lasts, here alone."""
    admin = administrator(place)
    key = SigningKey.from_seed(b"\x05" * 32)
    did = Identity.key(b"\x05" * 32).actor_did
    _, row = account(admin, "signed", actors=[did])
    _, other = account(admin, "not named", actors=["did:key:*"])
    now = admin.get("/health").body["time"]

    def asked(subject: str = row["id"], audience: str = INSTANCE, at_time: float = now) -> Seen:
        token = mint_signed(key, did, subject, audience, now=at_time)
        return admin.bearing(token).get("/v1/identity")

    taken = asked()
    assert taken.body["service_account_id"] == row["id"], taken
    refused = [asked(other["id"]), asked(audience="did:sync:system:elsewhere"), asked(at_time=now - 900)]
    refused += [asked(at_time=now + 900)]
    assert {seen.code for seen in refused} == {"AUTH_REQUIRED"}
    assert "clock" in refused[-1].body["message"]
    return [[seen.status, seen.code] for seen in refused]


@scenario
def clients_administer(place: Place) -> Any:
    """The client makes an account, uses its secret, and raises what the server refuses."""
    admin = administrator(place)
    with admin.sync_client() as client:
        made = client.service_accounts.create("by a client", actors=[ALICE])
        minted = client.tokens.create(made.id, scopes=["records:read"])
    secret = minted.bearer.value
    assert secret not in repr(minted)
    assert admin.bearing(secret).get("/v1/threads").status == 200
    with admin.bearing(secret).sync_client() as client:
        result = client.emit("PUT", kind="a.b.c", body={}, thread="by-a-client")
        assert not result.success
    with asking(place).sync_client() as client:
        try:
            client.service_accounts.list()
        except AuthenticationError as error:
            code = error.code
    return [code, result.code, result.hint]
