"""One schema and its engine: whether a body fits, and every place where it does not.

`jsonschema` and `jsonschema-rs` differ in two keywords, `pattern` (a final newline, digits beyond ASCII) and
`multipleOf` (binary rounding); the first one is taught the standard's meaning here, so that both judge alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NoReturn

from ..errors import MissingExtraError, UsageError, Violation
from .faults import describe
from .fitting import quick_check
from .plain import json_path

ENGINES = ("jsonschema", "jsonschema-rs")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_"}


def engine_named(name: str | None) -> str:
    """Return the engine to use: the one named, or the fastest that is installed.

    Raises:
        UsageError: There is no engine of this name.
        MissingExtraError: `jsonschema-rs` is asked for and not installed.
    """
    if name is not None and name not in ENGINES:
        raise UsageError(f"engine must be one of {', '.join(ENGINES)}, not {name!r}")
    compiled = name != "jsonschema" and find_spec("jsonschema_rs") is not None
    if name == "jsonschema-rs" and not compiled:
        raise MissingExtraError("the engine 'jsonschema-rs'", "fast")
    return "jsonschema-rs" if compiled else "jsonschema"


class Judge:
    """A schema made ready.

    Args:
        schema: A valid schema (see `schema_check`), with every reference inside it.
        engine: One of `ENGINES`.
    """

    def __init__(self, schema: Any, engine: str) -> None:
        self._schema = schema
        self._explainer: Any = None
        compiled = _compiled_check(schema) if engine == "jsonschema-rs" else None
        self._fits = compiled or quick_check(schema, compile_pattern)

    def violations(self, instance: Any) -> list[Violation]:
        """Return every violation of a plain JSON value, in the order of their paths.

        Raises:
            UsageError: The schema needs more levels than the interpreter's stack has.
        """
        if self._fits is not None and self._fits(instance):
            return []
        if self._explainer is None:
            from referencing import Registry

            # An empty registry: what is not in the schema is not looked for anywhere else.
            self._explainer = _standard_validator()(self._schema, registry=Registry())
        try:
            errors = list(self._explainer.iter_errors(instance))
        except RecursionError:
            raise UsageError("the schema refers to itself deeper than can be followed") from None
        errors.sort(key=lambda error: [_sortable(part) for part in error.absolute_path])
        return [_violation(error) for error in errors]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""Return a schema's regular expression with the meaning that ECMA-262 gives it.

    `$` means the very end, and `\d` and `\w` are ASCII.

    Raises:
        re.error: Python's engine does not understand the expression.
    """
    translated: list[str] = []
    in_class = escaped = False
    for char in pattern:
        if escaped:
            escaped = False
            if char.lower() in _CLASSES and not (in_class and char.isupper()):
                inner = _CLASSES[char.lower()]
                inner = inner if in_class else f"[{'^' if char.isupper() else ''}{inner}]"
                translated[-1] = inner
                continue
        elif char == "\\":
            escaped = True
        elif char == "$" and not in_class:
            translated.append(r"\Z")
            continue
        elif char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        translated.append(char)
    return re.compile("".join(translated))


_pattern = lru_cache(maxsize=512)(compile_pattern)


def dialect_fault(schema: Any) -> str | None:
    """Say why a schema's dialect is not understood, or return None."""
    dialect = schema.get("$schema", _DIALECT) if isinstance(schema, Mapping) else _DIALECT
    if isinstance(dialect, str) and dialect.rstrip("#") == _DIALECT:
        return None
    return f"$schema must be {_DIALECT!r} (or be left out), not {dialect!r}"


def _violation(error: Any) -> Violation:
    rule = error.validator if isinstance(error.validator, str) else "false"
    return Violation(json_path(error.absolute_path), describe(error), rule)


def _sortable(part: str | int) -> tuple[int, int, str]:
    return (0, part, "") if isinstance(part, int) else (1, 0, part)


def _compiled_check(schema: Any) -> Callable[[Any], bool] | None:
    """Return the compiled engine's check, None for a pattern that it does not understand and Python does."""
    import jsonschema_rs

    def refuse(uri: str) -> NoReturn:
        raise UsageError(f"the schema refers to {uri!r}; nothing is fetched")

    try:
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=False, retriever=refuse)
    except jsonschema_rs.ValidationError:
        return None
    check: Callable[[Any], bool] = validator.is_valid
    return check


@lru_cache(maxsize=1)
def _standard_validator() -> Any:
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def matches(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
        if validator.is_type(instance, "string") and not _pattern(pattern).search(instance):
            yield ValidationError("pattern")

    def multiple(validator: Any, step: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        # Decimal as written: 19.99 is a multiple of 0.01, whatever its binary neighbour is.
        if validator.is_type(instance, "number") and Fraction(str(instance)) % Fraction(str(step)):
            yield ValidationError("multipleOf")

    def members(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if not validator.is_type(instance, "object"):
            return
        for pattern, subschema in patterns.items():
            for key, value in instance.items():
                if _pattern(pattern).search(key):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)

    return extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": matches, "multipleOf": multiple, "patternProperties": members}
    )
