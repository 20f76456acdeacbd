"""The stores that are put to the proof, each with its daemons."""

from __future__ import annotations

import contextlib
import functools
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.proof.cluster import Member
from tests.proof.wires import Wires

if TYPE_CHECKING:
    from tests.support.postgres import OwnServer

DAEMONS = 3
Stage = tuple[list[Member], "Callable[[], None] | None"]


@contextlib.contextmanager
def sqlite(folder: Path, program: str = "syncropel.daemon") -> Iterator[Stage]:
    """Yield the one daemon of a SQLite store, run by a module of this name."""
    with Wires() as wires:
        store = f"sqlite:///{folder / 'records.db'}"
        member = Member("daemon-0", store, wires, folder, program=program)
        try:
            yield [member], None
        finally:
            member.stop()


@contextlib.contextmanager
def postgres(folder: Path, *, keep: bool = False) -> Iterator[Stage]:
    """Yield three daemons on a PostgreSQL server of one's own, and what crashes and restarts the server.

    Args:
        folder: Where the logs are.
        keep: Leave the data of the server where the next one for this folder finds it.
    """
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(_kept(folder) if keep else _own())
        wires = stack.enter_context(Wires())
        members = []
        for number in range(DAEMONS):
            database = wires.lay(("127.0.0.1", server.port))
            store = f"postgresql://postgres@127.0.0.1:{database.port}/postgres"
            member = Member(f"daemon-{number}", store, wires, folder, database)
            stack.callback(member.stop)
            members.append(member)

        def restart() -> None:
            server.kill()
            server.start()

        yield members, restart


def _own() -> OwnServer:
    from tests.support.postgres import OwnServer

    return OwnServer()


@contextlib.contextmanager
def _kept(folder: Path) -> Iterator[OwnServer]:
    """Run a server on the data that an earlier soak in this folder left, if there was one."""
    server, place = _own(), folder / "postgres"
    if place.exists():
        shutil.rmtree(server.folder)
        server.folder = Path(place.read_text(encoding="utf-8"))
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop("immediate")  # its soak was killed and could not stop it
    place.write_text(str(server.folder), encoding="utf-8")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        if '"state": "done"' in (folder / "summary.json").read_text(encoding="utf-8"):
            server.remove()


STORES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Stage]]] = {
    "sqlite": sqlite,
    "postgres": functools.partial(postgres, keep=True),
}
