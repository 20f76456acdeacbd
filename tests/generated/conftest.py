"""The contract as data, and how a test gets at the module of one operation."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import syncropel_generated

PACKAGE = Path(str(syncropel_generated.__file__)).parent


def _module(tag: str, operation_id: str) -> ModuleType:
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", operation_id).lower()
    return import_module(f"syncropel_generated.api.{tag}.{name}")


@pytest.fixture(scope="session")
def package() -> Path:
    """Return the folder of the generated package."""
    return PACKAGE


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """Return the contract that the package was generated from."""
    loaded: dict[str, Any] = json.loads((PACKAGE / "openapi.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def modules() -> dict[str, ModuleType]:
    """Return the generated module of every operation, by operationId."""
    rows = json.loads((PACKAGE / "routes.json").read_text(encoding="utf-8"))
    return {row["operation_id"]: _module(row["tag"], row["operation_id"]) for row in rows}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `route` once per operation of the contract."""
    if "route" in metafunc.fixturenames:
        rows = json.loads((PACKAGE / "routes.json").read_text(encoding="utf-8"))
        metafunc.parametrize("route", rows, ids=[row["operation_id"] for row in rows])
