"""Where a scenario runs: an address, raw HTTP, and clients. It notes what was asked and answered."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx

from syncropel import Client, Identity, SyncClient
from syncropel.store import AsyncSynapClient, SynapClient

ALICE = "did:sync:user:alice"
BOB = "did:sync:user:bob"
HEADERS_THAT_MATTER = ("allow", "content-type", "retry-after", "cache-control")
MASKS = {
    "request_id": "<request id>",
    "store": "<store>",
    "created_at": "<time>",
    "started_at": "<time>",
    "uptime_s": "<seconds>",
    "version": "<version>",
    "instance_did": "<did>",
}


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OF_THE_MOMENT = ("timestamp", "deadline", "dead_at", "created_at", "generation", "request_id")


class Seen(NamedTuple):
    """One answer."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The error code of the answer, or None."""
        if not isinstance(self.body, dict):
            return None
        code: str | None = self.body.get("error_code", self.body.get("code"))
        return code

    @property
    def ids(self) -> list[str]:
        """The ids of a list's rows."""
        return [row["id"] for row in self.body["data"]]

    def plain(self) -> dict[str, Any]:
        """Return what must be equal everywhere: status, body and headers, with what may differ masked."""
        return {"status": self.status, "body": masked(self.body), "headers": self.headers}


class Place:
    """A back end that runs. Every raw call and every error code is noted for the coverage tests.

    Attributes:
        guarded: A second one of the same kind that asks for tokens; None for a back end that is one itself.
        token: The token that every call carries; None for none.
    """

    def __init__(self, name: str, base_url: str, transport: Any = None, guarded: Place | None = None) -> None:
        self.name = name
        self.guarded = guarded
        self.token: str | None = None
        self.base_url = base_url
        self.transport = transport
        self.asked: list[tuple[str, str]] = []
        self.codes: set[str] = set()
        self.http = httpx.Client(
            base_url=base_url,
            transport=transport,
            timeout=30,
            trust_env=False,
            event_hooks={"request": [self._note]},
        )

    def _note(self, request: httpx.Request) -> None:
        self.asked.append((request.method, request.url.raw_path.decode("ascii").partition("?")[0]))

    def bearing(self, token: str) -> Place:
        """Return the same place for a caller with a token."""
        other = copy.copy(self)
        other.token = token
        return other

    def call(self, method: str, path: str, **options: Any) -> Seen:
        """Send one request and return its answer; `body` sends bytes as they are, as JSON."""
        if "body" in options:
            options["content"] = options.pop("body")
            options.setdefault("headers", {"content-type": "application/json"})
        options["headers"] = {**self._proof(), **options.get("headers", {})}
        response = self.http.request(method, path, **options)
        kind = response.headers.get("content-type", "")
        body = response.json() if kind.startswith("application/json") else response.text
        headers = {name: response.headers[name] for name in HEADERS_THAT_MATTER if name in response.headers}
        headers["x-request-id"] = "present" if response.headers.get("x-request-id") else "absent"
        seen = Seen(response.status_code, body, headers)
        if seen.code:
            self.codes.add(seen.code)
        return seen

    def _proof(self) -> dict[str, str]:
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}

    def get(self, path: str, **params: Any) -> Seen:
        """GET with query parameters."""
        return self.call("GET", path, params=params)

    def post(self, path: str, value: Any) -> Seen:
        """POST a JSON value."""
        # Encoded here: httpx takes the value None for "no body".
        return self.call("POST", path, body=json.dumps(value).encode())

    def emit(self, **changes: Any) -> Seen:
        """POST a record: a small one, but for the changes given; a change to `...` leaves the field out."""
        return self.post("/v1/records", record(**changes))

    def command(self, name: str, /, **payload: Any) -> Any:
        """Carry out a command and return what became of it, without what may differ: payload, or refusal."""
        seen = self.post("/api/v1/command", {"command": name, "request_id": "r", "payload": payload})
        body = seen.body
        if seen.status != 200:
            return {"status": seen.status, **shown(body)}
        assert (body["request_id"], body["success"]) == ("r", body["error"] is None), body
        if body["success"]:
            return shown(body["payload"])
        return {"error": shown(body["error"]), "code": body["code"], "error_code": body["error_code"]}

    def route(self, method: str, path: str, value: Any = ..., **params: Any) -> Any:
        """Send one request to a route of the families and return status and body, without what may differ."""
        body = {} if value is ... else {"body": json.dumps(value).encode()}
        seen = self.call(method, path, params=params, **body)
        return [seen.status, shown(seen.body)]

    def store(self, **options: Any) -> SynapClient:
        """Return a synchronous client of keys, queues, streams and topics."""
        return SynapClient(self.base_url, **self._store_arguments(options))

    def async_store(self, **options: Any) -> AsyncSynapClient:
        """Return an asynchronous client of keys, queues, streams and topics."""
        return AsyncSynapClient(self.base_url, **self._store_arguments(options))

    def _store_arguments(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"transport": self.transport, "api_key": self.token or "", **options}

    def query(self, **request: Any) -> Seen:
        """POST a rich query."""
        return self.post("/v1/records/query", request)

    def client(self, actor: str = ALICE, **options: Any) -> Client:
        """Return an asynchronous client of this back end."""
        return Client(**self._arguments(actor, options))

    def sync_client(self, actor: str = ALICE, **options: Any) -> SyncClient:
        """Return a synchronous client of this back end."""
        return SyncClient(**self._arguments(actor, options))

    def _arguments(self, actor: str, options: dict[str, Any]) -> dict[str, Any]:
        plain = {"endpoint": self.base_url, "identity": Identity.static(actor), "backoff_ms": 0}
        return {**plain, "transport": self.transport, "api_key": self.token, **options}

    @contextlib.contextmanager
    def watch(
        self, thread: str, *, last_event_id: str | None = None, **params: Any
    ) -> Iterator[Iterator[Frame]]:
        """Open a watch stream and give its frames, heartbeats left out; closed at the end of the block."""
        with self.events(f"{at(thread)}/watch", last_event_id=last_event_id, **params) as frames:
            yield frames

    @contextlib.contextmanager
    def events(
        self, path: str, *, last_event_id: str | None = None, **params: Any
    ) -> Iterator[Iterator[Frame]]:
        """Open any event stream and give its frames, heartbeats left out; closed at the end of the block."""
        headers = {"accept": "text/event-stream", **self._proof()}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        with self.http.stream("GET", path, params=params, headers=headers) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            frames = read_frames(response.iter_raw())
            # The first frame is the heartbeat that says the watch has begun: later records are live ones.
            first = next(frames)
            assert (first.event, first.cursor is None) == ("heartbeat", False), first
            yield (frame for frame in frames if frame.event != "heartbeat")


class Frame(NamedTuple):
    """One server-sent event."""

    event: str
    cursor: str | None
    data: Any


def read_frames(chunks: Iterator[bytes]) -> Iterator[Frame]:
    """Yield the events of a stream of bytes, by the rules of the event-stream format."""
    kept = b""
    for chunk in chunks:
        kept += chunk
        while b"\n\n" in kept:
            block, kept = kept.split(b"\n\n", 1)
            lines = block.decode("utf-8").split("\n")
            fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
            yield Frame(fields["event"], fields.get("id"), json.loads(fields["data"]))


def at(thread: str) -> str:
    """Return the path of a thread, with every reserved character percent-encoded."""
    # A dot is encoded too: an HTTP library takes `..` for "the folder above".
    return "/v1/threads/" + quote(thread, safe="").replace(".", "%2E")


def record(**changes: Any) -> dict[str, Any]:
    """Return a small valid record with changes; a change to `...` leaves the field out."""
    plain = {"act": "PUT", "actor": ALICE, "body": {"kind": "a.b.c"}, "clock": 0, "thread": "t"}
    return {name: value for name, value in {**plain, **changes}.items() if value is not ...}


def shown(value: Any) -> Any:
    """Return a value of the families with ids and times replaced by fixed texts."""
    if isinstance(value, dict):
        return {
            name: f"<{name}>" if name in OF_THE_MOMENT and member is not None else shown(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [shown(member) for member in value]
    return re.sub(UUID, "<id>", value) if isinstance(value, str) else value


def masked(value: Any) -> Any:
    """Return a JSON value with the members that may differ between back ends replaced by a fixed text."""
    if isinstance(value, dict):
        return {name: MASKS[name] if name in MASKS else masked(member) for name, member in value.items()}
    if isinstance(value, list):
        return [masked(member) for member in value]
    return value
