"""The stores that are put to the proof, each with its daemons."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.proof.cluster import Member
from tests.proof.wires import Wires

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
def postgres(folder: Path) -> Iterator[Stage]:
    """Yield three daemons on a PostgreSQL server of one's own, and what crashes and restarts the server."""
    from tests.support.postgres import OwnServer

    with OwnServer() as server, Wires() as wires, contextlib.ExitStack() as stack:
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


STORES = {"sqlite": sqlite, "postgres": postgres}
