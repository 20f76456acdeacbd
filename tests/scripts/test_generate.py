"""`scripts/generate` from the outside: what it writes, when `--check` fails, what `--diff` says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from _contract import build, chain, verbs
from _contract.compare import differences
from _toolbox import ENVIRONMENTS, ROOT

# The first of these tests may have to make the environment of the generator.
pytestmark = pytest.mark.timeout(400)

INPUTS = (
    "openapi.yaml",
    "generator-config.yaml",
    "pyproject.toml",
    "scripts",
    "generated",
    "overlay/syncropel/rules/error_codes.py",
)
# Reading the whole contract takes seconds, and what is told of a change does not depend on the rest.
SMALL = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /health/ready:
    get:
      operationId: getReadiness
      responses: {"200": {description: Ready.}}
  /v1/records:
    post:
      operationId: emitRecord
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/RecordInput"}}}}
      responses: {"200": {description: Stored.}}
components:
  schemas:
    RecordInput:
      type: object
      required: [act, thread]
      properties: {act: {type: string}, thread: {type: string}, parents: {type: array}}
"""
PACKAGE = Path("generated") / "syncropel_generated"


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(tree / "scripts" / "generate"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYNCROPEL_ENVS": str(ENVIRONMENTS)},
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of what generation needs, to be changed at will."""
    for name in INPUTS:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return tmp_path


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_check_fails_after_a_change_of_its_inputs(tree: Path) -> None:
    """A new member in the contract or other words in a template are drift; generated, the layer has both."""
    health = '        status:\n          description: "`ok` when'
    member = "        mood:\n          description: How it feels.\n          type: string\n"
    _edit(tree / "openapi.yaml", health, member + health)
    _edit(tree / "scripts" / "templates" / "errors.py.jinja", "Survives pickle.", "Survives pickling.")
    done = _run(tree, "--check")
    assert done.returncode == 1
    assert "older than the contract, the templates or the generator: models/health.py" in done.stderr
    assert "older than the contract, the templates or the generator: errors.py" in done.stderr
    assert _run(tree).returncode == 0
    written = tree / PACKAGE
    assert "mood: str | Unset = UNSET" in (written / "models" / "health.py").read_text(encoding="utf-8")
    assert "Survives pickling." in (written / "errors.py").read_text(encoding="utf-8")


def test_check_names_hand_edits_stray_and_missing_files(tree: Path) -> None:
    """`--check` fails on an edited, a stray and a missing file, and tells an edit from an older state."""
    package = tree / PACKAGE
    _edit(package / "types.py", "def safe_status", "def  safe_status")
    (package / "models" / "stray.py").write_text("", encoding="utf-8")
    (package / "py.typed").unlink()
    done = _run(tree, "--check")
    assert done.returncode == 1
    assert "edited by hand: types.py" in done.stderr
    assert "stray: models/stray.py" in done.stderr
    assert "missing: py.typed" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda kept: (kept / "client.py").write_bytes(b""), "edited by hand: client.py"),
        (lambda kept: (kept / "routes.json").unlink(), "missing: routes.json"),
        (lambda kept: (kept / "x.txt").write_bytes(b""), "stray: x.txt"),
        (lambda kept: (kept / "api" / ".hidden").write_bytes(b""), "stray: api/.hidden"),
    ],
)
def test_each_difference_is_one_line(tmp_path: Path, spoil: Callable[[Path], object], line: str) -> None:
    """Two equal folders differ in nothing; one spoiled file gives exactly its own line."""
    kept = tmp_path / "kept"
    shutil.copytree(chain.OUTPUT, kept)
    (kept / "__pycache__").mkdir(exist_ok=True)
    (kept / "__pycache__" / "x.pyc").write_bytes(b"")
    assert differences(chain.OUTPUT, kept) == []
    spoil(kept)
    assert differences(chain.OUTPUT, kept) == [line]


def test_a_contract_that_breaks_a_rule_is_not_generated(tree: Path) -> None:
    """Generation stops at the lint: the message names place and rule, and the old layer stays."""
    before = (tree / PACKAGE / ".stamp").read_bytes()
    _edit(tree / "openapi.yaml", "operationId: getHealth", "operationId: GetHealth")
    done = _run(tree)
    assert done.returncode == 1
    assert "GET /health: the operationId 'GetHealth' must be lower camel case [operation-id]" in done.stderr
    assert (tree / PACKAGE / ".stamp").read_bytes() == before


def test_a_contract_that_breaks_a_rule_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--check` ends at the lint too, before anything is built."""
    monkeypatch.setattr(verbs.build, "read_contract", dict)
    monkeypatch.setattr(verbs, "problems", lambda _: ["a problem"])
    monkeypatch.setattr(verbs.build, "build", None)
    assert verbs.check() == 1


def test_a_document_that_is_not_openapi_is_refused(tree: Path) -> None:
    """The validity of the document is part of the lint, as is a repeated key in the YAML."""
    _edit(tree / "openapi.yaml", '  version: "1.0.0"\n', "")
    done = _run(tree, "--lint")
    assert done.returncode == 1
    assert "[valid]" in done.stderr
    assert "version" in done.stderr
    _edit(tree / "openapi.yaml", "info:\n", 'info:\n  version: "1"\n  version: "2"\n')
    done = _run(tree, "--lint")
    assert done.returncode == 1
    assert "duplicate key" in done.stderr
    assert "Traceback" not in done.stderr


def test_diff_tells_a_break_since_a_file(tree: Path) -> None:
    """`--diff` names what changed since an older contract, ends with 1 on a break, and speaks JSON."""
    old = tree / "old.yaml"
    (tree / "openapi.yaml").write_text(SMALL, encoding="utf-8")
    shutil.copyfile(tree / "openapi.yaml", old)
    done = _run(tree, "--diff", str(old))
    assert (done.returncode, done.stdout.strip()) == (0, f"no change since {old}")
    _edit(tree / "openapi.yaml", "[act, thread]", "[act, thread, parents]")
    done = _run(tree, "--diff", str(old))
    assert done.returncode == 1
    assert "Breaks existing callers:\n  schema RecordInput, field parents became required" in done.stdout
    done = _run(tree, "--diff", str(old), "--json")
    where = "schema RecordInput, field parents"
    assert json.loads(done.stdout) == [{"where": where, "what": "became required", "breaking": True}]


def test_diff_reads_a_git_revision(tree: Path) -> None:
    """`--diff` takes a revision of the repository; one that is not there is one clear line."""
    (tree / "openapi.yaml").write_text(SMALL, encoding="utf-8")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "openapi.yaml"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *command], cwd=tree, check=True, capture_output=True)
    _edit(tree / "openapi.yaml", "  /health/ready:", "  /health/is-ready:")
    done = _run(tree, "--diff", "HEAD")
    assert done.returncode == 1
    assert "operation getReadiness moved from GET /health/ready to GET /health/is-ready" in done.stdout
    done = _run(tree, "--diff", "nothing")
    assert done.returncode == 1
    assert "git has no openapi.yaml at 'nothing'" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_arguments_end_with_2(tree: Path) -> None:
    """Two verbs at once, or `--json` alone, are refused before any work."""
    assert _run(tree, "--check", "--lint").returncode == 2
    assert _run(tree, "--json").returncode == 2
    assert "--diff OLD_REF" in _run(tree, "--help").stdout


def test_a_machine_without_a_new_enough_python_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Python 3.10 alone the message says what is needed, what was found and what to do."""
    monkeypatch.setattr(chain, "OLDEST", (99, 0))
    monkeypatch.setattr(chain.shutil, "which", lambda name: sys.executable if name == "python3.12" else None)
    with pytest.raises(SystemExit, match=r"needs Python 99\.0 or newer.*Install one so that it is found as"):
        chain.interpreter()


def test_a_newer_python_on_the_path_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An interpreter that is too old hands over to a newer one; a shim that does not start is passed over."""
    broken = tmp_path / "python3.11"
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    broken.chmod(0o755)
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\necho 3 12\n", encoding="utf-8")
    newer.chmod(0o755)
    monkeypatch.setattr(chain, "OLDEST", (3, 12))
    monkeypatch.setattr(chain.sys, "version_info", (3, 10, 0, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chain.interpreter() == str(newer)


def test_a_failed_swap_puts_the_old_folder_back(tmp_path: Path) -> None:
    """When the new folder cannot be moved in, the old one is where it was; a good swap leaves no remains."""
    target, new = tmp_path / "target", tmp_path / "new"
    target.mkdir()
    (target / "a").write_text("old", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        build.swap(tmp_path / "missing", target)
    assert (target / "a").read_text(encoding="utf-8") == "old"
    new.mkdir()
    (new / "a").write_text("new", encoding="utf-8")
    build.swap(new, target)
    assert (target / "a").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_the_versions_are_exact() -> None:
    """Every member of the chain is pinned to one version."""
    assert chain.pins()
    assert all("==" in pin for pin in chain.pins())
