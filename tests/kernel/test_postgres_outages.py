"""The store in PostgreSQL when something goes wrong: slow statements, lost connections, a server away."""

from __future__ import annotations

import random
import subprocess
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from syncropel.kernel.store.errors import StoreFull, StoreUnavailable
from tests.cli.running import spl

from .postgres_support import opened, session
from .support import Caller, build_kernel
from .test_store import Gate, add, count, grouped

if TYPE_CHECKING:
    from ..support.postgres import OwnServer

pytestmark = pytest.mark.postgres


def test_a_statement_that_takes_too_long_is_stopped(database: str) -> None:
    """The time limit ends one statement; the store goes on."""
    with opened(database, statement_seconds=0.1) as store:
        for work in (store.read, store.write):
            with pytest.raises(StoreUnavailable, match="too long"):
                work(lambda transaction: transaction.execute("SELECT pg_sleep(20)"))
        assert store.write(add(1)) == 1
        assert count(store) == 1


def test_a_writer_that_stands_still_loses_its_turn(database: str) -> None:
    """A daemon that is paused within a transaction keeps the others waiting for a moment, not for ever."""
    with opened(database, turn_seconds=0.2) as stuck, opened(database) as other:
        gate = Gate()
        held = gate.close(stuck)
        assert other.write(add(1)) == 1
        gate.open()
        assert isinstance(held.exception(30), StoreUnavailable)
        assert stuck.write(add(2)) == 2
        assert count(other) == 2


def test_a_lost_connection_fails_the_group_and_nothing_is_doubled(database: str) -> None:
    """Whether a commit that broke off took place or not, posting again stores each record once."""
    with opened(database) as store, session(database) as admin:
        ask = Caller(build_kernel(store))
        assert ask.emit(clock=0).status == 201

        def end(_: Any) -> None:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
            )

        lost, emitted = grouped(store, [end, add(7)])
        assert isinstance(lost.exception(30), StoreUnavailable)
        assert isinstance(emitted.exception(30), StoreUnavailable)
        # The commit itself is done, and its answer is lost.
        session_of = store._session
        commit = session_of._commit

        def unheard(*arguments: Any) -> None:
            import psycopg

            commit(*arguments)
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        session_of._commit = unheard  # type: ignore[method-assign]
        reply = ask.emit(clock=1)
        assert (reply.status, reply.body["code"]) == (503, "STORE_UNAVAILABLE")
        assert int(reply.headers["retry-after"]) >= 1
        session_of._commit = commit  # type: ignore[method-assign]
        assert ask.emit(clock=1).status == 200
        assert [row["clock"] for row in ask.get("/v1/threads/t/records").body["data"]] == [0, 1]
        # Connections that died while nobody used them are replaced before anybody notices.
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
        )
        assert count(store) == 0
        assert ask.emit(clock=2).status == 201


def test_a_disk_without_room_is_no_outage() -> None:
    """The database's own words for a full disk become the fault that is answered with 507."""
    from psycopg import errors

    from syncropel.kernel.store.postgres_errors import translate

    assert isinstance(translate(errors.DiskFull("could not extend file")), StoreFull)
    assert isinstance(translate(errors.AdminShutdown("bye")), StoreUnavailable)
    assert "base/5" not in str(translate(errors.DiskFull('could not extend file "base/5/1"')))
    syntax = errors.SyntaxError("a fault of ours")
    assert translate(syntax) is syntax


def test_a_damaged_page_is_a_clear_answer_and_the_rest_goes_on(
    server: OwnServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands on a page that cannot be read is 503, as on SQLite, and other records are there."""
    with opened(server.url) as store, session(server.url) as admin:
        ask = Caller(build_kernel(store))
        for thread in "abcdef":
            assert ask.emit(thread=thread, body={"text": "x" * 500}).status == 201
        asked = "SELECT thread, pg_relation_filepath(tableoid) FROM records"
        places = dict(admin.execute(asked).fetchall())
        table = server.folder / "data" / places["a"]
        other = next(thread for thread, place in places.items() if place != places["a"])
    server.stop()
    content = bytearray(table.read_bytes())
    content[100:600] = b"?" * 500
    table.write_bytes(content)
    server.start()
    with opened(server.url) as store:
        ask = Caller(build_kernel(store))
        reply = ask.get("/v1/threads/a/records")
        assert (reply.status, reply.body["code"]) == (503, "STORE_UNAVAILABLE")
        assert len(ask.get(f"/v1/threads/{other}/records").body["data"]) == 1
    ran = spl(capsys, "doctor", "--store", server.url)
    assert (ran.code, "is damaged" in ran.err, "Traceback" in ran.err) == (2, True, False), ran


def limit_files(pid: int, size: str) -> None:
    """Let a process of a server make its files no larger than so many bytes."""
    from ..support.postgres import as_its_user

    subprocess.run(["prlimit", f"--fsize={size}:", "--pid", str(pid)], check=True, **as_its_user())


def test_a_database_that_cannot_grow_is_full_and_takes_more_when_it_can(server: OwnServer) -> None:
    """At the limit of its files writes are 507 and leave nothing, reads go on; then the next one is taken."""
    with opened(server.url) as store:
        ask = Caller(build_kernel(store))
        body = {"text": random.Random(1).randbytes(450_000).hex()}
        assert ask.emit(clock=0, body=body).status == 201
        connection = store._session._connection
        assert connection is not None
        limit_files(connection.info.backend_pid, str(17 * 1024 * 1024))  # its log needs 16
        replies = [ask.emit(clock=clock, body=body) for clock in range(1, 25)]
        taken = [reply.status for reply in replies].index(507)
        codes = {(reply.status, reply.body["code"]) for reply in replies[taken:]}
        assert codes == {(507, "STORE_CEILING_REACHED")}
        assert ask.get("/v1/threads/t").body["record_count"] == taken + 1
        limit_files(connection.info.backend_pid, "unlimited")
        after = ask.emit(clock=99, body=body)
        assert (after.status, after.body["sequence"]) == (201, taken + 2)


@pytest.fixture
def server() -> Iterator[OwnServer]:
    """Give a server that may be broken; what it acknowledges is on disk."""
    from ..support.postgres import OwnServer

    with OwnServer() as own:
        yield own


def test_a_database_that_restarts_is_waited_for(server: OwnServer) -> None:
    """While the database is away, callers are told 503 at once and when to come back; then all goes on."""
    with opened(server.url) as store:
        ask = Caller(build_kernel(store))
        assert ask.emit(clock=0).status == 201
        for end in (server.stop, server.kill):
            end()
            for _ in range(2):
                for reply in (ask.emit(clock=1), ask.get("/v1/threads/t/records")):
                    assert (reply.status, reply.body["code"]) == (503, "STORE_UNAVAILABLE")
                    assert int(reply.headers["retry-after"]) >= 1
            server.start()
            wait = threading.Event()
            for _ in range(200):
                if ask.emit(clock=1).status in (200, 201):
                    break
                wait.wait(0.05)
            records = ask.get("/v1/threads/t/records").body["data"]
            assert [row["sequence"] for row in records] == [1, 2]
