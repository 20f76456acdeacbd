"""The contract's JSON files are found and read without importing the generated package."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel.errors import ConfigurationError
from syncropel.rules import contract


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a generated package that must not be imported in the place of the real one."""
    folder = tmp_path / "stand_in"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(contract, "_PACKAGE", "stand_in")
    forget()
    yield folder
    forget()


def forget() -> None:
    """Make the next read look at the disk again."""
    contract.folder.cache_clear()
    contract._typed.cache_clear()


def test_files_are_read_without_importing(package: Path) -> None:
    """The three files are returned as data; the package's code does not run."""
    (package / "schemas.json").write_text(json.dumps({"$defs": {"A": {}}, "x-kinds": {"a.b.c": "A"}}))
    (package / "routes.json").write_text(json.dumps([{"operation_id": "x", "method": "GET", "path": "/x"}]))
    (package / "openapi.json").write_text(json.dumps({"openapi": "3.1.0"}))
    assert contract.folder() == package
    assert contract.load_schemas()["x-kinds"] == {"a.b.c": "A"}
    assert contract.load_routes()[0]["operation_id"] == "x"
    assert contract.load_openapi() == {"openapi": "3.1.0"}
    assert contract.load_schemas() is contract.load_schemas()


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_damaged_files_are_named(package: Path, text: str | None) -> None:
    """A file that is absent, broken or of another shape is a configuration error with its name."""
    if text is not None:
        (package / "schemas.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"schemas\.json"):
        contract.load_schemas()


def test_a_missing_package_is_named(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the generated package the error says which one is missing."""
    monkeypatch.setattr(contract, "_PACKAGE", "no_such_package_here")
    forget()
    with pytest.raises(ConfigurationError, match="no_such_package_here"):
        contract.load_routes()


def test_the_shipped_contract_is_whole() -> None:
    """Every kind of the contract names a schema that is there, and every route has its four members."""
    schemas = contract.load_schemas()
    assert set(schemas["x-kinds"].values()) <= set(schemas["$defs"])
    assert {"core.correction", "core.erasure", "core.alias", "infer.query.v1"} <= set(schemas["x-kinds"])
    for route in contract.load_routes():
        assert {"operation_id", "method", "path", "tag"} <= set(route)
    assert contract.load_openapi()["openapi"].startswith("3.1")


def test_the_rules_load_nothing_heavy() -> None:
    """Importing every module of the rules loads no package outside the standard library."""
    code = (
        "import importlib, pkgutil, sys\n"
        "import syncropel.rules as rules\n"
        "for module in pkgutil.iter_modules(rules.__path__, 'syncropel.rules.'):\n"
        "    importlib.import_module(module.name)\n"
        "sys.modules['syncropel.rules.contract'].load_routes()\n"
        "heavy = 'httpx attr attrs jsonschema jsonschema_rs referencing syncropel_generated'\n"
        "print(sorted(set(heavy.split()) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
