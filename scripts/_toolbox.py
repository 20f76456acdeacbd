"""What the scripts share: the project's folder, environments made on first use, and how a step is run.

Nothing here needs more than Python 3.10 and its standard library.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

if sys.version_info < (3, 10):  # noqa: UP036 (whoever starts a script may have an older one)
    raise SystemExit(
        f"{Path(sys.argv[0]).name}: Python 3.10 or newer is needed, this is {sys.version.split()[0]}"
    )

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = Path(os.environ.get("SYNCROPEL_ENVS", ROOT / ".envs"))
# Every test, daemon and command is a process; one that may not keep what it compiled takes twice the time.
# Where that is not wanted beside the sources, it is kept with the environments.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ENVIRONMENTS / "pycache"))
UV_ENVIRONMENT = "uv"
UV = "uv>=0.13,<0.14"


class StepFailed(SystemExit):
    """A step ended badly; the message says which, and ends the script with status 1."""


def fail(message: str) -> StepFailed:
    """Return the exception that ends a script with one readable line."""
    return StepFailed(f"{Path(sys.argv[0]).name}: {message}")


def python_of(folder: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment(name: str, install: Sequence[str], *, interpreter: str | None = None) -> Path:
    """Return the interpreter of the environment `name`, made or remade when what it holds has changed.

    Args:
        name: Folder name under `.envs`.
        install: Arguments of `pip install`, such as requirements or `-e .[all]`.
        interpreter: The Python to build it from. Default: the one that runs the script.

    Raises:
        StepFailed: The environment cannot be made, or a package cannot be installed.
    """
    with _alone(name):
        return _environment(name, install, interpreter)


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """Keep two scripts from making the same environment at the same time."""
    try:
        import fcntl
    except (
        ImportError
    ):  # Windows: whoever runs two scripts at once for the first time runs one of them again.
        yield
        return
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / f".{name}.making").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment(name: str, install: Sequence[str], interpreter: str | None) -> Path:
    # The base of a virtual environment stands for it: who asks must not decide whether it is made again.
    own = getattr(sys, "_base_executable", None) or sys.executable
    base = os.path.realpath(interpreter or own)
    folder = ENVIRONMENTS / name
    ours = any(part.startswith(".") for part in install)
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8") if ours else ""
    wanted = hashlib.sha256("\n".join([base, sys.version, *install, metadata]).encode()).hexdigest()
    stamp = folder / ".stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and python_of(folder).exists():
        return python_of(folder)
    print(f"· making the environment {name!r} (once)", file=sys.stderr, flush=True)
    quick = _quick_installer(name)
    _make_folder(folder, interpreter, base, with_pip=quick is None)
    python = python_of(folder)
    commands = [[str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *install]]
    if quick is not None:
        commands.insert(0, [str(quick), "pip", "install", "--quiet", "--python", str(python), *install])
    # The authorities that this machine trusts, as pip does by itself.
    trusting = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, env=trusting, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            break
        if command is not commands[-1]:
            # uv reads no configuration of pip's: where there is a mirror of packages, pip alone knows it.
            subprocess.run([str(python), "-m", "ensurepip"], check=False, capture_output=True)
    else:
        raise fail(f"pip could not install {' '.join(install)}:\n{done.stderr.strip()}")
    stamp.write_text(wanted, encoding="utf-8")
    return python_of(folder)


def _make_folder(folder: Path, interpreter: str | None, base: str, *, with_pip: bool) -> None:
    """Make an empty environment in the place of whatever is there."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        if interpreter:
            making = [interpreter, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(folder)]
            subprocess.run(making, check=True, capture_output=True, text=True)
        else:
            venv.create(folder, with_pip=with_pip)
    except (subprocess.CalledProcessError, OSError) as error:
        raise fail(
            f"cannot make a virtual environment with {base}: {error}. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        ) from error


def _quick_installer(asking: str) -> Path | None:
    """Return uv, in an environment of its own; None where it cannot be had: pip does the same more slowly.

    Making environments was a quarter of a first run of everything: the largest took pip 110 s, and uv 9 s.
    """
    if asking == UV_ENVIRONMENT:
        return None
    try:
        python = environment(UV_ENVIRONMENT, [UV])
    except StepFailed:
        return None
    return next((path for path in python.parent.glob("uv*") if path.stem == "uv"), None)


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group of `pyproject.toml`.

    Read by hand because `tomllib` is not in Python 3.10: a group is a list of quoted lines.
    """
    lines = iter((ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line == "[dependency-groups]":
            break
    found: list[str] = []
    for line in lines:
        if line == f"{name} = [":
            for item in lines:
                if item == "]":
                    return found
                if quoted := re.match(r'\s*"([^"]+)"', item):  # what is not quoted is a comment
                    found.append(quoted[1])
        if line.startswith("["):
            break
    raise fail(f"pyproject.toml has no dependency group {name!r}")


def run(command: Sequence[str | Path], *, title: str | None = None, **options: object) -> None:
    """Run a command in the project's folder, showing its output.

    Raises:
        StepFailed: It exits with anything but 0.
    """
    if title:
        print(f"── {title}", flush=True)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise fail(f"{title or command[0]} failed with status {done.returncode}")
