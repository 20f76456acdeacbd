"""The generated package as a whole: what it loads, what it runs on, and the files beside the code."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import syncropel_generated
from syncropel_generated import models

OLDEST = (3, 10)
# Everything the output takes from the standard library; each of these is in Python 3.10.
KNOWN_TO_310 = {
    "collections.abc": {"Mapping", "MutableMapping"},
    "enum": {"Enum", "IntEnum"},
    "http": {"HTTPStatus"},
    "importlib": {"import_module"},
    "threading": {"Lock"},
    "typing": {
        "IO",
        "TYPE_CHECKING",
        "Any",
        "BinaryIO",
        "ClassVar",
        "Generic",
        "Literal",
        "TypeVar",
        "Union",
        "cast",
    },
    "urllib.parse": {"quote"},
}


def _modules(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def test_the_output_is_python_3_10(package: Path) -> None:
    """Every module parses as Python 3.10 and imports from the standard library only what 3.10 has."""
    for path in _modules(package):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=OLDEST)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module != "__future__":
                if node.module in ("attrs", "dateutil.parser"):
                    continue
                assert {name.name for name in node.names} <= KNOWN_TO_310[str(node.module)], path


def test_annotations_are_not_evaluated(package: Path) -> None:
    """Every module with code postpones its annotations, so `X | None` costs nothing at import."""
    for path in _modules(package):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if len(tree.body) > 1:
            assert any(
                isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
            ), path


def test_every_module_says_how_it_came_to_be(package: Path) -> None:
    """Every module opens with the warning not to edit it, and the command that writes it."""
    for path in _modules(package):
        first = path.read_text(encoding="utf-8").splitlines()[:2]
        assert first[0].startswith("# Written by scripts/generate. Do not edit"), path
        assert "scripts/generate" in first[1], path


def test_importing_loads_neither_httpx_nor_attrs() -> None:
    """Importing the package, or listing its models, loads no library and no model."""
    code = (
        "import sys, syncropel_generated, syncropel_generated.models as m; dir(m); dir(syncropel_generated);"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('httpx', 'attr', 'attrs')"
        " or n.startswith('syncropel_generated.models.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_loads_what_it_needs_and_no_more() -> None:
    """Asking for one model loads a handful of modules, not all of them."""
    code = (
        "import sys; from syncropel_generated.models import Act;"
        "print(len([n for n in sys.modules if n.startswith('syncropel_generated.models.')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 1


def test_every_module_can_be_loaded() -> None:
    """No broken module hides behind laziness: all of them import, and every promised name is there."""
    for info in pkgutil.walk_packages(syncropel_generated.__path__, "syncropel_generated."):
        importlib.import_module(info.name)
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
    assert set(models.__all__) <= set(dir(models))


@pytest.mark.parametrize("module", [models, syncropel_generated])
def test_a_wrong_name_says_where_it_is_missing(module: Any) -> None:
    """Asking for a name that is not there raises an AttributeError with module and name."""
    with pytest.raises(AttributeError, match=rf"{module.__name__}.*'Nothing'"):
        module.Nothing  # noqa: B018


def test_there_is_one_module_per_operation(package: Path, contract: dict[str, Any]) -> None:
    """The number of operations in the output is the number in the contract."""
    found = [path for path in (package / "api").glob("*/*.py") if path.name != "__init__.py"]
    wanted = [node for item in contract["paths"].values() for node in item.values()]
    routes = json.loads((package / "routes.json").read_text(encoding="utf-8"))
    assert len(found) == len(wanted) == len(routes) == 80


def test_the_routes_are_the_contracts(package: Path, contract: dict[str, Any]) -> None:
    """Each route names an operation by id, method, path template and tag, and the scope that it needs."""
    for route in json.loads((package / "routes.json").read_text(encoding="utf-8")):
        assert list(route) == ["operation_id", "method", "path", "tag", "scope"]
        node = contract["paths"][route["path"]][route["method"].lower()]
        assert (node["operationId"], node["tags"][0]) == (route["operation_id"], route["tag"])
        assert node["x-scope"] == route["scope"]


def test_the_package_is_typed(package: Path) -> None:
    """The marker that makes type checkers read the annotations is there."""
    assert (package / "py.typed").is_file()
