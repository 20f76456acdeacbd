"""Rounds until the time is over, with a summary on disk that is true at any moment."""

from __future__ import annotations

import argparse
import json
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.proof.cluster import Member, environment
from tests.proof.faults import Faults
from tests.proof.history import digest_of
from tests.proof.rounds import Plan, Result, Round
from tests.proof.stores import STORES

ROUND_SECONDS = 25.0
SHOWN = 50
_DOCTOR_SECONDS = 600.0
_GIVE_UP_AFTER = 5  # rounds in a row that could not be carried out


@dataclass
class Summary:
    """What a soak has come to so far.

    Attributes:
        state: `running`, `done`, `interrupted`, or `failed` when it could go on no longer.
        seconds: How long it has run, all its parts together.
        lost, doubled: Acknowledged or promised records that are not stored; records stored more than once.
        phases: How many seconds each part of the rounds took, all rounds together.
        violations: The first few of everything that must not be.
        troubles: What went wrong with the soak or with a client otherwise.
    """

    store: str
    daemons: int
    seed: int
    wanted_seconds: float
    state: str = "running"
    seconds: float = 0.0
    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    rules_broken: Counter[str] = field(default_factory=Counter)
    violations: list[list[str]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    digests: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.rules_broken and not self.troubles

    def add(self, result: Result) -> None:
        """Take in a round."""
        self.rounds += 1
        self.counts.update(result.counts)
        self.faults.update(result.faults)
        self.phases.update(result.seconds)
        for violation in result.violations:
            self.rules_broken[violation.rule] += 1
            self.violations.append([result.name, *violation])
        self.lost, self.doubled = self.rules_broken["lost"], self.rules_broken["doubled"]
        self.violations = self.violations[:SHOWN]
        self.troubled(*(f"{result.name}: {trouble}" for trouble in result.troubles))
        self.digests.update({thread: list(digest) for thread, digest in result.digests.items()})

    def troubled(self, *troubles: str) -> None:
        """Take in troubles; of many only the first are kept."""
        self.troubles = [*self.troubles, *troubles][:SHOWN]

    def write(self, path: Path) -> None:
        """Write it down; a reader sees the old one or the new one."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(vars(self), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> Summary:
        """Read what an earlier part wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        for name in ("counts", "faults", "phases", "rules_broken"):
            found[name] = Counter(found[name])
        return cls(**found)

    def line(self) -> str:
        """Say it in one line."""
        counts = self.counts
        return (
            f"{self.seconds:6.0f} of {self.wanted_seconds:.0f} s, {self.rounds} rounds:"
            f" {counts['acknowledged']:,} acknowledged, {counts['promised']:,} promised,"
            f" {counts['unknown']:,} unknown, {counts['stored']:,} stored, {counts['watched']:,} watched;"
            f" {self.kills} daemons and {counts['client kills']} clients killed,"
            f" {sum(self.faults.values())} faults;"
            f" lost {self.lost}, doubled {self.doubled}, violations {sum(self.rules_broken.values())},"
            f" troubles {len(self.troubles)}"
        )


class Soak:
    """A run of rounds on one store.

    Args:
        folder: Where the store, the logs and `summary.json` are.
        summary: What there is so far.
        members: The daemons; started and stopped here.
        restart_database: As for `Faults`.
    """

    def __init__(
        self,
        folder: Path,
        summary: Summary,
        members: Sequence[Member],
        restart_database: Callable[[], None] | None = None,
        *,
        plan: Plan | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._summary = summary
        self._members = members
        self._restart_database = restart_database
        self._now = now
        self._plan = plan or Plan(ROUND_SECONDS)
        self._path = folder / "summary.json"
        self._kills_before = summary.kills
        self._stopped = False
        self._faults: Faults | None = None

    def stop(self) -> None:
        """Let the round under way be the last one, and cut it short."""
        self._stopped = True
        if self._faults is not None:
            self._faults.interrupted.set()

    def run(self) -> Summary:
        """Run rounds until the time is over; return the summary, which is on disk as well."""
        summary = self._summary
        before, began, failures = summary.seconds, self._now(), 0
        while not self._stopped and summary.seconds < summary.wanted_seconds and failures < _GIVE_UP_AFTER:
            try:
                self._round(min(self._plan.seconds, max(5.0, summary.wanted_seconds - summary.seconds)))
                failures = 0
            except Exception:  # whatever it was, it is written down, and the next round is tried
                failures += 1
                summary.troubled(traceback.format_exc(limit=-8))
            summary.seconds = before + self._now() - began
            summary.kills = sum(member.kills for member in self._members) + self._kills_before
            summary.write(self._path)
            print(summary.line(), flush=True)
        self._end("failed" if failures else "interrupted" if self._stopped else "done")
        return summary

    def _round(self, seconds: float) -> None:
        number = self._summary.rounds + 1
        seed = f"{self._summary.seed}/{number}"
        self._faults = Faults(self._members, _number(seed, "faults"), self._restart_database)
        if self._stopped:
            self._faults.interrupted.set()
        # Never a name that a part of this soak has used which was killed before it was counted.
        name = f"r{number}-{secrets.token_hex(3)}"
        folder = self._folder / "rounds" / name
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(**{**asdict(self._plan), "seconds": seconds})
        for member in self._members:
            member.heal()
        result = Round(name, self._members, self._faults, plan, _number(seed, "clients"), folder).run()
        self._summary.add(result)
        if not result.violations and not result.troubles:
            # Evidence is kept where there is something to explain.
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()

    def _end(self, state: str) -> None:
        """Look once more at everything that was ever stored, then stop."""
        for step in (self._read_again, self._stop_daemons, self._look_at_store):
            try:
                step()
            except Exception:  # as above: the summary is written whatever happens
                self._summary.troubled(traceback.format_exc(limit=-8))
        self._summary.state = state
        self._summary.write(self._path)

    def _read_again(self) -> None:
        summary = self._summary
        for member in self._members:
            member.heal()
        for thread, (count, digest) in summary.digests.items():
            ids = [row["id"] for row in self._members[0].records(thread)]
            if digest_of(ids[:count]) == digest:
                # Of records whose outcome nobody knew: their requests were under way for longer than a round.
                summary.counts["late"] += len(ids) - count
            else:
                summary.rules_broken["changed"] += 1
                what = f"{thread} had {count} records and has {len(ids)}, or others"
                summary.violations.append(["end", "changed", what])

    def _stop_daemons(self) -> None:
        for member in self._members:
            code = member.stop()
            if code:
                self._summary.troubled(f"{member.name} ended with {code} when it was asked to stop")

    def _look_at_store(self) -> None:
        """Let the doctor read all of it."""
        command = [
            sys.executable,
            "-m",
            "syncropel.cli",
            "doctor",
            "--json",
            "--store",
            self._members[0].store,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment(), timeout=_DOCTOR_SECONDS
        )
        if done.returncode:
            self._summary.rules_broken["doctor"] += 1
            self._summary.violations.append(["end", "doctor", (done.stdout + done.stderr)[-2000:]])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak; return 0 when nothing was found, 1 when something was, 2 when it did not end well."""
    parser = argparse.ArgumentParser(
        prog="scripts/soak", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--store", choices=sorted(STORES), default="sqlite")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default 30)")
    parser.add_argument("--seed", type=int, help="of all choices (default: a random one, which is shown)")
    parser.add_argument("--folder", type=Path, help="where the store, the logs and summary.json are kept")
    parser.add_argument("--resume", action="store_true", help="go on with the soak of --folder")
    options = parser.parse_args(arguments)
    if options.resume and (options.folder is None or not (options.folder / "summary.json").exists()):
        parser.error("--resume needs --folder with the folder of a soak")
    folder = (options.folder or Path(tempfile.mkdtemp(prefix="soak-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "summary.json"
    if path.exists() and not options.resume:
        parser.error(f"{folder} holds a soak already: add --resume to go on with it, or name another folder")
    if options.resume:
        summary = Summary.read(path)
        summary.state = "running"
    else:
        seed = random.SystemRandom().getrandbits(32) if options.seed is None else options.seed
        summary = Summary(options.store, 0, seed, options.minutes * 60)
    print(f"soak of {summary.store} with seed {summary.seed} in {folder}; the summary is {path}", flush=True)
    summary.write(path)
    with STORES[summary.store](folder) as (members, restart_database):
        summary.daemons = len(members)
        soak = Soak(folder, summary, members, restart_database)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: soak.stop())
        soak.run()
    print(f"{summary.state}: {summary.line()}")
    for violation in summary.violations[:10]:
        print("violation:", *violation)
    for trouble in summary.troubles[:10]:
        print("trouble:", trouble)
    return 2 if summary.state != "done" else 0 if summary.clean else 1


def _number(*parts: str) -> int:
    return random.Random("/".join(parts)).getrandbits(32)


if __name__ == "__main__":
    sys.exit(main())
