"""The record: its fields, the frozen object that reads return, and the checks before one is sent or stored.

One check serves both ends: `build_record` runs it before a record leaves, `check_record` when one arrives.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import InvalidRecord, InvalidRecordType, UsageError, UsageTypeError
from . import compiled_json, limits
from .canonical import canonical_bytes, fast_bytes
from .compiled_json import UNPROVEN, has_irregular_number, read_proven, write_sorted
from .hashing import HASHED_FIELDS, record_around, sha256_hex, written_record
from .kinds import with_version
from .plain import has_surrogate, plain_copy, shown
from .refs import merge_refs
from .row import Record
from .signatures import Signature, read_signature
from .strict_json import parse_json

__all__ = [
    "ACTS",
    "DATA_TYPES",
    "Draft",
    "Record",
    "build_record",
    "check_record",
    "parse_record",
    "read_record",
]

ACTS = ("INTEND", "DO", "KNOW", "LEARN", "GET", "PUT", "CALL", "MAP")
"""What a record can do: four acts of coordination, four effects."""

DATA_TYPES = ("SCALAR", "FORMULA", "DISTRIBUTION", "REFERENCE", "MORPHISM", "VOID")
"""What a record's body stands for; `SCALAR` unless said otherwise."""

_REQUIRED = ("act", "actor", "body", "clock", "thread")
_NONE: list[str] = []
# A character takes at most four bytes, so a text of so many needs no encoding to be known as short enough.
_SHORT = limits.MAX_TEXT_BYTES // 4


class Draft(NamedTuple):
    """A record that passed the checks and is not stored yet.

    Attributes:
        wire: What is posted: the seven hashed fields, and `judged_by` and `sig` when they are given.
        canonical: The canonical JSON of the hashed fields, in UTF-8.
        id: The record's id, the SHA-256 of `canonical`.
        exact: Whether `canonical` has every number as it was given. It writes `1.0` as `1`, which is the same
            to the id and not to who reads the record.
    """

    wire: dict[str, Any]
    canonical: bytes
    id: str
    exact: bool = False

    def with_clock(self, clock: int) -> Draft:
        """Return the same record under another clock: another id, so a signature is left behind.

        Raises:
            InvalidRecord: The clock is not an integer between 0 and `MAX_CLOCK`.
        """
        _check_clock(clock)
        wire = {**self.wire, "clock": clock}
        wire.pop("sig", None)
        return _draft(wire)

    @property
    def payload(self) -> bytes:
        """What is posted, in UTF-8: `wire`, by the canonical bytes where they are the same JSON."""
        if not self.exact:
            return json.dumps(self.wire, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if len(self.wire) == len(HASHED_FIELDS):
            return self.canonical
        beside = {name: value for name, value in self.wire.items() if name not in HASHED_FIELDS}
        return self.canonical[:-1] + b"," + canonical_bytes(beside)[1:]

    @property
    def signature(self) -> Signature | None:
        """The signature beside the record, or None."""
        sig = self.wire.get("sig")
        return None if sig is None else Signature(sig["key"], sig["value"])

    def signed(self, signature: Signature) -> Draft:
        """Return the same record with a signature beside it; the id covers no signature and stays."""
        return Draft({**self.wire, "sig": signature.wire}, self.canonical, self.id, self.exact)


def build_record(
    *,
    act: str,
    actor: str,
    kind: str,
    body: dict[str, Any],
    thread: str,
    clock: int,
    refs: Any = None,
    parents: Any = None,
    data_type: str = "SCALAR",
    judged_by: str | None = None,
) -> Draft:
    """Check the arguments of an emit and build the record.

    The caller's body is copied in depth and not changed. `kind` overwrites the body's own; a kind without a
    version gets `_v: 1` unless the body has a `_v`; `refs` go to the end of `_refs`; parents are sorted.

    Raises:
        KindError: The kind breaks the grammar.
        InvalidRecord: A field has a wrong value (`InvalidRecordType` for a wrong type); the message starts
        with
            its JSON path.
        UsageError: A reference is incomplete, or the body holds what JSON has not.
    """
    if not isinstance(body, dict):
        raise InvalidRecordType(f"$.body: must be a dict, not {type(body).__name__}")
    completed = with_version(merge_refs(body, refs), kind)
    copied, written = _copied_body(completed)
    wire = {
        "act": act,
        "actor": actor,
        "body": copied,
        "clock": clock,
        "data_type": data_type,
        "parents": [] if parents is None else parents,
        "thread": thread,
    }
    _check_fields(wire)
    if judged_by is not None:
        wire["judged_by"] = _checked_text("judged_by", judged_by, least=0)
    if written is None:
        return _draft(wire)
    canonical = record_around(wire, written)
    return Draft(wire, canonical, sha256_hex(canonical), exact=True)


def check_record(value: Any) -> Draft:
    """Check a decoded JSON value as a record to be stored.

    `data_type` may be absent (`SCALAR`) and so may `parents` (none). An `id` must be the one computed here.
    A `sig` is checked for its form, not verified. Other fields are not part of a record: they are neither
    stored nor hashed, so a newer client's post passes. The kind grammar is not applied: it binds those who
    emit through a client, not the store.

    Raises:
        InvalidRecord: A field is missing or wrong (`InvalidRecordType` for a wrong type); the message starts
            with its JSON path.
    """
    return _checked(value, written_record)


class Parsed(NamedTuple):
    """A JSON text that was decoded and is to be checked as a record.

    Attributes:
        value: What it holds.
        write: Writes the canonical form of a record of such values, as `written_record`.
        text: The text, when it is its own canonical form.
    """

    value: Any
    write: Callable[[dict[str, Any]], tuple[bytes, bool]]
    text: bytes | None = None

    def check(self) -> Draft:
        """Check it; raises `InvalidRecord` as `check_record`, and answers the same, but sooner."""
        draft = _plainly_right(self.value, self.text) if self.write is _sorted_record else None
        return draft or _checked(self.value, self.write)


def parse_record(data: bytes) -> Parsed:
    """Decode a JSON text whose value is to be checked as a record.

    Raises:
        InvalidJson: The text is not strict JSON.
    """
    value, in_order = read_proven(data, limits.MAX_JSON_DEPTH)
    if value is UNPROVEN:
        return Parsed(parse_json(data), written_record)
    # Of such a text the compiled writer gives the canonical form, but some floats it writes in its own.
    if has_irregular_number(data):
        return Parsed(value, written_record)
    return Parsed(value, _sorted_record, data if in_order else None)


def read_record(data: bytes) -> Draft:
    """Return the record of a JSON text: `check_record` of what `parse_json` gives, sooner where that can be.

    Raises:
        InvalidJson: The text is not strict JSON.
        InvalidRecord: It is no record; as `check_record`.
    """
    return parse_record(data).check()


def _plainly_right(value: Any, text: bytes | None) -> Draft | None:
    """Return the record of a strictly read value as nearly all are, and None for one to look at closely."""
    try:
        act, actor, body = value["act"], value["actor"], value["body"]
        clock, thread = value["clock"], value["thread"]
        data_type, parents = value.get("data_type", "SCALAR"), value.get("parents", _NONE)
    except (TypeError, KeyError):
        return None
    right = (
        type(act) is str
        and act in ACTS
        and type(actor) is str
        and 0 < len(actor) <= _SHORT
        and type(body) is dict
        and type(clock) is int
        and 0 <= clock <= limits.MAX_CLOCK
        and type(data_type) is str
        and data_type in DATA_TYPES
        and type(thread) is str
        and 0 < len(thread) <= _SHORT
    )
    if not right or parents != _NONE or "judged_by" in value or "sig" in value or "id" in value:
        return None
    if text is not None and len(value) == len(HASHED_FIELDS) and "data_type" in value and "parents" in value:
        return Draft(value, text, sha256_hex(text), True)  # as clients send it: nothing but the hashed fields
    wire = {"act": act, "actor": actor, "body": body, "clock": clock, "data_type": data_type, "parents": []}
    wire["thread"] = thread
    canonical = write_sorted(wire)
    return Draft(wire, canonical, sha256_hex(canonical), True)


def _checked(value: Any, write: Callable[[dict[str, Any]], tuple[bytes, bool]]) -> Draft:
    if not isinstance(value, dict):
        raise InvalidRecordType(f"$: a record is a JSON object, not {_json_type(value)}")
    for name in _REQUIRED:
        if name not in value:
            raise InvalidRecord(f"$.{name}: is missing")
    given = {"data_type": "SCALAR", "parents": [], **value}
    wire = {name: given[name] for name in HASHED_FIELDS}
    if not isinstance(wire["body"], dict):
        raise InvalidRecordType(f"$.body: must be an object, not {_json_type(wire['body'])}")
    _check_fields(wire)
    if value.get("judged_by") is not None:
        wire["judged_by"] = _checked_text("judged_by", value["judged_by"], least=0)
    if value.get("sig") is not None:
        wire["sig"] = read_signature(value["sig"]).wire
    draft = _draft(wire, write)
    claimed = value.get("id", draft.id)
    if claimed != draft.id:
        raise InvalidRecord(
            f"$.id: is {shown(claimed, 80)}, and the record's content gives {draft.id!r}; leave the id out"
        )
    return draft


def _copied_body(body: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """Copy the body in depth, or say what in it is not JSON and where; and its canonical bytes, if known.

    What the compiled encoder writes canonically is copied by writing and reading it: one walk less.
    """
    written = None if compiled_json.sorted_writer is None else fast_bytes(body)
    # So many brackets cannot be too deep; and no integer in it has more than 64 bits.
    if written is not None and written.count(b"{") + written.count(b"[") < limits.MAX_JSON_DEPTH:
        return compiled_json.copied(body), written
    copied: dict[str, Any] = plain_copy(
        body, root="$.body", max_depth=limits.MAX_JSON_DEPTH - 1, max_digits=limits.MAX_INTEGER_DIGITS
    )
    return copied, None


def _sorted_record(wire: dict[str, Any]) -> tuple[bytes, bool]:
    return write_sorted({name: wire[name] for name in HASHED_FIELDS}), True


def _draft(
    wire: dict[str, Any], write: Callable[[dict[str, Any]], tuple[bytes, bool]] = written_record
) -> Draft:
    try:
        canonical, exact = write(wire)
    except UsageTypeError as error:
        raise InvalidRecordType(str(error)) from None
    except UsageError as error:
        raise InvalidRecord(str(error)) from None
    return Draft(wire, canonical, sha256_hex(canonical), exact)


def _check_fields(wire: dict[str, Any]) -> None:
    """Check every field but the body and `judged_by`; sort the parents, make plain strings of enums."""
    if _is_plain(
        wire["act"], wire["actor"], wire["clock"], wire["data_type"], wire["parents"], wire["thread"]
    ):
        wire["parents"] = []  # the caller's own list may change
        return
    wire["act"] = _checked_member("act", wire["act"], ACTS)
    wire["actor"] = _checked_text("actor", wire["actor"])
    _check_clock(wire["clock"])
    wire["data_type"] = _checked_member("data_type", wire["data_type"], DATA_TYPES)
    wire["parents"] = _checked_parents(wire["parents"])
    wire["thread"] = _checked_text("thread", wire["thread"])


def _is_plain(act: Any, actor: Any, clock: Any, data_type: Any, parents: Any, thread: Any) -> bool:
    """Tell at one look whether fields are right, and as plain as nearly all are; others may be right too."""
    return (
        type(act) is str
        and act in ACTS
        and type(actor) is str
        and 0 < len(actor) <= _SHORT
        and actor.isascii()
        and type(clock) is int
        and 0 <= clock <= limits.MAX_CLOCK
        and type(data_type) is str
        and data_type in DATA_TYPES
        and parents == []
        and type(thread) is str
        and 0 < len(thread) <= _SHORT
        and thread.isascii()
    )


def _checked_member(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise InvalidRecordType(f"$.{name}: must be a string, not {_json_type(value)}")
    if value not in allowed:
        raise InvalidRecord(f"$.{name}: must be one of {', '.join(allowed)}, not {shown(value)}")
    return str.__str__(value)


def _check_clock(clock: Any) -> None:
    expected = f"$.clock: must be an integer between 0 and {limits.MAX_CLOCK}"
    if type(clock) is not int:
        raise InvalidRecordType(f"{expected}, not {_json_type(clock)}")
    if not 0 <= clock <= limits.MAX_CLOCK:
        raise InvalidRecord(f"{expected}, not {shown(clock)}")


def _checked_parents(parents: Any) -> list[str]:
    if not isinstance(parents, (list, tuple)):
        hint = "; put the id in a list" if isinstance(parents, str) else ""
        raise InvalidRecordType(f"$.parents: must be a list of record ids, not {_json_type(parents)}{hint}")
    if len(parents) > limits.MAX_PARENTS:
        raise InvalidRecord(f"$.parents: at most {limits.MAX_PARENTS} ids, not {len(parents)}")
    return sorted(_checked_text(f"parents[{index}]", parent) for index, parent in enumerate(parents))


def _checked_text(name: str, value: Any, least: int = 1) -> str:
    if not isinstance(value, str):
        raise InvalidRecordType(f"$.{name}: must be a string, not {_json_type(value)}")
    if len(value) < least:
        raise InvalidRecord(f"$.{name}: must not be empty")
    if len(value) > _SHORT and len(value.encode("utf-8", "replace")) > limits.MAX_TEXT_BYTES:
        raise InvalidRecord(f"$.{name}: at most {limits.MAX_TEXT_BYTES} bytes of UTF-8")
    if has_surrogate(value):
        raise InvalidRecord(f"$.{name}: the text holds a lone surrogate, which UTF-8 cannot carry")
    return str.__str__(value)


_JSON_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
_JSON_TYPES |= {int: "an integer", float: "a number with a fraction"}


def _json_type(value: Any) -> str:
    return _JSON_TYPES.get(type(value), type(value).__name__)
