"""Build the wheel, install it without extras into a clean environment, and use it there.

What the source tree hides shows here: a file that is not packed, an import that only an extra brings.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

from _toolbox import ROOT, fail, python_of

NEEDED = (
    "syncropel/__init__.py",
    "syncropel/py.typed",
    "syncropel_generated/py.typed",
    "syncropel_generated/routes.json",
    "syncropel_generated/schemas.json",
    "syncropel_generated/openapi.json",
)
USE = """
from importlib.metadata import entry_points

import syncropel
from syncropel import Client, Identity, SyncClient
from syncropel.testing import MockKernel

kernel = MockKernel()
identity = Identity.static("did:example:wheel")
with SyncClient(endpoint="mock://", identity=identity, transport=kernel.transport()) as client:
    body = {"version": "1.2.3"}
    result = client.emit(act="KNOW", kind="ops.deploy.completed", body=body, thread="ops.deploys")
    assert result.success, result
    assert [record.id for record in client.query_thread("ops.deploys")] == [result.record_id]
Client(endpoint="http://localhost:9100").close()
assert entry_points(group="pytest11", name="syncropel")
print(syncropel.__version__)
"""


def quietly(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and return what it said."""
    words = [str(part) for part in command]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def pip(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run pip quietly and return what it said."""
    return quietly([python, "-m", "pip", "--disable-pip-version-check", *arguments], ROOT)


def built(folder: Path) -> Path:
    """Build the wheel into a folder and return its path."""
    done = pip(Path(sys.executable), "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    if done.returncode:
        raise fail(f"the wheel does not build:\n{done.stderr.strip()}")
    return next(folder.glob("*.whl"))


def look_inside(wheel: Path) -> None:
    """Check what the wheel holds and what it says about itself."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = Parser().parsestr(
            archive.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
        )
    if missing := [name for name in NEEDED if name not in names]:
        raise fail(f"the wheel lacks {', '.join(missing)}")
    if strays := [
        name for name in names if not name.startswith(("syncropel/", "syncropel_generated/", "syncropel-"))
    ]:
        raise fail(f"the wheel holds what does not belong to it: {', '.join(strays[:5])}")
    if not any(name.endswith("licenses/LICENSE") for name in names):
        raise fail("the wheel holds no LICENSE")
    # What pip refuses an older Python by.
    if metadata["Requires-Python"] != ">=3.10":
        raise fail(f"the wheel asks for Python {metadata['Requires-Python']!r}, not '>=3.10'")


def main() -> int:
    """Do all of it in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="syncropel-wheel-") as name:
        folder = Path(name)
        wheel = built(folder)
        look_inside(wheel)
        venv.create(folder / "env", with_pip=True)
        python = python_of(folder / "env")
        done = pip(python, "install", "--quiet", wheel)
        if done.returncode:
            raise fail(f"the wheel does not install:\n{done.stderr.strip()}")
        used = quietly([python, "-I", "-W", "error", "-c", USE], folder)
        if used.returncode:
            raise fail(f"the installed package does not work:\n{used.stderr.strip()}")
        bare = quietly([python.with_name("spl"), "version"], folder)
        if bare.returncode == 0 or "Traceback" in bare.stderr or "syncropel[cli]" not in bare.stderr:
            raise fail(f"`spl` without its extra does not say what to install:\n{bare.stdout}{bare.stderr}")
        print(f"{wheel.name}: {len(zipfile.ZipFile(wheel).namelist())} files, works as {used.stdout.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
