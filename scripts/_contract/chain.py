"""The generation chain: where its inputs are, what it is pinned to, and the environment it runs in."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from _toolbox import ENVIRONMENTS, ROOT, environment, fail, python_of

CONTRACT = ROOT / "openapi.yaml"
CONFIG = ROOT / "generator-config.yaml"
TEMPLATES = ROOT / "scripts" / "templates"
PINS = ROOT / "scripts" / "requirements" / "generate.txt"
OUTPUT = ROOT / "generated" / "syncropel_generated"
ERROR_TABLE = ROOT / "overlay" / "syncropel" / "rules" / "error_codes.py"

NAME = "generate"
OLDEST = (3, 11)
_CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3.14", "python3")


def pins() -> list[str]:
    """Return the pinned requirements, one `name==version` each."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def inside() -> bool:
    """Tell whether this interpreter is the one of the generator's environment."""
    return Path(sys.prefix).resolve() == (ENVIRONMENTS / NAME).resolve()


def run_inside(script: str, arguments: Sequence[str]) -> int:
    """Run the same script again in the generator's environment, which is made when it is missing.

    Returns:
        The exit status of that run.

    Raises:
        StepFailed: No interpreter is new enough, or the environment cannot be made.
    """
    return subprocess.run([str(_python()), script, *arguments], check=False).returncode


def _python() -> Path:
    """Return the interpreter of the generator's environment.

    An environment that holds the pinned versions is taken as it is, whichever interpreter asks: making it
    anew for another one would pull it away from under a run that is using it.
    """
    folder = ENVIRONMENTS / NAME
    marker = folder / ".pins"
    wanted = "\n".join(pins())
    with _alone():
        if not (
            marker.is_file() and marker.read_text(encoding="utf-8") == wanted and python_of(folder).exists()
        ):
            environment(NAME, pins(), interpreter=interpreter())
            marker.write_text(wanted, encoding="utf-8")
    return python_of(folder)


def interpreter() -> str:
    """Return an interpreter that the generator runs on; the one of this process when it is new enough.

    The base of a virtual environment stands for it, so that the generator's environment does not depend on
    which environment asks for it.

    Raises:
        StepFailed: There is none; the message says what was found and what to install.
    """
    own: str = getattr(sys, "_base_executable", sys.executable)
    tried = [f"{own} is {sys.version_info[0]}.{sys.version_info[1]}"]
    if sys.version_info >= OLDEST:
        return own
    for name in _CANDIDATES:
        found = shutil.which(name)
        if not found:
            continue
        version = _version(found)
        if version and version >= OLDEST:
            return found
        shown = ".".join(map(str, version)) if version else "no working Python"
        tried.append(f"{found} is {shown}")
    raise fail(
        f"the generator needs Python {OLDEST[0]}.{OLDEST[1]} or newer; {', '.join(tried)}. "
        "Install one so that it is found as python3.11 (or .12, .13, .14). "
        "What is generated runs on 3.10 all the same."
    )


def _version(python: str) -> tuple[int, int] | None:
    question = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", question], capture_output=True, text=True, check=True, timeout=30
        )
        major, minor = done.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # A shim without an interpreter behind it answers with an error.
    return int(major), int(minor)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time make the environment, where the system has file locks."""
    try:
        import fcntl
    except ImportError:  # Windows: the environment is made once, by hand or by the first run.
        yield
        return
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / f".{NAME}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
