"""The mirror of the asynchronous clients: derived, compared whole, and no rule without a use."""

from __future__ import annotations

import importlib.util
import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def unasync() -> ModuleType:
    """The script as a module."""
    loader = SourceFileLoader("unasync_script", str(ROOT / "scripts" / "unasync"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("folder", [".", "overlay"])
def test_the_mirror_is_what_the_source_gives(
    unasync: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """`scripts/unasync --check` passes on this checkout, wherever it is run."""
    monkeypatch.chdir(ROOT / folder)
    assert unasync.main(["--check"]) == 0
    assert "_sync matches _async" in capsys.readouterr().out


def test_every_construct_is_translated(unasync: ModuleType) -> None:
    """Nothing asynchronous is left in the mirror."""
    for path in sorted(unasync.TARGET.rglob("*.py")):
        code = path.read_text(encoding="utf-8").partition("\n")[2]
        assert not re.search(r"\b(async |await |asyncio|aclose|Async[A-Z])", code), path.name


def test_derive_names_what_it_used(unasync: ModuleType) -> None:
    """A replacement is noted only when it found something."""
    used: set[str] = set()
    text = unasync.derive("async def f(): await g()\n", used)
    assert text == unasync.HEADER + "def f(): g()\n"
    assert len(used) == 2


@pytest.mark.parametrize(
    ("found", "complaint"),
    [
        ({"a.py": "x\n"}, "missing: _sync/b.py"),
        ({"a.py": "x\n", "b.py": "y\n", "c.py": ""}, "no source for: _sync/c.py"),
        ({"a.py": "x\n", "b.py": "y\nmore\n"}, "-more"),
        ({"a.py": "x\n", "b.py": ""}, "+y"),
    ],
    ids=["missing", "orphan", "a line too many", "emptied"],
)
def test_every_difference_is_found(unasync: ModuleType, found: dict[str, str], complaint: str) -> None:
    """A missing file, an orphan, a line too many at the end and an emptied file are all told."""
    (report,) = unasync.differences({"a.py": "x\n", "b.py": "y\n"}, found)
    assert complaint in report


def test_an_unused_replacement_fails(
    unasync: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A rule about code that is gone must go too."""
    monkeypatch.setattr(unasync, "REPLACEMENTS", [*unasync.REPLACEMENTS, (r"\bno_such_word\b", "x")])
    with pytest.raises(SystemExit, match="no_such_word"):
        unasync.derive_all(tmp_path)


def test_a_stray_file_is_removed(
    unasync: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Writing the mirror removes what has no source any more."""
    (tmp_path / "gone.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(unasync, "TARGET", tmp_path)
    assert unasync.main([]) == 0
    assert not (tmp_path / "gone.py").exists()
    assert unasync.files(tmp_path) == unasync.files(ROOT / "overlay" / "syncropel" / "_sync")
