"""Content addresses: the id of a record, and the hashes by which similar work is found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import UsageError, UsageTypeError
from .canonical import canonical_bytes, fast_bytes, quoted_bytes
from .plain import shown

HASHED_FIELDS = ("act", "actor", "body", "clock", "data_type", "parents", "thread")
"""The fields that a record's id covers; `judged_by` is left out, so that two reviewers do not fork the id."""

_DEFAULTS: dict[str, Any] = {"data_type": "SCALAR", "parents": []}
_SHAPE_FIELDS = frozenset(("operation", "input_shape", "output_shape"))


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def record_id(record: Mapping[str, Any], fields: int = 7) -> str:
    """Return the id of a record: the SHA-256 of the canonical JSON of its hashed fields.

    Parents are sorted first. Keys other than the hashed fields (`id`, `sequence`, `judged_by`) do not count.

    Args:
        record: The record; `data_type` may be absent (`SCALAR`) and so may `parents` (none).
        fields: 7 for the id used everywhere on the wire; 6 leaves `data_type` out, as older tools did.

    Raises:
        UsageTypeError: The record is not a mapping, or holds a value that JSON has not.
        UsageError: A field is missing, or a value cannot be written as canonical JSON.
    """
    if fields != 7 and fields != 6:
        raise UsageError(f"fields must be 7 (the wire id) or 6, not {shown(fields)}")
    if fields == 7:
        return sha256_hex(canonical_record(record))
    hashed = _hashed_fields(record)
    del hashed["data_type"]
    return sha256_hex(canonical_bytes(hashed))


def canonical_record(record: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of a record's hashed fields in UTF-8, parents sorted: the id is its hash.

    Raises:
        UsageTypeError, UsageError: As `record_id`.
    """
    return written_record(record)[0]


def written_record(record: Mapping[str, Any]) -> tuple[bytes, bool]:
    """Return what `canonical_record` does, and whether every number in it is as it was given."""
    try:
        clock, parents = record["clock"], record["parents"]
        body = fast_bytes(record["body"])
        if body is not None and type(clock) is int and type(parents) is list:
            return record_around(record, body), True
    except (KeyError, TypeError, ValueError, AttributeError):
        pass  # the general way below fills in what may be absent, or says what is wrong and where
    return canonical_bytes(_hashed_fields(record)), False


def record_around(record: Mapping[str, Any], body: bytes) -> bytes:
    """Return the canonical bytes of a record with checked fields around those of its body.

    Raises:
        KeyError, TypeError, ValueError: A field is missing, or is no string of UTF-8.
    """
    parents = record["parents"]
    # The keys stand in canonical order already; a field that is no string makes `quoted_bytes` raise.
    return b'{"act":%b,"actor":%b,"body":%b,"clock":%d,"data_type":%b,"parents":[%b],"thread":%b}' % (
        quoted_bytes(record["act"]),
        quoted_bytes(record["actor"]),
        body,
        record["clock"],
        quoted_bytes(record["data_type"]),
        b",".join(map(quoted_bytes, sorted(parents))) if parents else b"",
        quoted_bytes(record["thread"]),
    )


def _hashed_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Take the seven fields, with the defaults of the two that may be absent, and sort the parents."""
    if not isinstance(record, Mapping):
        raise UsageTypeError(f"a record is a mapping, not {type(record).__name__}")
    hashed = dict(_DEFAULTS)
    for name in HASHED_FIELDS:
        if name in record:
            hashed[name] = record[name]
        elif name not in _DEFAULTS:
            raise UsageError(f"$.{name}: is missing, and a record's id covers it")
    hashed["parents"] = sorted_parents(hashed["parents"])
    return hashed


def sorted_parents(parents: Any) -> list[str]:
    """Return parent ids in ascending order, repetitions kept.

    Raises:
        UsageTypeError: Not a list or tuple of strings.
    """
    if not isinstance(parents, (list, tuple)):
        hint = "; put the id in a list" if isinstance(parents, str) else ""
        raise UsageTypeError(f"$.parents: must be a list of ids, not {type(parents).__name__}{hint}")
    for index, parent in enumerate(parents):
        if not isinstance(parent, str):
            raise UsageTypeError(f"$.parents[{index}]: must be a string, not {type(parent).__name__}")
    return sorted(map(str.__str__, parents))


class HashLevels(NamedTuple):
    """The four hashes of a piece of work, from the exact one to the vaguest.

    Attributes:
        l0: Exact: shapes, operation, act and every parameter.
        l1: Structural: the domain, shapes, operation and act.
        l2: Flow: shapes and act.
        l3: Intent: shapes.
    """

    l0: str
    l1: str
    l2: str
    l3: str


def hash_levels(act: str, body: Mapping[str, Any]) -> HashLevels:
    """Return the match-level hashes of a record's act and body.

    `body.input_shape` and `body.output_shape` default to `VOID`, `body.operation` to the lower-case act (an
    empty one stays empty), `body.domain` to the empty text. The domain counts in l1, as in the published
    client; the protocol's text leaves it out there, so l1 is not for exchange with other implementations.

    Raises:
        UsageTypeError: `act` is not a string, `body` is not a mapping, or it holds a value that JSON has not.
        UsageError: A value cannot be written as canonical JSON.
    """
    if not isinstance(act, str):
        raise UsageTypeError(f"act must be a string, not {type(act).__name__}")
    if not isinstance(body, Mapping):
        raise UsageTypeError(f"body must be a mapping, not {type(body).__name__}")
    shapes = {"in": body.get("input_shape", "VOID"), "out": body.get("output_shape", "VOID")}
    flow = {**shapes, "p": act}
    work = {**flow, "op": body.get("operation", act.lower())}
    params = {key: value for key, value in body.items() if key not in _SHAPE_FIELDS}
    preimages = ({**work, "params": params}, {**work, "d": body.get("domain", "")}, flow, shapes)
    return HashLevels(*(sha256_hex(canonical_bytes(preimage)) for preimage in preimages))
