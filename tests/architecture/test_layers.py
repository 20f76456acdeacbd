"""The arrows between the rooms: the linter keeps them, and notices every kind of wrong import."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from _toolbox import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
# Where a wrong import is planted, the import, and the name of the contract that must break by it.
PLANTS = [
    ("rules/kinds.py", "import syncropel.kernel.core", "rooms"),
    ("errors.py", "import syncropel.rules.kinds", "rooms"),
    ("kernel/core.py", "from ..transport import retry", "rooms"),
    ("testing/mock.py", "import syncropel.daemon.app", "rooms"),
    ("transport/retry.py", "import syncropel._async.emit", "rooms"),
    ("rules/signatures.py", "from ..keys import ed25519", "rooms"),
    ("keys/verify.py", "import syncropel.transport.retry", "rooms"),
    ("_async/emit.py", "import syncropel.kernel.core", "clients-not-kernel"),
    ("daemon/app.py", "import syncropel.client", "daemon-not-clients"),
    ("daemon/app.py", "import httpx", "daemon-not-clients"),
    ("kernel/core.py", "import httpx", "kernel-pure"),
    ("kernel/core.py", "def late() -> None:\n    import syncropel_generated", "kernel-pure"),
    ("rules/kinds.py", "import attr", "rules-standard-library"),
    ("rules/refs.py", "import jsonschema", "rules-standard-library"),
    ("rules/signatures.py", "import cryptography", "rules-standard-library"),
    ("kernel/core.py", "import joserfc.jwt", "key-libraries"),
    ("transport/auth.py", "import cryptography", "key-libraries"),
    ("testing/mock.py", "import syncropel_generated.client", "generated-users"),
    ("transport/convert.py", "import jsonschema", "schema-engine"),
    ("testing/transport.py", "import starlette", "server-libraries"),
    ("daemon/serve.py", "import rich", "terminal-libraries"),
    ("cli/emit.py", "import httpx", "http-library"),
    ("stray.py", "A = 1", "exhaustive"),
]


def lint(overlay: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter with the project's configuration over a copy of the package."""
    paths = os.pathsep.join([str(overlay), str(ROOT / "generated")])
    environment = {"PYTHONPATH": paths, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def contract_names() -> dict[str, str]:
    """Return each contract's name under its id, read from the configuration."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'^id = "([\w-]+)"\nname = "([^"]+)"', text, re.M))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, for planting."""
    shutil.copytree(ROOT / "overlay", tmp_path / "overlay", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "overlay"


def test_the_rooms_keep_their_arrows(tmp_path: Path) -> None:
    """Every contract is kept in this checkout."""
    done = lint(ROOT / "overlay", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(contract_names())} kept, 0 broken" in done.stdout


@pytest.mark.parametrize(("file", "line", "contract"), PLANTS)
def test_a_wrong_import_is_noticed(file: str, line: str, contract: str, copy: Path, tmp_path: Path) -> None:
    """One import against the arrows breaks the contract that forbids it."""
    path = copy / "syncropel" / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{text}\n\n{line}\n", encoding="utf-8")
    done = lint(copy, tmp_path)
    assert done.returncode != 0
    names = contract_names()
    expected = f"{names[contract]} BROKEN" if contract in names else "stray"
    assert expected in done.stdout + done.stderr


def test_every_contract_has_a_planted_import() -> None:
    """No contract goes untested, but the one whose violation nobody can plant outside generated code."""
    assert {contract for _, _, contract in PLANTS} == {*contract_names(), "exhaustive"} - {"generated-alone"}
