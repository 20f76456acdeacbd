"""Daemons of one database in the background: told apart by their ports, and without a password to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from syncropel.daemon import process
from syncropel.daemon.errors import DaemonError
from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.offline import open_kernel
from syncropel.daemon.opening import open_store
from syncropel.daemon.settings import Settings
from syncropel.daemon.state import State
from syncropel.daemon.token_key import token_key
from tests.support.daemons import Daemon
from tests.support.sockets import Connection, record

pytestmark = pytest.mark.postgres
SECRET = "pa%24%40sw0rd"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Give settings of an empty database, by a URL with a password that its server does not ask for."""
    from tests.support.postgres import migrated_database

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with migrated_database() as url:
        made = Settings.resolve(port=0, store=url.replace("postgres@", f"postgres:{SECRET}@"), environ={})
        yield made
        for state in running(made):
            with suppress(DaemonError):
                process.stop(at(made, state))


def running(settings: Settings) -> list[State]:
    """Return the notes of the daemons that run."""
    found = map(process.read_state, settings.state_path.parent.glob("*.daemon.json"))
    return [state for state in found if state is not None]


def at(settings: Settings, state: State) -> Settings:
    """Return settings with the port of a daemon."""
    return replace(settings, port=int(state.url.rpartition(":")[2]), port_given=True)


def shown_by(pid: int, folder: Path) -> str:
    """Return what others can read of a process, and what is in the files it leaves."""
    line = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return line + "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def test_several_are_told_apart_by_their_ports(settings: Settings, tmp_path: Path) -> None:
    """Without a port the one that runs is meant, and nobody when several do; none shows the password."""
    assert process.status(settings) == process.Status(None, False)
    first = process.start(settings)
    assert process.status(settings) == process.Status(first, True)
    second = process.start(settings)
    assert {state.url for state in running(settings)} == {first.url, second.url}
    with pytest.raises(DaemonError, match="--port") as caught:
        process.stop(settings)
    assert first.url in str(caught.value)
    assert second.url in str(caught.value)
    with pytest.raises(DaemonError, match=first.url):
        process.start(at(settings, first))
    with Connection(first.url) as one, Connection(second.url) as other:
        emitted = one.emit(record())
        assert other.get(f"/v1/records/{emitted.body['id']}").status == 200
    for state in (first, second):
        shown = shown_by(state.pid, tmp_path)
        assert settings.store.url in shown
        assert SECRET not in shown
        assert "pa$@sw0rd" not in shown
    assert process.stop(at(settings, first)) == first
    after = process.restart(replace(settings, port_given=False))
    assert (after.url, after.pid == second.pid) == (second.url, False)
    assert process.stop(settings) == after
    assert running(settings) == []


def test_a_password_on_the_command_line_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    """What was typed can be read for a moment; a daemon that answers shows stars in its place."""
    assert settings.store.database is not None
    daemon = Daemon(settings.store.database.given, environ={"XDG_DATA_HOME": str(tmp_path / "data")})
    try:
        shown = shown_by(daemon.process.pid, tmp_path)
        assert "*" * len(SECRET) in shown
        assert SECRET not in shown
    finally:
        code, errors = daemon.terminate()
    assert (code, errors) == (0, "")


def test_what_needs_no_daemon_works_beside_one(settings: Settings) -> None:
    """A command that opens the store itself waits for no daemon to end, and a daemon knows what it made."""
    assert settings.store.database is not None
    url = settings.store.database.given
    with LocalDaemon(url, auth=True) as daemon:
        with open_kernel(url) as kernel:
            token = kernel.mint()
        with Connection(daemon.url, token=token) as connection:
            assert connection.get("/v1/threads").status == 200
        assert running(settings) == [], "a daemon inside a program leaves no note"


@pytest.mark.parametrize(
    ("store", "said"),
    [
        (f"postgresql://u:{SECRET}@127.0.0.1:1/db", "cannot be opened"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/db?nonsense=1", "nonsense"),
        (f"postgresql://u:{SECRET}@127.0.0.1:1/db?sslmode={SECRET}", "not understood|cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_line(store: str, said: str) -> None:
    """The line says what is wrong and where, and holds no password."""
    with pytest.raises(DaemonError, match=said) as caught:
        open_store(Settings.resolve(store=store, environ={}), "")
    message = str(caught.value)
    assert SECRET not in message
    assert "pa$@sw0rd" not in message
    assert "\n" not in message


def test_every_daemon_has_the_key_that_the_first_one_had(settings: Settings, tmp_path: Path) -> None:
    """Without a file the key is in the database; with one it is not, and nobody starts without the file."""
    from syncropel.kernel.store.postgres import PostgresStore
    from syncropel.kernel.store.postgres_claims import find_secret
    from tests.support.postgres import migrated_database

    file = tmp_path / "key"
    file.write_text("5e" * 32)
    file.chmod(0o600)
    apart = replace(settings, token_key=file)
    assert settings.store.database is not None
    with closing(PostgresStore(settings.store.database.conninfo)) as store:
        key = token_key(settings, store)
        assert len(key) == 32
        assert token_key(settings, store) == key
        with pytest.raises(DaemonError, match="same --token-key FILE, or all of them without"):
            token_key(apart, store)
    with migrated_database() as url, closing(PostgresStore(url)) as store:
        assert token_key(apart, store) == bytes.fromhex("5e" * 32)
        assert find_secret(store.direct, "token_key") is None
        with pytest.raises(DaemonError, match="another key than the one in the database"):
            token_key(settings, store)
        assert token_key(apart, store) == bytes.fromhex("5e" * 32)
