"""Several daemons on one database: what one writes, all know; what one leaves undone, another one does."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from syncropel.rules.limits import TOKEN_CACHE_SECONDS
from tests.kernel.access_support import bootstrap_body
from tests.support.daemons import Daemon, wait_for
from tests.support.sockets import JSON_HEADERS, Answer, Connection, Watch, record

from .inference_support import ask, command, configuration, end_of, query_body, rows

pytestmark = pytest.mark.postgres
BOOTSTRAP = "/v1/bootstrap/service-account"


class Cluster(NamedTuple):
    """Three daemons that ask for tokens, started at once on an empty database.

    Attributes:
        daemons: The daemons.
        database: The URL of their database.
        asked: What several strangers at each of them got who asked to be the first account.
        token: The token of the one who was let in.
    """

    daemons: list[Daemon]
    database: str
    asked: list[Answer]
    token: str


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Give the daemons; no test ends one of them."""
    from tests.support.postgres import fresh_database

    environ = {"SYNCROPEL_AUTH": "1", "XDG_DATA_HOME": str(tmp_path_factory.mktemp("data"))}
    with fresh_database() as url, ExitStack() as stack:
        daemons = at_once(url, 3, environ, stack)
        bodies = [bootstrap_body() for _ in range(9)]
        barrier = threading.Barrier(len(bodies))

        def be_first(number: int) -> Answer:
            with Connection(daemons[number % 3].url) as connection:
                barrier.wait()
                body = json.dumps(bodies[number][0]).encode()
                return connection.request("POST", BOOTSTRAP, body, JSON_HEADERS)

        with ThreadPoolExecutor(len(bodies)) as pool:
            asked = list(pool.map(be_first, range(len(bodies))))
        let_in = [token for (_, token), answer in zip(bodies, asked, strict=True) if answer.status == 201]
        yield Cluster(daemons, url, asked, let_in[0])


def at_once(url: str, count: int, environ: dict[str, str], stack: ExitStack) -> list[Daemon]:
    """Start daemons on a database at the same moment; they end with the stack."""
    with ThreadPoolExecutor(count) as pool:
        started = [pool.submit(Daemon, url, environ=environ) for _ in range(count)]
    daemons = [each.result() for each in started]
    for daemon in daemons:
        stack.callback(daemon.terminate)
    return daemons


def statement(database: str, sql: str) -> list[tuple[Any, ...]]:
    """Run a statement in the database."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()


def test_daemons_that_start_at_once_migrate_once(cluster: Cluster) -> None:
    """On an empty database each of them comes up, and the tables were made one time."""
    assert len({daemon.port for daemon in cluster.daemons}) == 3
    assert len(statement(cluster.database, "SELECT format FROM syncropel.syncropel_meta")) == 1
    assert statement(cluster.database, "SELECT count(*) FROM syncropel.head") == [(1,)]


def test_of_those_who_ask_to_be_first_one_is(cluster: Cluster) -> None:
    """Asked at the same moment through three daemons, one account is let in, and all of them know it."""
    assert sorted(answer.status for answer in cluster.asked) == [201] + [409] * 8
    for daemon in cluster.daemons:
        with Connection(daemon.url, token=cluster.token) as connection:
            assert connection.get("/v1/threads").status == 200


def test_a_token_that_one_daemon_revokes_no_daemon_takes(cluster: Cluster) -> None:
    """What is minted here works there at once; what is revoked here ends there within the time allowed."""
    here, there = cluster.daemons[:2]
    with Connection(here.url, token=cluster.token) as admin:
        body = json.dumps({"name": "reader", "scopes": ["records:read"]}).encode()
        made = admin.request("POST", "/v1/service-accounts", body, JSON_HEADERS).body
        with Connection(there.url, token=made["api_key"]) as reader:
            assert reader.get("/v1/threads").status == 200
            assert admin.request("DELETE", f"/v1/service-accounts/{made['id']}").status == 200
            revoked = time.monotonic()
            wait_for(lambda: _refused_in_time(reader, revoked), "the end of the token")


def _refused_in_time(reader: Connection, revoked: float) -> bool:
    asked = time.monotonic()
    status = reader.get("/v1/threads").status
    assert status == 401 or (status == 200 and asked - revoked < TOKEN_CACHE_SECONDS), "let in too late"
    return status == 401


def test_a_watcher_hears_what_another_daemon_wrote(cluster: Cluster) -> None:
    """Written at three daemons in turn, every record reaches a watcher at each of them, in order, soon."""
    with ExitStack() as stack:
        watches = [
            stack.enter_context(Watch(daemon.url, "th_many", token=cluster.token))
            for daemon in cluster.daemons
        ]
        writers = [
            stack.enter_context(Connection(daemon.url, token=cluster.token)) for daemon in cluster.daemons
        ]
        for watch in watches:
            assert watch.next().name == "heartbeat"
        sent, delays = [], []
        for number in range(30):
            began = time.monotonic()
            sent.append(writers[number % 3].emit(record("th_many")).body["id"])
            seen = [watch.records(1)[0] for watch in watches]
            delays.append(time.monotonic() - began)
            assert [event.data["id"] for event in seen] == [sent[-1]] * 3
            assert len({event.cursor for event in seen}) == 1
            if number == 9:
                place = seen[0].cursor
    with Watch(cluster.daemons[1].url, "th_many", after=place, token=cluster.token) as moved:
        assert [event.data["id"] for event in moved.records(20)] == sent[10:], "a place is one everywhere"
    # Half of what it takes when nothing is announced and each of them looks once a second.
    assert sorted(delays)[15] < 0.4


def test_a_daemon_with_another_key_of_the_tokens_does_not_start(cluster: Cluster, tmp_path: Path) -> None:
    """It would refuse the tokens of all the others: the one line says what all of them need."""
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    with pytest.raises(RuntimeError, match=r"--token-key FILE") as caught:
        Daemon(cluster.database, environ={"SYNCROPEL_TOKEN_KEY": str(key), "XDG_DATA_HOME": str(tmp_path)})
    assert "Traceback" not in str(caught.value)


def test_the_queries_of_a_killed_daemon_are_finished_by_another(tmp_path: Path) -> None:
    """Killed in the middle of a call, it is replaced when its claim ends, and the call is made again."""
    from tests.support.postgres import migrated_database

    log = tmp_path / "made"
    did = "did:sync:system:slow"
    code = (
        f"open({str(log)!r}, 'a').write(ask['call_id'] + chr(10)); "
        f"time.sleep(60 if len(open({str(log)!r}).readlines()) == 1 else 0); "
        "print(json.dumps({'answer': 4}))"
    )
    environ = configuration(tmp_path, command(did, code)) | {"XDG_DATA_HOME": str(tmp_path)}
    environ["SYNCROPEL_LEASE_SECONDS"] = "1"
    with migrated_database() as url, ExitStack() as stack:
        daemons = at_once(url, 2, environ, stack)
        with httpx.Client(base_url=daemons[0].url) as http:
            ask(http, query_body(did))
        wait_for(log.exists, "the first call")
        owner = statement(url, "SELECT owner FROM syncropel.claims")[0][0]
        (carrying,) = [daemon for daemon in daemons if f":{daemon.process.pid}:" in owner]
        (other,) = [daemon for daemon in daemons if daemon is not carrying]
        carrying.kill()
        with httpx.Client(base_url=other.url) as http:
            assert end_of(http)["answer"] == 4
            found = [row["act"] for row in rows(http)]
        assert found == ["INTEND", "CALL", "DO", "KNOW"]
        calls = log.read_text().split()
        assert len(calls) == 2
        assert len(set(calls)) == 1
        wait_for(lambda: not statement(url, "SELECT query FROM syncropel.claims"), "the end of the claim")


def test_a_daemon_that_stands_still_keeps_nobody_from_writing(cluster: Cluster) -> None:
    """Stopped in between writes, it is not missed; going on, it tells its watchers what they missed."""
    still, going = cluster.daemons[2], cluster.daemons[0]
    with (
        Watch(still.url, "th_still", token=cluster.token) as watch,
        Connection(going.url, token=cluster.token) as writer,
    ):
        assert watch.next().name == "heartbeat"
        os.kill(still.process.pid, signal.SIGSTOP)
        try:
            sent = [writer.emit(record("th_still")).body["id"] for _ in range(20)]
        finally:
            os.kill(still.process.pid, signal.SIGCONT)
        assert [event.data["id"] for event in watch.records(20)] == sent


def test_a_database_that_restarts_is_waited_for(tmp_path: Path) -> None:
    """Requests get 503 and when to come again; afterwards all goes on, and watchers miss nothing."""
    from tests.support.postgres import OwnServer

    environ = {"XDG_DATA_HOME": str(tmp_path)}
    with OwnServer(durable=False, settings=("synchronous_commit=on",)) as server, ExitStack() as stack:
        here, there = at_once(server.url, 2, environ, stack)
        watch = stack.enter_context(Watch(here.url, "th_back"))
        assert watch.next().name == "heartbeat"
        writer = stack.enter_context(Connection(there.url))
        sent = [writer.emit(record("th_back")).body["id"] for _ in range(3)]
        server.kill()
        unsent = record("th_back")
        for answer in (writer.emit(unsent), writer.get("/v1/threads"), writer.emit(unsent)):
            assert (answer.status, answer.body["code"]) == (503, "STORE_UNAVAILABLE")
            assert int(answer.headers["retry-after"]) >= 1
        server.start()
        back = wait_for(lambda: _stored(writer, unsent), "the end of the outage")
        sent.append(back.body["id"])
        sent += [writer.emit(record("th_back")).body["id"] for _ in range(3)]
        assert [event.data["id"] for event in watch.records(7)] == sent
        sequences = [row["sequence"] for row in writer.get("/v1/threads/th_back/records").body["data"]]
        assert sequences == list(range(sequences[0], sequences[0] + 7))


def _stored(writer: Connection, value: dict[str, Any]) -> Answer | None:
    answer = writer.emit(value)
    assert answer.status in (200, 201, 503), answer
    return answer if answer.status != 503 else None
