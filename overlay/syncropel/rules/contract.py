"""The contract as data: the JSON files that the generator writes beside the typed layer.

They are read from the folder of `syncropel_generated` without importing it, because importing it loads httpx
and attrs, which light code must not need.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

_PACKAGE = "syncropel_generated"


@cache
def folder() -> Path:
    """Return the folder of the generated package.

    Raises:
        ConfigurationError: The package is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"the package {_PACKAGE!r} is missing; reinstall syncropel, or run scripts/generate"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def load_schemas() -> dict[str, Any]:
    """Return the contract's component schemas as one JSON Schema 2020-12 document. Do not change it.

    Its `$defs` maps a name to its schema, and its `x-kinds` maps a record kind to such a name.

    Raises:
        ConfigurationError: The generated files are missing or damaged.
    """
    return _typed("schemas.json", dict)  # type: ignore[no-any-return]


def load_routes() -> list[dict[str, str]]:
    """Return the contract's operations: `operation_id`, `method`, `path`, `tag` of each. Do not change it.

    Raises:
        ConfigurationError: The generated files are missing or damaged.
    """
    return _typed("routes.json", list)  # type: ignore[no-any-return]


def load_openapi() -> dict[str, Any]:
    """Return the contract itself, an OpenAPI 3.1 document. Do not change it.

    Raises:
        ConfigurationError: The generated files are missing or damaged.
    """
    return _typed("openapi.json", dict)  # type: ignore[no-any-return]


@cache
def _typed(name: str, kind: type) -> Any:
    path = folder() / name
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot read the contract's {name}: {error}; run scripts/generate"
        ) from error
    if not isinstance(value, kind):
        raise ConfigurationError(f"the contract's {name} is damaged: it holds no {kind.__name__}")
    return value
