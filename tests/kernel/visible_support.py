"""What a caller may see, once more in plain Python over all rows: slow, obvious, and only for comparing."""

from __future__ import annotations

import json
from typing import Any

from syncropel.kernel.access.caller import Caller as Who
from syncropel.kernel.core import Kernel
from syncropel.kernel.course import store_record
from syncropel.kernel.messages import Reply, Request
from syncropel.rules.infer.plan import ENGINE_DID

from .support import Caller, in_path, record, register

Row = dict[str, Any]
NAMESPACES = ("default", "team", "team/a", "team/a/x", "team/b", "teams", "other")
# The names are traps: beginnings that only look alike, and case.
THREADS = ("t1", "t2", "t3", "th_engine_config", "TH_ENGINE_config", "th-engine_x", "th_engine")
ACTORS = ("did:example:ann", "did:example:ben")
RESPONDER = "did:sync:human:ann"


class Seen:
    """One caller's view of a store, from the rows that a caller without bounds is given.

    Args:
        rows: Every row of the store.
        scopes: The caller's scopes.
        namespace: The namespace of its account.
    """

    def __init__(self, rows: list[Row], scopes: list[str], namespace: str) -> None:
        self.all = rows
        self.scopes = scopes
        self.namespace = namespace
        self.rows = [row for row in rows if self.sees(row["namespace"], row["thread"])]
        self.ids = {row["id"] for row in self.rows}

    def sees(self, namespace: str, thread: str) -> bool:
        """Tell whether a record of a namespace and a thread may be seen."""
        if thread[: len("th_engine_")] == "th_engine_" and not {"config:read", "admin"} & set(self.scopes):
            return False
        if f"thread:{thread}:read" in self.scopes:
            return True
        return any(
            space in ("default", namespace)
            or namespace.split("/")[: space.count("/") + 1] == space.split("/")
            for space in self.spaces
        )

    @property
    def spaces(self) -> list[str]:
        """The namespaces that are reached with everything below."""
        found = [scope.split(":")[1] for scope in self.scopes if scope.startswith("namespace:")]
        found = [space for space in found if f"namespace:{space}:read" in self.scopes]
        return [*found, self.namespace] if {"records:read", "admin"} & set(self.scopes) else found

    def threads(self) -> list[str]:
        """Return the threads that are seen: those of whose first record the namespace is."""
        first: dict[str, Row] = {}
        for row in self.all:
            first.setdefault(row["thread"], row)
        return [name for name, row in first.items() if self.sees(row["namespace"], name)]

    def on(self, thread: str) -> list[Row]:
        """Return the visible rows of a thread."""
        return [row for row in self.rows if row["thread"] == thread]

    def summary(self, thread: str) -> Row:
        """Return what is counted on a thread."""
        rows = self.on(thread)
        return {
            "record_count": len(rows),
            "last_clock": max(row["clock"] for row in rows),
            "last_sequence": max(row["sequence"] for row in rows),
        }

    def opener(self, thread: str) -> str | None:
        """Return who opened a thread, if that record is visible."""
        opening = next((row for row in self.all if row["thread"] == thread and row["act"] == "INTEND"), None)
        return opening["actor"] if opening and opening["id"] in self.ids else None

    def participants(self, thread: str) -> list[Row]:
        """Return who wrote on a thread, as far as it is visible."""
        found: dict[str, Row] = {}
        for row in self.on(thread):
            part = found.setdefault(
                row["actor"], {"actor": row["actor"], "record_count": 0, "last_clock": 0, "roles": set()}
            )
            part["record_count"] += 1
            part["last_clock"] = max(part["last_clock"], row["clock"])
            if row["actor"] == self.opener(thread):
                part["roles"].add("opener")
            if row["act"] == "KNOW" and isinstance(row["body"].get("verdict"), str):
                part["roles"].add("reviewer")
        return [{**part, "roles": sorted(part["roles"])} for part in found.values()]

    def pending(self) -> list[str]:
        """Return what awaits a decision and is visible."""
        resolved = {row["body"].get(name) for row in self.all for name in ("fulfills", "cancels")}
        return [
            row["id"]
            for row in self.rows
            if row["act"] == "KNOW" and "awaits" in row["body"] and row["id"] not in resolved
        ]

    def calls(self) -> list[str]:
        """Return the open calls for the responder that are visible."""
        return [row["id"] for row in self.rows if row["act"] == "CALL"]


class View:
    """Asks a kernel as one caller."""

    def __init__(self, kernel: Kernel, scopes: list[str], namespace: str) -> None:
        self.kernel = kernel
        self.who = Who("sa_x", "did:sync:system:sa_x", "x", "t", frozenset(scopes), namespace, ("*",))

    def send(self, method: str, target: str, value: Any = None) -> Reply:
        """Send a JSON value."""
        body = b"" if value is None else json.dumps(value).encode()
        return self.kernel.handle(Request(method, target, {}, body), caller=self.who)

    def ok(self, target: str, value: Any = None) -> Any:
        """Return the body of an answer that must be 200."""
        reply = self.send("GET" if value is None else "POST", target, value)
        assert reply.status == 200, reply.body
        return reply.body

    def pages(self, target: str) -> list[Row]:
        """Follow the cursors of a list, two rows at a time, and return all of it."""
        found: list[Row] = []
        mark = "&" if "?" in target else "?"
        page = self.ok(f"{target}{mark}limit=2")
        while True:
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            assert page["data"], "a page with a cursor is not empty"
            page = self.ok(f"{target}{mark}limit=2&cursor={page['next_cursor']}")

    def queried(self, **request: Any) -> list[Row]:
        """Follow the cursors of a query, two rows at a time; the total must be what came."""
        found: list[Row] = []
        page = self.ok("/v1/records/query", {**request, "limit": 2})
        total = page["matched_total"]
        while True:
            found += page["data"]
            assert page["matched_total"] == total
            if page["next_cursor"] is None:
                assert len(found) == total
                return found
            page = self.ok("/v1/records/query", {**request, "limit": 2, "cursor": page["next_cursor"]})

    def watched(self, thread: str, since: int) -> list[Row]:
        """Return what a watch stream replays."""
        reply = self.send("GET", f"/v1/threads/{in_path(thread)}/watch?since_clock={since}")
        assert reply.watch is not None
        place, found = self.kernel.watch_start(reply.watch), []
        while page := self.kernel.watch_page(thread, place, 2, reply.watch.filter_from(place)):
            found += page
            place = page[-1]["sequence"]
        return found


def fill(ask: Caller, deeds: list[tuple[str, str, str, str, int]]) -> list[Row]:
    """Store records and return every row of the store.

    Args:
        ask: A caller without bounds.
        deeds: Act, thread, actor, namespace and a number that decides what is in the body.
    """
    register(ask.kernel, *NAMESPACES[1:])
    ask.post("/v1/actors", {"did": RESPONDER, "kind": "actor"})
    opened: dict[str, str] = {}
    asked: list[tuple[str, str, str]] = []
    for clock, (act, thread, actor, namespace, number) in enumerate(deeds):
        body: Row = {"kind": f"test.kind.k{number % 2}", "n": number, "_refs": [{"id": f"r:{number % 2}"}]}
        body["namespace"] = namespace
        if act == "KNOW" and number % 3 == 0:
            body["awaits"] = "actor_decision"
        elif act == "KNOW" and number % 3 == 1 and thread in opened:
            body["fulfills"] = opened[thread]
            body["verdict"] = "accept"
        elif act == "INTEND" and number % 2:
            body |= {"kind": "infer.query.v1", "input": {"inline": number}}
        reply = ask.emit(act=act, thread=thread, actor=actor, clock=clock, body=body)
        assert reply.status == 201, reply.body
        if act == "INTEND":
            opened.setdefault(thread, reply.body["id"])
        if body["kind"] == "infer.query.v1":
            asked.append((reply.body["id"], thread, namespace))
    for query, thread, namespace in asked:
        call = {"kind": "infer.call.v1", "correlation_id": query, "responder_did": RESPONDER}
        _engine(ask.kernel, "CALL", {**call, "namespace": namespace}, thread)
    rows: list[Row] = ask.get("/v1/records", since=0, limit=1000).body["data"]
    return rows


def _engine(kernel: Kernel, act: str, body: Row, thread: str) -> None:
    kernel.store.write(lambda tx: store_record(tx, act, ENGINE_DID, body, (), thread, kernel.now()))


def as_record(**fields: Any) -> Row:
    """Return a record to post."""
    return record(**fields)
