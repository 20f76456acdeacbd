"""A daemon that asks for tokens, something in a namespace of it, and a fitting request for each operation."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from syncropel.daemon.local import LocalDaemon
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.scopes import ADMIN, DEFAULT_NAMESPACE, SCOPES
from syncropel.rules.tokens import token_id

HOME, FOREIGN = "team/a", "team/b"
THREAD = "team.a.thread"
ACTOR = "did:example:someone"
STREAM = "text/event-stream"
FAMILIES = ("kv", "queue", "stream", "pubsub")


class Seen(NamedTuple):
    """One answer: its status, the error code if it is a refusal, its whole text and its headers."""

    status: int
    code: str | None
    text: str
    headers: httpx.Headers

    @property
    def message(self) -> str:
        """What a refusal says, in either of its two forms."""
        body = json.loads(self.text)
        return str(body["message"] if "message" in body else body["error"])


class Stage:
    """The daemon, and what the requests are about: all of it is in the namespace `team/a`.

    Args:
        daemon: A running daemon with authentication.
    """

    def __init__(self, daemon: LocalDaemon) -> None:
        self.contract = load_openapi()
        self.routes = {row["operation_id"]: row for row in load_routes()}
        self._http = httpx.Client(base_url=daemon.url, timeout=10, trust_env=False)
        self._kernel = daemon.kernel
        self._numbers = itertools.count(1)
        self._tokens: dict[tuple[tuple[str, ...], str], str] = {}
        self.expired = self._kernel.mint(expires_at=int(time.time()) + 1)
        self._admin = {"authorization": f"Bearer {daemon.token}"}
        self.foreign = self.token(ADMIN, namespace=FOREIGN)
        self.modest = self._kernel.mint(actors=())
        self.revoked = self._kernel.mint()
        self._done("DELETE", f"/v1/tokens/{token_id(self.revoked)}")
        self._kernel.mint(namespace=HOME)
        self._done("POST", "/v1/actors", {"did": ACTOR, "kind": "actor"})
        self.record = self.emit("a.b.c")["id"]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def token(self, *scopes: str, namespace: str = DEFAULT_NAMESPACE) -> str:
        """Return a token with some scopes, the same one every time."""
        key = (scopes, namespace)
        if key not in self._tokens:
            self._tokens[key] = self._kernel.mint(scopes, namespace=namespace)
        return self._tokens[key]

    def fresh(self, *scopes: str) -> str:
        """Return a token with some scopes that nobody else is given."""
        return self._kernel.mint(scopes)

    def wait_for_expiry(self) -> None:
        """Return when the token that expires has expired."""
        deadline = time.monotonic() + 10
        while self.send(("GET", "/v1/identity", None), self.expired).status != 401:
            assert time.monotonic() < deadline, "the token does not expire"
            time.sleep(0.02)

    def emit(self, kind: str, **body: Any) -> dict[str, Any]:
        """Store a record of the namespace and return it."""
        return self._done("POST", "/v1/records", self._record(kind, **body))

    def send(self, request: tuple[str, str, Any], token: str | None, **headers: str) -> Seen:
        """Send a request, with a token as `Authorization: Bearer` unless headers are given."""
        method, target, value = request
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        content = value if isinstance(value, bytes) else None if value is None else json.dumps(value).encode()
        if content is not None:
            headers["content-type"] = "application/json"
        with self._http.stream(method, target, content=content, headers=headers) as answer:
            if answer.headers.get("content-type", "").startswith(STREAM):
                return Seen(answer.status_code, None, "", answer.headers)
            text = answer.read().decode()
        body = json.loads(text)
        code = None
        if isinstance(body, dict) and answer.status_code >= 400:
            code = body.get("error_code", body.get("code"))
        return Seen(answer.status_code, code, text, answer.headers)

    def request(self, operation: str, token: str | None = None) -> tuple[str, str, Any]:
        """Return a request of one operation that fits the contract, about things of its own.

        Args:
            operation: The operation.
            token: The token that it will be sent with; `rotateToken` names it.
        """
        route = self.routes[operation]
        path = route["path"]
        for name in ("record_id", "thread_id", "decision_id", "did", "namespace"):
            path = path.replace(f"{{{name}}}", quote(self._name(name, operation), safe=""))
        if "{service_account_id}" in path:
            path = path.replace("{service_account_id}", self.account())
        if "{token_id}" in path:
            path = path.replace("{token_id}", token_id(token or self._kernel.mint(namespace=HOME)))
        if route["tag"] in FAMILIES:
            path = self._of_family(operation, path)
        queries = {"listRecords": f"?thread={THREAD}", "lookupActor": f"?did={quote(ACTOR)}"}
        queries |= {"pubsubWatch": "?topics=news", "kvGetRange": "?start=0&end=-1"}
        query = queries.get(operation, "")
        return route["method"], path + query, self._body(operation)

    def _of_family(self, operation: str, path: str) -> str:
        """Return the path of an operation on a queue, a stream and so on that is there, as it expects it."""
        queue, room = "jobs", "notifications"
        # What is made in another namespace must not be what others look for there.
        new = f"new-{next(self._numbers)}"
        self.command("queue.create", name=queue)
        self.command("stream.get_or_create", room=room)
        self.command("pubsub.subscribe", topics=["news"], subscriber_id="sub-1")
        if operation in ("streamCreate", "streamEnsure"):
            room = new
        if operation == "queueCreate":
            queue = new
        values = {"key": "user:1", "name": queue, "consumer_id": "worker-1", "room": room, "topic": "news"}
        for name, value in {**values, "subscriber_id": "user-1"}.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return path

    def command(self, command: str, /, **payload: Any) -> Any:
        """Carry out a command as the administrator and return its answer."""
        answer = self._done("POST", "/api/v1/command", {"command": command, "payload": payload})
        assert answer["success"], answer
        return answer["payload"]

    def account(self) -> str:
        """Return the id of a service account of the namespace, made for this call."""
        created = {"name": "victim", "namespace": HOME}
        return str(self._done("POST", "/v1/service-accounts", created)["id"])

    def listed(self, operation: str, status: int) -> dict[str, Any] | None:
        """Return what the contract says about one status of an operation, None when it does not list it."""
        route = self.routes[operation]
        node = self.contract["paths"][route["path"]][route["method"].lower()]
        found = node["responses"].get(str(status))
        if found is None or "$ref" not in found:
            return found  # type: ignore[no-any-return]
        return self.contract["components"]["responses"][found["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]

    def _name(self, name: str, operation: str) -> str:
        if name == "decision_id":
            return str(self.emit("a.b.request", awaits="actor_decision")["id"])
        if name == "did" and operation.endswith("IdentityKeys"):
            return "did:web:team.example"
        return {"record_id": self.record, "thread_id": THREAD, "did": ACTOR, "namespace": HOME}[name]

    def _body(self, operation: str) -> Any:
        route = self.routes[operation]
        node = self.contract["paths"][route["path"]][route["method"].lower()]
        if "requestBody" not in node:
            return None
        if operation == "emitRecord":
            return self._record("a.b.c")
        if operation == "registerActor":
            return {"did": "did:example:other", "kind": "actor"}
        if operation == "createToken":
            return {"service_account_id": self.account(), "scopes": ["records:read"]}
        if operation == "createServiceAccount":
            return {"name": "new", "namespace": HOME}
        if operation == "createNamespace":
            return {"id": f"{HOME}/n{next(self._numbers)}"}
        if operation == "updateNamespace":
            return {"active": True}
        if operation == "queryRecords":
            return {"thread": THREAD}
        if operation in ("queueAck", "queueNack", "queueExtend"):
            self.command("queue.publish", queue="jobs", payload=[1])
            taken = self.command("queue.consume", queue="jobs", consumer_id="worker-1")["message"]
            return {"message_id": taken["id"], "requeue": False, "seconds": 5}
        examples = node["requestBody"]["content"]["application/json"]["examples"]
        return next(iter(examples.values()))["value"]

    def _record(self, kind: str, **body: Any) -> dict[str, Any]:
        fields = {"act": "KNOW", "actor": ACTOR, "thread": THREAD, "clock": next(self._numbers)}
        return {**fields, "body": {"kind": kind, "namespace": HOME, **body}}

    def _done(self, method: str, path: str, value: Any = None) -> dict[str, Any]:
        answer = self._http.request(method, path, json=value, headers=self._admin)
        assert answer.is_success, answer.text
        return answer.json()  # type: ignore[no-any-return]


def too_narrow(scope: str) -> tuple[str, ...]:
    """Return every scope but the one, and but `admin`, which is enough for all."""
    return tuple(each for each in SCOPES if each not in (scope, ADMIN))


def documented_scopes(root: Path) -> dict[str, str]:
    """Return the scope of each operation as the table in `docs/security.md` has it."""
    text = (root / "docs" / "security.md").read_text(encoding="utf-8")
    table = text.partition("<!-- scripts/docs: routes and scopes -->")[2].partition("<!--")[0]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.strip().split("\n")[2:]]
    return {operation: scope for _, operation, scope in rows}
