"""Judging record bodies by the JSON Schema of their kind.

The schemas of the contract's own kinds are there from the start; users register schemas for theirs.
`jsonschema` does the work; with `jsonschema-rs` (the `fast` extra) that one decides whether a body fits,
and `jsonschema` is asked only to explain one that does not. Both are imported at the first use: they are
the only packages outside the standard library that this room touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import UsageError, ValidationError
from . import limits
from .contract import load_schemas
from .judging import Judge, engine_named
from .kinds import validate_kind, with_version
from .plain import plain_copy, shown
from .schema_check import checked_schema
from .strict_json import parse_json

_ENVELOPE = ("kind", "_v", "_refs")
_DEFINED = "#/$defs/"
_NAMES = frozenset({"$ref", "$defs", "$schema", "$comment", "title", "description"})


class SchemaRegistry:
    """Schemas by kind.

    Args:
        contract: A JSON Schema document with `$defs` and `x-kinds`, such as `load_schemas()` returns; None
        for no
            kinds at the start.
        engine: `jsonschema`, `jsonschema-rs`, or None for the second where it is installed.

    Raises:
        UsageError: The engine has another name.
        MissingExtraError: The engine is `jsonschema-rs` and it is not installed.
    """

    def __init__(self, contract: Mapping[str, Any] | None = None, *, engine: str | None = None) -> None:
        document = contract or {}
        self._definitions: Mapping[str, Any] = document.get("$defs", {})
        self._owned: Mapping[str, str] = document.get("x-kinds", {})
        self._schemas: dict[str, Any] = {}
        self._judges: dict[str, Judge] = {}
        self._engine = engine_named(engine)

    def validate(self, kind: str, body: dict[str, Any]) -> None:
        """Check a body as it would be emitted: with its `kind`, and `_v` where an emit adds it.

        Raises:
            ValidationError: The body does not fit; `violations` has every fault with its JSON path.
            KindError: The kind breaks the grammar.
            UsageError: No schema is known for the kind, or the body holds what JSON has not.
        """
        completed = with_version(body, kind)
        plain = plain_copy(completed, max_depth=limits.MAX_JSON_DEPTH, max_digits=limits.MAX_INTEGER_DIGITS)
        violations = self._judge(kind).violations(plain)
        if violations:
            raise ValidationError(kind, violations)

    def register(self, kind: str, schema: Mapping[str, Any] | bool) -> None:
        """Take a schema for a kind of your own; a later one replaces it.

        The schema is JSON Schema 2020-12 and describes the body. `kind`, `_v` and `_refs` are always
        allowed, also where `additionalProperties` is false. References stay inside the schema: nothing is
        ever fetched.

        Raises:
            KindError: The kind breaks the grammar.
            UsageError: The kind belongs to the contract, or the schema is not valid; the message says why.
        """
        self._take({kind: self._checked(kind, schema)})

    def register_folder(self, path: str | Path) -> tuple[str, ...]:
        """Take every `<kind>.json` of a folder; all of them or, at the first faulty one, none.

        Returns:
            The kinds, in order.

        Raises:
            UsageError: There is no such folder, a file's name is not a kind, or a schema is not valid.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise UsageError(f"{str(path)!r} is not a folder")
        found: dict[str, Any] = {}
        for file in sorted(folder.glob("*.json")):
            try:
                found[file.stem] = self._checked(file.stem, parse_json(file.read_bytes()))
            except UsageError as error:
                raise UsageError(f"{file.name}: {error}") from error
            except OSError as error:
                raise UsageError(f"{file.name}: cannot be read: {error.strerror}") from error
        self._take(found)
        return tuple(found)

    def kinds(self) -> tuple[str, ...]:
        """Return every kind that has a schema, in order."""
        return tuple(sorted({*self._owned, *self._schemas}))

    def known(self, kind: str) -> bool:
        """Tell whether a kind has a schema."""
        return kind in self._schemas or kind in self._owned

    def schema(self, kind: str) -> Any:
        """Return the schema of a kind, as it was registered or as the contract has it.

        Raises:
            UsageError: No schema is known for the kind.
        """
        if kind in self._schemas:
            return plain_copy(self._schemas[kind])
        if kind in self._owned:
            return plain_copy(self._definitions[self._owned[kind]])
        raise UsageError(self._unknown(kind))

    def _checked(self, kind: str, schema: Any) -> Any:
        validate_kind(kind)
        if kind in self._owned:
            raise UsageError(f"the schema of {kind!r} belongs to the contract and cannot be replaced")
        return checked_schema(schema)

    def _take(self, schemas: Mapping[str, Any]) -> None:
        # The judges first are made of the new schemas, so that a schema the engine refuses changes nothing.
        judges = {kind: Judge(_opened(schema), self._engine) for kind, schema in schemas.items()}
        self._schemas.update(schemas)
        self._judges.update(judges)

    def _judge(self, kind: str) -> Judge:
        judge = self._judges.get(kind)
        if judge is None:
            if kind not in self._owned:
                raise UsageError(self._unknown(kind))
            schema = {"$ref": f"#/$defs/{self._owned[kind]}", "$defs": self._definitions}
            judge = self._judges[kind] = Judge(schema, self._engine)
        return judge

    def _unknown(self, kind: str) -> str:
        return (
            f"no schema is known for the kind {shown(kind)}; register one with "
            f"syncropel.schemas.register({shown(kind)}, {{...}})"
        )


def _opened(schema: Any) -> Any:
    """Allow the members that every emitted body has, in a schema that lists what it allows."""
    if not isinstance(schema, dict):
        return schema
    definitions = schema.get("$defs", {})
    # What generators of schemas write for a type that refers to itself: the type is a definition, too.
    while schema.keys() <= _NAMES and (target := definitions.get(schema.get("$ref", "")[len(_DEFINED) :])):
        if not isinstance(target, dict) or "$id" in target or "$defs" in target:
            break
        schema = {**target, "$defs": definitions}
    return {**schema, "properties": {**dict.fromkeys(_ENVELOPE, True), **schema.get("properties", {})}}


def default_registry() -> SchemaRegistry:
    """Return the registry of this process: the contract's kinds, and what was registered.

    Raises:
        ConfigurationError: The contract's files are missing or damaged.
    """
    # Two threads that ask first together must get one registry, or what one of them registers is lost.
    with _first_use:
        if not _of_the_process:
            _of_the_process.append(SchemaRegistry(load_schemas()))
    return _of_the_process[0]


_first_use = Lock()
_of_the_process: list[SchemaRegistry] = []
