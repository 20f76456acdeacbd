"""No secret outlives its showing: tokens made in every way, used rightly and wrongly, are in no file.

A daemon of its own process logs everything, keeps its records in a file, and two of its operations are broken
so that their tracebacks quote whole requests. Afterwards every byte it has written is searched.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncropel import Identity, SyncClient
from syncropel.daemon.offline import open_kernel
from syncropel.rules.tokens import new_account_id, new_token, token_id
from tests.support.daemons import wait_for
from tests.support.sockets import JSON_HEADERS, Answer, Connection, Watch, exchange, record

DRIVER = """
import logging, sys
logging.basicConfig(level=1)
logging.getLogger("uvicorn.access").setLevel(1)
from syncropel.kernel import core
from syncropel.kernel.operations import Operation

def broken(context, call):
    raise RuntimeError(f"planted: {dict(call.headers)} {dict(call.query)} {call.body!r}")

def broken_work(context, call):
    def work(transaction):
        raise LookupError(f"planted: {call}")
    return work

core.OPERATIONS["getReadiness"] = Operation(broken)
core.OPERATIONS["listTrust"] = Operation(broken_work)
from syncropel.daemon.__main__ import main
sys.exit(main(sys.argv[1:]))
"""

QUERY = {
    "input": {"goal": "How many records of kind a.b.c are there?"},
    "responders": [{"kind": "system", "domain": "data"}],
    "fold": {"function": "consensus"},
}


class Site:
    """The daemon under test, its folder, and every secret that was shown.

    Attributes:
        folder: Where it writes.
        secrets: What must be found nowhere, by the way in which it was made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = f"sqlite:///{folder}/records.db"
        self.secrets: dict[str, str] = {}
        with open_kernel(self.store) as kernel:
            self.admin = self.note("made without a daemon", kernel.mint())

    def note(self, way: str, secret: str) -> str:
        """Remember a secret; return it."""
        self.secrets[way] = secret
        return secret

    def __enter__(self) -> Site:
        self.errors = (self.folder / "stderr.txt").open("wb")
        words = ["--port", "0", "--store", self.store, "--auth", "--access-log"]
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-c", DRIVER, *words],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, "PYTHONASYNCIODEBUG": "1"},
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[3]
        self.address = ("127.0.0.1", int(self.url.rpartition(":")[2]))
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        assert self.process.stdout is not None
        (self.folder / "stdout.txt").write_text(self.process.stdout.read())
        self.process.stdout.close()
        assert self.process.wait(30) == 0
        self.errors.close()

    def ask(self, method: str, target: str, body: Any = None, token: str | None = None) -> Answer:
        """Send a request with a token (default: the administrator's)."""
        content = None if body is None else json.dumps(body).encode()
        with Connection(self.url, token=token or self.admin) as connection:
            return connection.request(method, target, content, JSON_HEADERS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The daemon after everything has happened to it, still running."""
    made = Site(tmp_path_factory.mktemp("leaks"))
    with made:
        mint_in_every_way(made)
        use_wrongly(made)
        use_rightly(made)
        yield made


def mint_in_every_way(site: Site) -> None:
    """Make tokens through every operation that makes one, and by an identity's own key."""
    assert site.ask("POST", "/v1/namespaces", {"id": "team"}).status == 201
    account = new_account_id()
    chosen = site.note("bootstrap", new_token("prod", account))
    token = {"token_id": token_id(chosen), "env_tag": "prod", "created_at": int(time.time())}
    body = {"service_account_id": account, "display_name": "team", "namespace": "team", "with_token": token}
    assert site.ask("POST", "/v1/bootstrap/service-account", body).status == 201
    row = site.ask("POST", "/v1/service-accounts", {"name": "worker", "actors": ["*"]}).body
    site.note("account", row["api_key"])
    made = site.ask("POST", "/v1/tokens", {"service_account_id": row["id"], "env_tag": "test"}).body
    site.note("token", made["bearer"])
    turned = site.ask("POST", f"/v1/tokens/{made['token_id']}/rotate", token=made["bearer"]).body
    site.note("rotate self", turned["bearer"])
    keyed = site.ask("POST", "/v1/service-accounts", {"name": "keyed", "actors": ["*"]}).body
    site.note("account before its key was rotated", keyed["api_key"])
    site.note(
        "rotate key", site.ask("POST", f"/v1/service-accounts/{keyed['id']}/rotate-key").body["api_key"]
    )
    short = {"service_account_id": row["id"], "scopes": ["records:read"], "expires_at": int(time.time()) + 1}
    site.note("expired", site.ask("POST", "/v1/tokens", short).body["bearer"])
    gone = site.ask("POST", "/v1/tokens", {"service_account_id": row["id"]}).body
    site.note("revoked", gone["bearer"])
    assert site.ask("DELETE", f"/v1/tokens/{gone['token_id']}").status == 200
    ann = Identity.generate(site.folder.parent / f"{site.folder.name}-ann.pem")
    signed = site.ask("POST", "/v1/service-accounts", {"name": "ann", "actors": [ann.actor_did]}).body
    site.note("account of an identity", signed["api_key"])
    site.note("signed by an identity", ann.bearer(signed["id"], site.url)())
    site.note("never made", new_token("prod", new_account_id()))


def use_wrongly(site: Site) -> None:
    """Put every token where it does not belong: other headers, paths, queries, bodies, broken operations."""
    for token in site.secrets.values():
        with Connection(site.url, token=token) as connection:
            for target in ("/health/ready", "/v1/trust", f"/v1/none/{token}", f"/v1/threads?cursor={token}"):
                connection.get(f"{target}{'&' if '?' in target else '?'}token={token}")
            headers = {
                "x-syncropel-actor": f"did:example:{token}",
                "last-event-id": token,
                "x-request-id": token,
            }
            connection.request("GET", "/v1/threads", headers=headers)
            connection.request("GET", "/v1/threads", headers={"authorization": f"Basic {token}"})
            connection.request(
                "GET", "/v1/threads", headers={"host": f"{token}.example", "origin": f"https://{token}"}
            )
            for body in (
                {"act": token},
                {"name": "x", token: token},
                {"id": token},
                {"scopes": [token], "name": "y"},
            ):
                for target in (
                    "/v1/records",
                    "/v1/service-accounts",
                    "/v1/namespaces",
                    "/v1/tokens",
                    "/v1/records/query",
                ):
                    connection.request("POST", target, json.dumps(body).encode(), JSON_HEADERS)
            connection.request("POST", "/v1/records", token.encode(), JSON_HEADERS)
            connection.request("DELETE", f"/v1/tokens/{token}")
            connection.request("DELETE", f"/v1/service-accounts/{token}")
        exchange(site.address, f"GET /{token}\r\nauthorization: {token}\r\n\r\n".encode(), finish=True)
        exchange(site.address, f"{token} / HTTP/1.1\r\n\r\n".encode(), finish=True)


def use_rightly(site: Site) -> None:
    """Emit, read, watch and infer with the tokens that are in force, through the client and without it."""
    for way in ("made without a daemon", "account", "rotate self", "rotate key"):
        token = site.secrets[way]
        did = f"did:example:{way.replace(' ', '-')}"
        with SyncClient(endpoint=site.url, api_key=token, identity=Identity.static(did)) as client:
            assert client.emit("KNOW", "a.b.c", {"n": 1}, "th_leaks").error is None
            assert client.query_thread("th_leaks")
            assert client.infer(QUERY).answer is not None
        with Watch(site.url, "th_leaks", since_clock=0, token=token) as watch:
            assert watch.records(1)
    assert site.ask("GET", "/v1/threads", token=site.secrets["signed by an identity"]).status == 200


def shapes(secret: str) -> Iterator[bytes]:
    """Yield what would give a secret away: the whole, its secret part alone, and both once encoded."""
    parts = {secret, secret.rpartition("." if secret.count(".") == 2 else "_")[2]}
    for part in parts:
        yield part.encode()
        yield part.encode().hex().encode()
        yield base64.b64encode(part.encode()).rstrip(b"=")[:-2]
        yield part.encode("utf-16-le")


def found_in(content: bytes, site: Site) -> list[str]:
    """Return the ways whose secrets are in some bytes."""
    return [way for way, secret in site.secrets.items() if any(shape in content for shape in shapes(secret))]


def test_no_file_of_the_daemon_holds_a_secret(site: Site) -> None:
    """Database, write-ahead log, notes, log, output: all of them while it runs, none with any token."""
    wait_for(lambda: b"planted" in (site.folder / "stderr.txt").read_bytes(), "the tracebacks")
    files = [path for path in site.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {
        "records.db",
        "records.db-wal",
        "records.db.daemon.json",
        "records.db.token-key",
        "stderr.txt",
    } <= names
    assert {path.name: found for path in files if (found := found_in(path.read_bytes(), site))} == {}


def test_the_log_was_worth_the_search(site: Site) -> None:
    """Requests, tracebacks of both broken operations and refused tokens are in it, without the secrets."""
    text = (site.folder / "stderr.txt").read_text()
    for wanted in (
        "GET /v1/threads?cursor=***",
        "RuntimeError: planted",
        "LookupError: planted",
        "TRACE:uvicorn.asgi",
    ):
        assert wanted in text


def test_no_record_and_no_answer_holds_a_secret(site: Site) -> None:
    """Every record of every thread, the audit trail among them, and every list that an administrator sees."""
    seen = 0
    after = 0
    while True:
        target = (
            f"/v1/records?since_clock=0&limit=1000&cursor={after}"
            if after
            else "/v1/records?since_clock=0&limit=1000"
        )
        page = site.ask("GET", target)
        assert page.status == 200, page
        assert found_in(json.dumps(page.body).encode(), site) == []
        seen += len(page.body["data"])
        after = page.body["next_cursor"]
        if not after:
            break
    assert seen >= 20
    threads = site.ask("GET", "/v1/threads?limit=1000").body["data"]
    assert "th_engine_access" in {thread["id"] for thread in threads}
    for target in (
        "/v1/threads?limit=1000",
        "/v1/service-accounts",
        "/v1/tokens",
        "/v1/namespaces",
        "/v1/identity",
    ):
        assert found_in(json.dumps(site.ask("GET", target).body).encode(), site) == []


def test_no_refusal_repeats_a_secret(site: Site) -> None:
    """Whoever puts a token into a path or a body gets a refusal without it."""
    token = site.secrets["account"]
    targets = (
        f"/v1/none/{token}",
        f"/v1/records/{token}",
        f"/v1/threads/{token}",
        f"/v1/threads?cursor={token}",
    )
    for answer in (
        *(site.ask("GET", target) for target in targets),
        site.ask("POST", "/v1/records", record(act=token)),
        site.ask("POST", "/v1/service-accounts", {"name": "x", "scopes": [token]}),
        site.ask("POST", "/v1/namespaces", {"id": token}),
        site.ask("DELETE", f"/v1/tokens/{token}"),
    ):
        assert answer.status >= 400, answer
        assert found_in(json.dumps(answer.body).encode(), site) == []


def test_the_search_finds_what_is_there(site: Site) -> None:
    """The check can fail: each secret is found in a text that holds it, whole or in part."""
    for way, secret in site.secrets.items():
        assert found_in(f"x {secret} y".encode(), site) == [way]
        assert way in found_in(base64.b64encode(secret.encode()), site)
