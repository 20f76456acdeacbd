"""Rounds, ratios and processes: what every benchmark shares.

A benchmark module has `TITLE`, `PEER`, `GOAL` and `measure(scale) -> list[Figure]`.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "scripts"))

from _toolbox import environment  # noqa: E402  (the scripts' folder has to be on the path first)


@dataclass(frozen=True)
class Scale:
    """How long a run is: `rounds` paired measurements, sizes scaled by `factor` (1 = the real run)."""

    rounds: int = 9
    factor: float = 1.0

    def size(self, full: int, least: int = 1) -> int:
        """Return `full` scaled down, and never below `least`."""
        return max(least, int(full * self.factor))


@dataclass(frozen=True)
class Figure:
    """One measured ratio.

    Attributes:
        name: What was measured.
        ours: Our figure of each round, in `unit`.
        peers: The peer's figure of each round, in `unit`.
        unit: Of `ours` and `peers`.
        goal: The bound that the median ratio has to keep, such as `<= 0.8`.
    """

    name: str
    ours: Sequence[float]
    peers: Sequence[float]
    unit: str
    goal: str

    @property
    def ratios(self) -> list[float]:
        """Ours over the peer's, round by round."""
        return [mine / theirs for mine, theirs in zip(self.ours, self.peers, strict=True)]

    @property
    def median(self) -> float:
        """The figure to quote: the median of the paired ratios."""
        return statistics.median(self.ratios)

    @property
    def met(self) -> bool:
        """Whether the median keeps the goal."""
        relation, bound = self.goal.split()
        return self.median <= float(bound) if relation == "<=" else self.median >= float(bound)

    def row(self) -> str:
        """Return the figure as a row of a Markdown table."""
        ratios = self.ratios
        spread = f"{min(ratios):.3g} to {max(ratios):.3g}"
        verdict = "yes" if self.met else "**no**"
        mine, theirs = statistics.median(self.ours), statistics.median(self.peers)
        goal = self.goal.replace("<=", "≤").replace(">=", "≥")
        cells = [self.name, f"**{self.median:.3g}**", spread, goal, verdict]
        return f"| {' | '.join([*cells, f'{mine:.4g}', f'{theirs:.4g}', self.unit])} |"


HEADER = (
    "| measured | ratio (median) | rounds | goal | kept | ours | peer | unit |\n"
    "|---|---|---|---|---|---|---|---|"
)


def paired(
    rounds: int, ours: Callable[[], Mapping[str, float]], peers: Callable[[], Mapping[str, float]]
) -> tuple[list[Mapping[str, float]], list[Mapping[str, float]]]:
    """Run both in turn, changing which goes first, after one round that is not counted."""
    mine: list[Mapping[str, float]] = []
    theirs: list[Mapping[str, float]] = []
    for number in range(rounds + 1):
        if number % 2:
            a, b = ours(), peers()
        else:
            b, a = peers(), ours()
        if number:
            mine.append(a)
            theirs.append(b)
        progress(f"round {number} of {rounds}")
    progress("")
    return mine, theirs


def column(rows: Sequence[Mapping[str, float]], key: str) -> list[float]:
    """Return one value of every round."""
    return [row[key] for row in rows]


def progress(text: str) -> None:
    """Show what is under way on a terminal, and nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def product_python() -> Path:
    """Return an interpreter that has this package with its daemon, installed as users install it."""
    return environment("bench", ["-e", ".[daemon]"])


def fast_python() -> Path:
    """Return an interpreter that has this package with what makes its client faster."""
    return environment("bench-fast", ["-e", ".[fast]"])


def core_python() -> Path:
    """Return an interpreter that has this package and its core dependencies, and nothing else."""
    return environment("bench-core", ["-e", "."])


def peer_python() -> Path:
    """Return an interpreter that has the published client."""
    return environment("peer", ["syncropel==0.7.0", "httpx==0.28.1"])


def synap_python() -> Path:
    """Return an interpreter that has the published client of the key-value protocol; needs Python 3.11."""
    return environment("bench-synap", ["synap-sdk==1.4.0", "httpx==0.28.1"])


def drive(python: Path, driver: str, *arguments: object, core: int | None = None) -> dict[str, float]:
    """Run a driver in an environment, on one processor if asked, and return the figures it prints as JSON."""
    command = [str(python), "-I", str(HERE / "drivers" / driver), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, preexec_fn=pinned(core))
    if done.returncode:
        raise SystemExit(f"{driver} failed:\n{done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextlib.contextmanager
def asked(python: Path, driver: str, *arguments: object) -> Iterator[Callable[[object], dict[str, float]]]:
    """Keep a driver running that answers each line it is given with a line of figures as JSON."""
    command = [str(python), "-I", str(HERE / "drivers" / driver), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:

        def ask(line: object) -> dict[str, float]:
            assert child.stdin is not None
            assert child.stdout is not None
            print(line, file=child.stdin, flush=True)
            answer = child.stdout.readline()
            if not answer:
                raise SystemExit(f"{driver} ended before it answered; what went wrong stands above")
            figures: dict[str, float] = json.loads(answer)
            return figures

        yield ask


def pinned(core: int | None) -> Callable[[], None] | None:
    """Return what a child process runs first to stay on one processor, where the system can."""
    if core is None or not hasattr(os, "sched_setaffinity") or core not in os.sched_getaffinity(0):
        return None
    return lambda: os.sched_setaffinity(0, {core})


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(
    command: Sequence[object], url: str, *, core: int | None = None, wait: float = 30
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; the block starts when `url` answers."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, preexec_fn=pinned(core), cwd=HERE
        )
        try:
            _await_answer(url, child, wait)
            yield child
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _await_answer(url: str, child: subprocess.Popen[bytes], wait: float) -> None:
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise SystemExit(f"the server for {url} ended with status {child.returncode} before it answered")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing answered at {url} within {wait:.0f} seconds")


def daemon_command(python: Path, port: int, store: str) -> list[object]:
    """Return the command line of a daemon of this package."""
    return [python, "-m", "syncropel.daemon", "--port", port, "--store", store]


def machine() -> str:
    """Say on what the figures were measured."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} processors, {system}"
