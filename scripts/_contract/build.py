"""Writing the low-level layer into a folder, and putting a finished folder in the place of the old one."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from _contract import chain, exports
from _contract.document import ContractError, load, operations, without_lines
from _toolbox import ROOT, fail

HEADER = (
    "# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run\n"
    "# scripts/generate\n\n"
)
STAMP = ".stamp"


def read_contract() -> dict[str, Any]:
    """Return the contract of this checkout.

    Raises:
        StepFailed: It cannot be read.
    """
    try:
        return load(chain.CONTRACT.read_text(encoding="utf-8"))
    except (ContractError, OSError) as error:
        raise fail(str(error)) from error


def build(folder: Path) -> int:
    """Write the whole layer into a folder that does not exist yet.

    Returns:
        The number of operations.

    Raises:
        StepFailed: The generator or the formatter warns or fails, or an operation is missing in the output.
    """
    document = read_contract()
    contract = folder.with_name(f"{folder.name}.contract.json")
    contract.write_text(exports.as_json(without_lines(document)), encoding="utf-8", newline="\n")
    run_generator(contract, folder)
    _check_operations(document, folder)
    for module in sorted(folder.rglob("*.py")):
        module.write_text(HEADER + module.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    written = {
        "routes.json": exports.as_json(exports.routes(document)),
        "schemas.json": exports.as_json(exports.schemas(document)),
        "openapi.json": exports.as_json(document),
        "py.typed": "",
        STAMP: stamp(),
    }
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return sum(1 for _ in operations(document))


def run_generator(contract: Path, folder: Path) -> None:
    """Run the pinned generator with our configuration and templates.

    Raises:
        StepFailed: It or the formatter warns or fails.
    """
    binaries = Path(sys.executable).parent
    command: list[str | Path] = [binaries / "openapi-python-client", "generate"]
    command += ["--path", contract, "--config", chain.CONFIG]
    command += ["--custom-template-path", chain.TEMPLATES, "--meta", "none"]
    command += ["--output-path", folder, "--fail-on-warning"]
    # The formatter is run by name: the environment's own must be the first one found.
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder.parent,
        env={**os.environ, "PATH": path, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    noise = done.stderr.strip() or re.sub(r"(?m)^Generating .*$", "", done.stdout).strip()
    if done.returncode or noise:
        raise fail(f"the generator is not content (status {done.returncode}):\n{done.stdout}{done.stderr}")


def _check_operations(document: dict[str, Any], folder: Path) -> None:
    """Refuse an output that lacks an operation or has one too many: the generator can drop one silently."""
    wanted = {(each.tag, _snake(each.id)) for each in operations(document)}
    found = {
        (module.parent.name, module.stem)
        for module in (folder / "api").glob("*/*.py")
        if module.name != "__init__.py"
    }
    if wanted != found:
        missing = ", ".join(f"{tag}/{name}" for tag, name in sorted(wanted - found)) or "none"
        extra = ", ".join(f"{tag}/{name}" for tag, name in sorted(found - wanted)) or "none"
        raise fail(
            f"the contract has {len(wanted)} operations, the output {len(found)}; "
            f"missing: {missing}; extra: {extra}"
        )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def stamp() -> str:
    """Return what the output depends on: the digest of each input, and the pinned versions."""
    inputs = [chain.CONTRACT, chain.CONFIG, *sorted(chain.TEMPLATES.rglob("*.jinja"))]
    lines = [f"{_digest(path)}  {path.relative_to(ROOT).as_posix()}" for path in inputs]
    return "\n".join([*lines, *chain.pins()]) + "\n"


def _digest(path: Path) -> str:
    # Line endings are not content: a checkout may have translated them.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def swap(new: Path, target: Path) -> None:
    """Put a finished folder in the place of another, which is put back when that fails."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
