"""Namespaces at ingest: the whole chain must be there and open; and what a token may write where."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.access.caller import Caller as Who
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.schema import APPLICATION_ID, MIGRATIONS
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.canonical import canonical_bytes

from .support import Caller, build_kernel, record, register


def body(namespace: Any) -> dict[str, Any]:
    """Return a body in a namespace."""
    return {"kind": "a.b.c", "namespace": namespace}


def refused(reply: Reply, code: str = "NAMESPACE_REJECTED") -> str:
    """Check a refusal and return its message."""
    assert (reply.status, reply.body["code"]) == (403, code), reply.body
    return str(reply.body["message"])


def test_the_default_namespace_is_always_there(ask: Caller) -> None:
    """A record without a namespace, or in `default`, needs nothing registered."""
    for clock, namespace in enumerate((None, "", "default")):
        assert ask.emit(body=body(namespace), clock=clock).body["namespace"] == "default"


@pytest.mark.parametrize("name", ["a", "a/b", "a/b/c/d"])
def test_an_unregistered_namespace_is_refused(ask: Caller, name: str) -> None:
    """A namespace that nobody registered is named in the refusal, the outermost missing one first."""
    assert "'a'" in refused(ask.emit(body=body(name)))
    assert ask.kernel.last_sequence() == 0


def test_every_ancestor_must_be_registered(ask: Caller) -> None:
    """The message names the ancestor that is missing, and what it is above."""
    register(ask.kernel, "a", "a/b/c")
    message = refused(ask.emit(body=body("a/b/c")))
    assert "'a/b'" in message
    assert "a/b/c" in message
    register(ask.kernel, "a/b")
    assert ask.emit(body=body("a/b/c")).status == 201


@pytest.mark.parametrize("closed", ["a", "a/b", "a/b/c"])
def test_every_ancestor_must_be_active(ask: Caller, closed: str) -> None:
    """One closed link of the chain is enough, and it is the one that is named; opened again, all is well."""
    register(ask.kernel, "a", "a/b", "a/b/c")
    register(ask.kernel, closed, active=False)
    message = refused(ask.emit(body=body("a/b/c")))
    assert repr(closed) in message
    assert "not active" in message
    register(ask.kernel, closed)
    assert ask.emit(body=body("a/b/c")).status == 201


def test_what_is_stored_stays_when_its_namespace_is_closed(ask: Caller) -> None:
    """Closing a namespace takes no new records; stored ones are read, and posted again as before."""
    register(ask.kernel, "a")
    first = ask.emit(body=body("a")).body
    register(ask.kernel, "a", active=False)
    again = ask.emit(body=body("a"))
    assert (again.status, again.body) == (200, first)
    assert ask.found(namespace="a") == [1]
    refused(ask.emit(body=body("a"), clock=1))


@pytest.mark.parametrize("name", ["A", "a b", "/a", "a/", "a//b", "a/b/c/d/e", "ä", "a\0"])
def test_text_that_is_no_namespace_is_refused(ask: Caller, name: str) -> None:
    """A name against the grammar can belong to nobody."""
    assert "no namespace" in refused(ask.emit(body=body(name)))


def as_caller(kernel: Kernel, who: Who, **fields: Any) -> Reply:
    """POST a record as somebody."""
    request = Request("POST", "/v1/records", {}, canonical_bytes(record(**fields)))
    return kernel.handle(request, caller=who)


def who(*scopes: str, namespace: str = "default", actors: tuple[str, ...] = ("*",)) -> Who:
    """Return a caller as authentication would."""
    return Who("sa_x", "did:sync:system:sa_x", "x", "t", frozenset(scopes), namespace, actors)


def test_a_token_writes_in_its_own_namespace_and_below(ask: Caller) -> None:
    """Everything else is out of reach, `default` too; the account of `default` reaches all."""
    register(ask.kernel, "team", "team/a", "team/a/x", "team/b", "teams")
    mine = who("records:write", namespace="team/a")
    for clock, name in enumerate(("team/a", "team/a/x")):
        assert as_caller(ask.kernel, mine, body=body(name), clock=clock).status == 201
    for name in ("team", "team/b", "teams", "default"):
        message = refused(as_caller(ask.kernel, mine, body=body(name), clock=9), "SCOPE_FORBIDDEN")
        assert repr(name) in message
    everybody = who("records:write")
    for clock, name in enumerate(("team", "teams", "default")):
        assert as_caller(ask.kernel, everybody, body=body(name), clock=20 + clock).status == 201


def test_grains_allow_single_threads_and_namespaces(ask: Caller) -> None:
    """A grain for writing is enough for what it names and for nothing else; one for reading is for none."""
    register(ask.kernel, "team", "team/a", "team/a/x")
    grained = who("thread:t1:write", "namespace:team/a:write", "thread:t2:read", namespace="team")
    assert as_caller(ask.kernel, grained, thread="t1").status == 201
    assert as_caller(ask.kernel, grained, thread="t3", body=body("team/a/x")).status == 201
    for thread in ("t2", "t4"):
        refused(as_caller(ask.kernel, grained, thread=thread, body=body("team")), "SCOPE_FORBIDDEN")


def test_the_engines_threads_need_the_scope_for_configuration(ask: Caller) -> None:
    """Whoever may write records may not configure the engine by that alone."""
    refused(as_caller(ask.kernel, who("records:write"), thread="th_engine_config"), "SCOPE_FORBIDDEN")
    able = who("records:write", "config:write")
    assert as_caller(ask.kernel, able, thread="th_engine_config").status == 201
    for anybody in (able, who("admin")):
        refused(as_caller(ask.kernel, anybody, thread="th_engine_access"), "DID_CLAIM_DENIED")


@pytest.mark.parametrize(
    ("actors", "actor", "allowed"),
    [
        ((), "did:sync:system:sa_x", True),
        ((), "did:example:test", False),
        (("did:example:test",), "did:example:test", True),
        (("did:example:test",), "did:example:tester", False),
        (("did:example:*",), "did:example:tester", True),
        (("*",), "did:any:body", True),
    ],
)
def test_a_token_writes_as_the_actors_of_its_account(
    ask: Caller, actors: tuple[str, ...], actor: str, allowed: bool
) -> None:
    """The record's actor must be the account's own DID or one that it was given."""
    reply = as_caller(ask.kernel, who("records:write", actors=actors), actor=actor)
    if allowed:
        assert reply.status == 201
    else:
        assert actor in refused(reply, "DID_CLAIM_DENIED")
        assert "spl service-account" in reply.body["hint"]


def test_an_older_store_keeps_the_namespaces_it_uses(tmp_path: Path) -> None:
    """Bringing a store forward registers what its records use, with what is above, so that emits go on."""
    older = sqlite3.connect(tmp_path / "hub.db")
    for statement in (each for step in MIGRATIONS[:2] for each in step):
        older.execute(statement)
    used = ["default", "x/y/z", "solo", "Bad", "a/b/c/d/e", "/slash"]
    for clock, name in enumerate(used):
        older.execute(
            "INSERT INTO records (id, thread, actor, act, clock, data_type, namespace, created_at, parents,"
            " body) VALUES (?, 't', 'did:x', 'PUT', ?, 'SCALAR', ?, 0, '[]', '{}')",
            (f"id{clock}", clock, name),
        )
    older.execute(
        "INSERT INTO threads VALUES (1, 't', 6, 6, 5, 'default', 'open', NULL, NULL)",
    )
    older.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    older.execute("PRAGMA user_version = 2")
    older.commit()
    older.close()
    ask = Caller(build_kernel(SqliteStore(tmp_path / "hub.db")))
    rows = ask.kernel.read(lambda tx: tx.execute("SELECT id, active FROM namespaces ORDER BY id"))
    assert rows == [(name, 1) for name in ("default", "solo", "x", "x/y", "x/y/z")]
    assert ask.kernel.read(lambda tx: tx.execute("SELECT mixed FROM threads")) == [(1,)]
    assert ask.emit(body=body("x/y/z"), clock=50).status == 201
    ask.kernel.close()
