"""The scripts that run everything else: they run all of it, and a failure anywhere is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

import _toolbox
from _toolbox import ROOT

PASSES = 'def test_a():\n    """It holds."""\n'
# Put together, because tests are searched for this very text.
SKIPPED = f"import pytest\n\n@pytest.mark.{'skip'}\n{PASSES}"


def load(verb: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load a script as a module whose environments are the one that runs this test."""
    loader = SourceFileLoader(f"scripts_{verb}", str(ROOT / "scripts" / verb))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, loader.name, module)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "environment", lambda *_, **__: Path(sys.executable))
    return module


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PASSES, ""),
        (PASSES + "    assert False\n", "pytest ended with 1"),
        ("", "pytest ended with 5"),
        (SKIPPED, "no test was executed"),
        (SKIPPED + PASSES.replace("test_a", "test_b"), "1 skipped"),
    ],
)
def test_a_run_is_judged(text: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of the tests has failed when a test fails, when none is executed, and when one is skipped."""
    verb = load("test", monkeypatch)
    (tmp_path / "test_planted.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take seconds to load
    arguments = ["-s", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    outcome = verb.run(verb.HERE, sys.executable, arguments, "asked")
    assert (problem in outcome.problem) if problem else not outcome.problem
    assert verb.HERE in str(outcome)


def test_which_interpreters_run_what(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here runs everything and others the core; options and arguments of pytest change that as documented."""
    verb = load("test", monkeypatch)
    monkeypatch.setattr(verb, "interpreters", lambda: {"3.9": "old", verb.HERE: "here"})

    def scopes(python: list[str], everywhere: bool, extra: list[str]) -> list[tuple[str, str]]:
        options = verb.argparse.Namespace(python=python, all=everywhere)
        return [(step[0], step[3]) for step in verb.plan(options, extra)]

    assert scopes([], False, []) == [(verb.HERE, "whole"), ("3.9", "core")]
    assert scopes([], True, []) == [("3.9", "whole"), (verb.HERE, "whole")]
    assert scopes(["3.9"], False, []) == [("3.9", "whole")]
    assert scopes([], False, ["-k", "ref"]) == [(verb.HERE, "asked")]
    with pytest.raises(SystemExit, match=r"no Python 2\.7"):
        scopes(["2.7"], False, [])


def test_a_group_is_its_quoted_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency group is read without its comments, and an unknown one is refused by name."""
    lines = [
        "[dependency-groups]",
        "test = [",
        "    # Why.",
        '    "b>=1",  # also why',
        '    "a[x]==1",',
        "]",
    ]
    (tmp_path / "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(_toolbox, "ROOT", tmp_path)
    assert _toolbox.group("test") == ["b>=1", "a[x]==1"]
    with pytest.raises(SystemExit, match="no dependency group 'gone'"):
        _toolbox.group("gone")


def test_processes_are_the_callers_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are spread over processors unless an argument asks for one process or says how many."""
    verb = load("test", monkeypatch)
    assert verb.pytest_options(["tests/rules"])[0] == "-n"
    for own in (["-n4"], ["-n", "4"], ["--pdb"], ["-s"], ["--numprocesses=3"]):
        assert verb.pytest_options(own) == []


def test_a_shim_that_starts_nothing_is_no_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file called python3.10 that does not start a Python 3.10 is passed over."""
    verb = load("test", monkeypatch)
    for name, body in (("python3.10", "exit 127"), ("python3.12", "echo 3.11")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert verb.interpreters() == {verb.HERE: sys.executable}


def test_every_check_runs_even_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A failing step does not keep the next one from running; the summary names both, and the status is 1."""
    verb = load("check", monkeypatch)
    exits = {
        name: [sys.executable, "-c", f"print('ran {name}'); exit({code})"]
        for name, code in (("a", 3), ("b", 0))
    }
    monkeypatch.setattr(verb, "steps", lambda _: exits)
    monkeypatch.setattr(sys, "argv", ["check"])
    assert verb.main() == 1
    said = capfd.readouterr().out
    assert "ran a" in said
    assert "ran b" in said
    assert "FAILED (status 3)" in said
    monkeypatch.setattr(sys, "argv", ["check", "b"])
    assert verb.main() == 0


@pytest.mark.parametrize("broken", ["", "test", "check", "demo"])
def test_continuous_integration_runs_every_stage(broken: str, tmp_path: Path) -> None:
    """Tests, checks and the demo twice, all even after a failure, told in order; a failed stage is named."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "scripts").mkdir()
    for verb in ("test", "check", "demo"):
        script = tmp_path / "scripts" / verb
        words = f"echo {verb} >> ran\necho the {verb} speaks\nexit {int(verb == broken)}\n"
        script.write_text(f"#!/bin/sh\n{words}", encoding="utf-8")
        script.chmod(0o755)
    done = subprocess.run(
        [str(tmp_path / ".ci" / "run")],
        env={**os.environ, "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    ran = (tmp_path / "ran").read_text(encoding="utf-8").split()
    # The first two run at the same time.
    assert (sorted(ran[:2]), ran[2:]) == (["check", "test"], ["demo", "demo"])
    assert [line for line in done.stdout.splitlines() if line.endswith("speaks")] == [
        f"the {verb} speaks" for verb in ("test", "check", "demo", "demo")
    ]
    assert done.returncode == int(bool(broken))
    assert ("all passed" in done.stdout) == (not broken)
    assert done.stdout.count("FAILED with status 1") == {"": 0, "demo": 2}.get(broken, 1)
