"""The arrows between the rooms: the linter keeps them, and notices every kind of wrong import."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

import pytest

from _toolbox import ROOT

# One process for all of them: starting the linter costs several times what a look at the package does.
LINTER = """
import contextlib, io, json, sys
from pathlib import Path

from importlinter.cli import lint_imports

package, config, plants = Path(sys.argv[1]), sys.argv[2], json.load(sys.stdin)
found = []
for file, line, contracts in plants:
    path = package / file
    before = path.read_bytes() if path.is_file() else None
    if line:
        path.write_bytes((before or b"") + f"\\n\\n{line}\\n".encode())
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        status = lint_imports(config_filename=config, limit_to_contracts=contracts, no_cache=True)
    found.append((status, said.getvalue()))
    if before is None:
        path.unlink()
    else:
        path.write_bytes(before)
json.dump(found, sys.stdout)
"""
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


class Verdict(NamedTuple):
    """What the linter ended with, and all that it said."""

    status: int
    said: str


Verdicts = dict[tuple[str, str], Verdict]
NOTHING = ("errors.py", "")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """What the linter says of a copy: by every contract as it is, by one with each plant alone."""
    folder = tmp_path_factory.mktemp("layers")
    package = folder / "overlay" / "syncropel"
    shutil.copytree(ROOT / "overlay/syncropel", package, ignore=shutil.ignore_patterns("__pycache__"))
    plants: list[tuple[str, str, list[str]]] = [(*NOTHING, [])]
    for file, line, contract in PLANTS:
        plants.append((file, line, [contract if contract in contract_names() else "rooms"]))
    paths = os.pathsep.join([str(package.parent), str(ROOT / "generated")])
    environment = {"PYTHONPATH": paths, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", LINTER, str(package), str(ROOT / "pyproject.toml")],
        input=json.dumps(plants),
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = zip(plants, json.loads(done.stdout), strict=True)
    return {(file, line): Verdict(*verdict) for (file, line, _), verdict in found}


def contract_names() -> dict[str, str]:
    """Return each contract's name under its id, read from the configuration."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(re.findall(r'^id = "([\w-]+)"\nname = "([^"]+)"', text, re.M))


def test_the_rooms_keep_their_arrows(verdicts: Verdicts) -> None:
    """Every contract is kept in this checkout, so what follows blames the plant."""
    verdict = verdicts[NOTHING]
    assert verdict.status == 0, verdict.said
    assert f"{len(contract_names())} kept, 0 broken" in verdict.said


@pytest.mark.parametrize(("file", "line", "contract"), PLANTS)
def test_a_wrong_import_is_noticed(file: str, line: str, contract: str, verdicts: Verdicts) -> None:
    """One import against the arrows breaks the contract that forbids it."""
    verdict = verdicts[file, line]
    assert verdict.status != 0
    names = contract_names()
    expected = f"{names[contract]} BROKEN" if contract in names else "stray"
    assert expected in verdict.said


def test_every_contract_has_a_planted_import() -> None:
    """No contract goes untested, but the one whose violation nobody can plant outside generated code."""
    assert {contract for _, _, contract in PLANTS} == {*contract_names(), "exhaustive"} - {"generated-alone"}
