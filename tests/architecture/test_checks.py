"""The rules about the project's text, which `scripts/check` runs over it: each one notices a violation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import _checks

Plant = Callable[[Path], None]
HEAD = '"""A module."""\n\nfrom __future__ import annotations\n'
TEST = "\ndef test_it():\n"
CLASS = '\nclass Client:\n    """A client."""\n\n    def close(self): ...\n'


def write(root: Path, name: str, text: str) -> None:
    """Put one file into a checkout."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def project(root: Path) -> Path:
    """Make a small checkout that keeps every rule."""
    build = '[build-system]\nrequires = ["hatchling>=1,<2"]'
    extras = '[project.optional-dependencies]\nall = ["syncropel[cli]"]\ncli = ["rich>=13,<16"]'
    write(root, "pyproject.toml", f'{build}\n[project]\nname = "syncropel"\n{extras}\n')
    write(root, "overlay/syncropel/good.py", f'{HEAD}\n__all__ = ["Client", "emit"]\n')
    write(root, "overlay/syncropel/transport/calls.py", f"{HEAD}\nimport syncropel_generated.api.queues\n")
    write(root, "overlay/syncropel/kernel/services/queues.py", HEAD)
    for folder in ("kernel", "clients"):
        write(
            root,
            f"tests/{folder}/test_queues.py",
            f'{HEAD}\ndef test_it():\n    """It holds what it says."""\n',
        )
    write(root, "tests/conformance/scenarios_queues.py", HEAD)
    write(root, "docs/services/queues.md", "# Queues\n\n```python\nprint()\n```\n")
    write(root, "scripts/README.md", "| `scripts/test` | runs |\n")
    write(root, "scripts/test", f"#!/usr/bin/env python3\n{HEAD}")
    (root / "scripts/test").chmod(0o755)
    write(root, "generated/syncropel_generated/routes.json", json.dumps([{"tag": "queues"}]))
    write(root, "generated/syncropel_generated/openapi.json", json.dumps({"paths": {}}))
    return root


def planting(name: str, text: str) -> Plant:
    """Return what writes one file over the small checkout."""
    return lambda root: write(root, name, text)


def removing(name: str) -> Plant:
    """Return what takes one file out of the small checkout."""
    return lambda root: (root / name).unlink()


VIOLATIONS: list[tuple[str, str, Plant]] = [
    (
        "dependency_bounds",
        "httpx>=0.27",
        planting(
            "pyproject.toml",
            '[build-system]\nrequires = []\n[project]\nname = "syncropel"\ndependencies = ["httpx>=0.27"]\n',
        ),
    ),
    (
        "dependency_bounds",
        "pytest",
        planting(
            "pyproject.toml",
            '[build-system]\nrequires = []\n[project]\nname = "a"\n[dependency-groups]\ntest = ["pytest"]\n',
        ),
    ),
    ("file_lengths", "401 lines", planting("overlay/syncropel/long.py", HEAD + "A = 1\n" * 398)),
    ("file_lengths", "scripts/test", planting("scripts/test", "#!/usr/bin/env python3\n" + "A = 1\n" * 400)),
    ("future_annotations", "late.py", planting("overlay/syncropel/late.py", '"""A module."""\n\nA = 1\n')),
    (
        "public_docstrings",
        "bare.py",
        planting("overlay/syncropel/bare.py", "A = 1\n"),
    ),
    ("public_docstrings", "emit", planting("overlay/syncropel/a.py", f"{HEAD}\ndef emit():\n    pass\n")),
    (
        "public_docstrings",
        "Client.close",
        planting(
            "overlay/syncropel/a.py",
            f"{HEAD}{CLASS}",
        ),
    ),
    ("test_docstrings", "test_it", planting("tests/test_a.py", f"{HEAD}{TEST}    pass\n")),
    (
        "test_docstrings",
        "test_it",
        planting("tests/test_a.py", f'{HEAD}{TEST}    """Works."""\n'),
    ),
    ("sorted_exports", "not sorted", planting("overlay/syncropel/a.py", f'{HEAD}\n__all__ = ["b", "a"]\n')),
    ("sorted_exports", "twice", planting("overlay/syncropel/a.py", f'{HEAD}\n__all__ = ["a", "a"]\n')),
    ("foreign_paths", "docs/a.md:1", planting("docs/a.md", "See /" + "work/main for more.\n")),
    ("foreign_paths", "docs/a.md:1", planting("docs/a.md", "See https://pypi" + ".org/simple\n")),
    (
        "tests_passed_over",
        "test_a.py:1",
        planting("tests/test_a.py", "@pytest.mark." + "skip\ndef a(): ...\n"),
    ),
    ("tests_passed_over", "test_a.py:1", planting("tests/test_a.py", "pytest." + "importorskip('x')\n")),
    ("scripts_listed", "scripts/new: no row", planting("scripts/new", "#!/bin/sh\n")),
    ("scripts_listed", "scripts/new: is not executable", planting("scripts/new", "#!/bin/sh\n")),
    (
        "scripts_listed",
        "there is no scripts/gone",
        planting("scripts/README.md", "| `scripts/gone` |\n"),
    ),
    ("family_rooms", "the kernel is missing", removing("overlay/syncropel/kernel/services/queues.py")),
    ("family_rooms", "no client calls", removing("overlay/syncropel/transport/calls.py")),
    ("family_rooms", "tests of the kernel is missing", removing("tests/kernel/test_queues.py")),
    ("family_rooms", "tests of the clients is missing", removing("tests/clients/test_queues.py")),
    ("family_rooms", "conformance scenarios is missing", removing("tests/conformance/scenarios_queues.py")),
    ("family_rooms", "a document is missing", removing("docs/services/queues.md")),
    ("family_rooms", "no runnable example", planting("docs/services/queues.md", "# Queues\n")),
]


@pytest.mark.parametrize("name", list(_checks.CHECKS))
def test_a_rule_is_content_with_a_small_checkout(name: str, tmp_path: Path) -> None:
    """A checkout that keeps the rules is not complained about, so what follows blames the plant."""
    assert _checks.CHECKS[name](project(tmp_path)) == []


@pytest.mark.parametrize(("name", "said", "plant"), VIOLATIONS)
def test_a_rule_notices_a_violation(
    name: str, said: str, plant: Callable[[Path], None], tmp_path: Path
) -> None:
    """One planted violation makes its rule complain, naming the place."""
    root = project(tmp_path)
    plant(root)
    assert [problem for problem in _checks.CHECKS[name](root) if said in problem]


def test_every_rule_has_a_planted_violation() -> None:
    """No rule goes untested: a check that cannot fail holds nothing."""
    assert {name for name, _, _ in VIOLATIONS} == set(_checks.CHECKS)
