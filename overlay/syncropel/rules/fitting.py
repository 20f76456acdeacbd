"""A quick yes for bodies that fit their schema: the schema as functions, made once.

`jsonschema` walks a schema anew for every body, which is most of the time that a query takes to be judged.
Here each keyword becomes a function, and most bodies need nothing else; only one that does not fit, or a
schema with a keyword that is not here, is left to the engine, which also says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]

_PREFIX = "#/$defs/"
_SAYS_NOTHING = frozenset(
    {
        "$comment",
        "$defs",
        "$schema",
        # These two are read with the `if` beside them, and alone say nothing.
        "else",
        "then",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "format",
        "readOnly",
        "title",
        "writeOnly",
    }
)


def quick_check(schema: Any, compile_pattern: Callable[[str], re.Pattern[str]]) -> Check | None:
    """Return a function that tells whether a plain JSON value fits, or None when it cannot be made.

    The function judges exactly as JSON Schema 2020-12 does. A value nested deeper than the interpreter's
    stack counts as not fitting.

    Args:
        schema: A valid schema, with every reference to its own `$defs`.
        compile_pattern: Compiles the regular expressions of `pattern`.
    """
    definitions = schema.get("$defs") if isinstance(schema, Mapping) else None
    try:
        check = _Maker(definitions or {}, compile_pattern).check(schema)
    except (_UnknownError, RecursionError, re.error):
        return None

    def fits(value: Any) -> bool:
        try:
            return check(value)
        except RecursionError:
            return False

    return fits


class _UnknownError(Exception):
    """The schema has a keyword that is not known here, or refers to something else than a definition."""


def _number(value: Any) -> bool:
    return type(value) in (int, float)


_TYPES: dict[str, Check] = {
    "array": lambda value: type(value) is list,
    "boolean": lambda value: type(value) is bool,
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
    "null": lambda value: value is None,
    "number": _number,
    "object": lambda value: type(value) is dict,
    "string": lambda value: type(value) is str,
}

# What a keyword compares, for which values, and how: all others pass it.
_BOUNDS: dict[str, Callable[[Any], Check]] = {
    "minimum": lambda bound: lambda value: not _number(value) or value >= bound,
    "maximum": lambda bound: lambda value: not _number(value) or value <= bound,
    "exclusiveMinimum": lambda bound: lambda value: not _number(value) or value > bound,
    "exclusiveMaximum": lambda bound: lambda value: not _number(value) or value < bound,
    "minLength": lambda bound: lambda value: type(value) is not str or len(value) >= bound,
    "maxLength": lambda bound: lambda value: type(value) is not str or len(value) <= bound,
    "minItems": lambda bound: lambda value: type(value) is not list or len(value) >= bound,
    "maxItems": lambda bound: lambda value: type(value) is not list or len(value) <= bound,
    "minProperties": lambda bound: lambda value: type(value) is not dict or len(value) >= bound,
    "maxProperties": lambda bound: lambda value: type(value) is not dict or len(value) <= bound,
    "required": lambda names: lambda value: type(value) is not dict or all(map(value.__contains__, names)),
    "const": lambda constant: lambda value: _same(value, constant),
    "enum": lambda constants: lambda value: any(_same(value, each) for each in constants),
}


def _same(value: Any, constant: Any) -> bool:
    """Tell whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if type(value) is bool or type(constant) is bool:
        return value is constant
    if type(value) is dict and type(constant) is dict:
        return value.keys() == constant.keys() and all(_same(value[name], constant[name]) for name in value)
    if type(value) is list and type(constant) is list:
        return len(value) == len(constant) and all(map(_same, value, constant))
    return bool(value == constant)


class _Maker:
    """Makes the functions of one schema; a definition is made once, and may refer to itself."""

    def __init__(
        self, definitions: Mapping[str, Any], compile_pattern: Callable[[str], re.Pattern[str]]
    ) -> None:
        self._definitions = definitions
        self._compile_pattern = compile_pattern
        self._made: dict[str, list[Check]] = {}

    def check(self, schema: Any) -> Check:
        if isinstance(schema, bool):
            return lambda _: schema
        checks = [
            self._keyword(name, value, schema)
            for name, value in schema.items()
            if name not in _SAYS_NOTHING and not name.startswith("x-")
        ]
        if len(checks) == 1:
            return checks[0]
        return lambda value: all(check(value) for check in checks)

    def _keyword(self, name: str, value: Any, schema: Mapping[str, Any]) -> Check:
        if name in _BOUNDS:
            return _BOUNDS[name](value)
        maker = getattr(self, f"_make_{name.removeprefix('$')}", None)
        if maker is None:
            raise _UnknownError
        made: Check = maker(value, schema)
        return made

    def _make_type(self, value: Any, _: Any) -> Check:
        if isinstance(value, str):
            return _TYPES[value]
        allowed = [_TYPES[name] for name in value]
        return lambda instance: any(check(instance) for check in allowed)

    def _make_pattern(self, value: str, _: Any) -> Check:
        search = self._compile_pattern(value).search
        return lambda instance: type(instance) is not str or search(instance) is not None

    def _make_ref(self, value: Any, _: Any) -> Check:
        name = value[len(_PREFIX) :]
        if value != _PREFIX + name or name not in self._definitions:
            raise _UnknownError
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = []
            made.append(self.check(self._definitions[name]))
        return lambda instance: made[0](instance)

    def _make_properties(self, value: Mapping[str, Any], _: Any) -> Check:
        members = [(name, self.check(schema)) for name, schema in value.items()]
        return lambda instance: (
            type(instance) is not dict
            or all(check(instance[name]) for name, check in members if name in instance)
        )

    def _make_additionalProperties(self, value: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802 - the keyword
        if "patternProperties" in schema:
            raise _UnknownError
        known, rest = frozenset(schema.get("properties", ())), self.check(value)
        return lambda instance: (
            type(instance) is not dict
            or all(rest(member) for name, member in instance.items() if name not in known)
        )

    def _make_propertyNames(self, value: Any, _: Any) -> Check:  # noqa: N802 - the keyword
        check = self.check(value)
        return lambda instance: type(instance) is not dict or all(map(check, instance))

    def _make_items(self, value: Any, schema: Mapping[str, Any]) -> Check:
        if "prefixItems" in schema:
            raise _UnknownError
        check = self.check(value)
        return lambda instance: type(instance) is not list or all(map(check, instance))

    def _make_allOf(self, value: list[Any], _: Any) -> Check:  # noqa: N802 - the keyword
        checks = [self.check(each) for each in value]
        return lambda instance: all(check(instance) for check in checks)

    def _make_anyOf(self, value: list[Any], _: Any) -> Check:  # noqa: N802 - the keyword
        checks = [self.check(each) for each in value]
        return lambda instance: any(check(instance) for check in checks)

    def _make_oneOf(self, value: list[Any], _: Any) -> Check:  # noqa: N802 - the keyword
        checks = [self.check(each) for each in value]
        return lambda instance: sum(check(instance) for check in checks) == 1

    def _make_if(self, value: Any, schema: Mapping[str, Any]) -> Check:
        check = self.check(value)
        then, otherwise = (self.check(schema.get(name, True)) for name in ("then", "else"))
        return lambda instance: then(instance) if check(instance) else otherwise(instance)

    def _make_not(self, value: Any, _: Any) -> Check:
        check = self.check(value)
        return lambda instance: not check(instance)
