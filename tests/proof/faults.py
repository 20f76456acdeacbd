"""What is done to daemons while clients use them. Everything is drawn from one seed."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from tests.proof.cluster import Member
from tests.proof.wires import HANG, MUTE, OPEN, REFUSE, Wire

_MOSTLY = 0.8
_RECOVERY_SECONDS = 15.0

Fault = Callable[["Faults", Member], None]


class Faults:
    """Does harm to a cluster for a while, then heals it.

    Args:
        members: The daemons.
        seed: Of all choices.
        restart_database: Ends the database without warning and starts it again, where there is one.

    Attributes:
        done: How often each fault was done.
        interrupted: Set it to end early.
    """

    def __init__(
        self, members: Sequence[Member], seed: int, restart_database: Callable[[], None] | None = None
    ) -> None:
        self.members = members
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.interrupted = threading.Event()
        self._restart_database = restart_database

    def run(self, seconds: float) -> None:
        """Do one thing after the other for this long; what was done may still have to be healed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.interrupted.is_set():
            self.wait(self.random.uniform(0.1, 1.2))
            self.one()
            if self.random.random() < _MOSTLY:
                self.recovered()

    def one(self) -> None:
        """Do one thing to one daemon."""
        member = self.random.choice(self.members)
        names = list(FAULTS)
        if member.database is None:
            names = [name for name in names if "database" not in name]
        elif self._restart_database is None:
            names.remove("database restarted")
        name = self.random.choices(names, [FAULTS[name][0] for name in names])[0]
        FAULTS[name][1](self, member)
        self.done[name] += 1

    def recovered(self) -> None:
        """Wait until some daemon answers, or not much longer: harm to what is down already shows little."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while time.monotonic() < deadline and not self.interrupted.is_set():
            if any(member.ready() for member in self.members):
                return
            self.wait(0.1)

    def wait(self, seconds: float) -> None:
        """Let time pass, less of it when all is to end."""
        self.interrupted.wait(seconds)

    def moment(self, longest: float = 2.0) -> None:
        """Let a random time pass: mostly a short one."""
        self.wait(min(self.random.expovariate(2.5), longest))

    def restart_database(self) -> None:
        """End the database and start it again."""
        if self._restart_database is not None:
            self._restart_database()


def _killed(faults: Faults, member: Member) -> None:
    member.kill()
    faults.moment()
    member.start()


def _killed_twice(faults: Faults, member: Member) -> None:
    """The second time while it starts."""
    member.kill()
    member.start()
    faults.wait(faults.random.uniform(0.0, 1.0))
    _killed(faults, member)


def _paused(faults: Faults, member: Member) -> None:
    member.signal(signal.SIGSTOP)
    faults.moment(3.0)
    member.signal(signal.SIGCONT)


def _killed_in_pause(faults: Faults, member: Member) -> None:
    member.signal(signal.SIGSTOP)
    faults.moment()
    _killed(faults, member)


def _cut(state: str, *, database: bool = False) -> Fault:
    def cut(faults: Faults, member: Member) -> None:
        wire: Wire | None = member.database if database else member.wire
        if wire is None:
            return
        wire.put(state)
        faults.moment(3.0)
        # Half of what hung is never delivered, the other half is delivered late.
        if state == HANG and faults.random.random() < 0.5:
            wire.put(REFUSE)
        wire.put(OPEN)

    return cut


def _killed_behind_cut(faults: Faults, member: Member) -> None:
    """Answers are lost, and then the daemon: nobody knows what it did."""
    member.wire.put(MUTE)
    faults.moment(1.0)
    _killed(faults, member)
    member.wire.put(OPEN)


def _database_restarted(faults: Faults, _member: Member) -> None:
    faults.restart_database()


# How likely each is, and what it does.
FAULTS: dict[str, tuple[int, Fault]] = {
    "killed": (4, _killed),
    "killed twice": (1, _killed_twice),
    "paused": (3, _paused),
    "killed in pause": (2, _killed_in_pause),
    "clients refused": (2, _cut(REFUSE)),
    "clients hung": (2, _cut(HANG)),
    "answers lost": (3, _cut(MUTE)),
    "killed behind a cut": (2, _killed_behind_cut),
    "database refused": (2, _cut(REFUSE, database=True)),
    "database hung": (2, _cut(HANG, database=True)),
    "database answers lost": (2, _cut(MUTE, database=True)),
    "database restarted": (1, _database_restarted),
}
