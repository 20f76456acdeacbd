"""Record ids and match levels beyond the published vectors."""

from __future__ import annotations

import contextlib
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError, UsageTypeError
from syncropel.rules.canonical import canonical_bytes
from syncropel.rules.hashing import HASHED_FIELDS, canonical_record, hash_levels, record_id, sha256_hex
from syncropel.rules.records import Record
from tests.support.values import any_values, json_objects, texts

RECORD: dict[str, Any] = {
    "act": "PUT",
    "actor": "did:example:a",
    "body": {"x": 1},
    "clock": 3,
    "data_type": "SCALAR",
    "parents": ["b", "a"],
    "thread": "t",
}


def test_published_mixed_vector() -> None:
    """The vector with unicode, floats, escapes and unsorted parents has its published id."""
    # Vector V5 of the protocol with its fields in another order and its defaults left out.
    record = {
        "thread": "ops.deploys",
        "clock": 1,
        "body": {"kind": "ops.deploy.completed", "_v": 1, "duration_s": 42, "version": "1.2.3"},
        "actor": "did:example:cli-tool",
        "act": "KNOW",
    }
    assert record_id(record) == "87c652473584a036071ac0c7486092c847c02a7b34ae7136ab4d1d35f9025690"


def test_other_keys_do_not_count() -> None:
    """`id`, `object`, `sequence`, `judged_by` and unknown keys leave the id as it is."""
    noisy = {**RECORD, "id": "x", "object": "record", "sequence": 9, "judged_by": "y", "later": 1}
    assert record_id(noisy) == record_id(RECORD)


def test_every_hashed_field_counts() -> None:
    """A change of any of the seven fields changes the id."""
    changed = {
        "act": "DO",
        "actor": "b",
        "body": {},
        "clock": 4,
        "data_type": "VOID",
        "parents": [],
        "thread": "u",
    }
    ids = {record_id({**RECORD, name: changed[name]}) for name in HASHED_FIELDS}
    assert len(ids | {record_id(RECORD)}) == 8


def test_six_fields_leave_the_data_type_out() -> None:
    """The six-field id does not depend on `data_type`; any other number of fields is refused."""
    other = {**RECORD, "data_type": "VOID"}
    assert record_id(RECORD, fields=6) == record_id(other, fields=6) != record_id(RECORD)
    with pytest.raises(UsageError, match="7"):
        record_id(RECORD, fields=5)


def test_any_mapping_will_do() -> None:
    """A record object and a read-only mapping have the id of their row."""
    assert record_id(Record.from_row(RECORD)) == record_id(MappingProxyType(RECORD)) == record_id(RECORD)


def test_the_caller_keeps_the_order_of_its_parents() -> None:
    """Sorting happens in a copy."""
    parents = ["b", "a"]
    record_id({**RECORD, "parents": parents})
    assert parents == ["b", "a"]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"parents": "ab"}, UsageTypeError, r"\$\.parents: .* put the id in a list"),
        ({"parents": [1]}, UsageTypeError, r"\$\.parents\[0\]"),
        ({"parents": {"a": 1}}, UsageTypeError, r"\$\.parents"),
        ({"body": {"a": (1,)}}, UsageTypeError, r"\$\.body\.a"),
        ({"thread": "\ud800"}, UsageError, r"\$\.thread"),
        ({"clock": float("nan")}, UsageError, r"\$\.clock"),
    ],
)
def test_refusals_name_the_field(change: dict[str, Any], error: type[Exception], text: str) -> None:
    """A value that cannot be hashed is refused with its JSON path."""
    with pytest.raises(error, match=text):
        record_id({**RECORD, **change})


@pytest.mark.parametrize("name", ["act", "actor", "body", "clock", "thread"])
def test_missing_fields_are_named(name: str) -> None:
    """A record without one of the five fields that have no default has no id."""
    with pytest.raises(UsageError, match=rf"\$\.{name}: is missing"):
        record_id({key: value for key, value in RECORD.items() if key != name})


@given(json_objects, texts, st.lists(texts, max_size=4), st.integers(0, 2**63 - 1))
def test_written_field_by_field_as_a_whole(body: Any, thread: str, parents: list[str], clock: int) -> None:
    """The record's own way of writing its canonical text gives what canonical JSON gives for the object."""
    record = {**RECORD, "body": body, "thread": thread, "parents": parents, "clock": clock}
    whole = canonical_bytes({**record, "parents": sorted(parents)})
    assert canonical_record(record) == whole
    assert record_id(record) == sha256_hex(whole)


@given(st.sampled_from(HASHED_FIELDS), any_values)
def test_only_the_documented_error(name: str, value: Any) -> None:
    """Whatever a field holds, the answer is an id or a UsageError."""
    with contextlib.suppress(UsageError):
        assert len(record_id({**RECORD, name: value})) == 64


@pytest.mark.parametrize("value", [None, 5, "x", [], [("act", "DO")]])
def test_a_record_is_a_mapping(value: Any) -> None:
    """What is no mapping has no id."""
    with pytest.raises(UsageTypeError, match="mapping"):
        record_id(value)


def test_levels_contain_each_other() -> None:
    """A changed parameter keeps l1 to l3, a changed operation keeps l2, a changed shape nothing."""
    base = hash_levels("GET", {"operation": "read", "table": "a"})
    assert hash_levels("GET", {"operation": "read", "table": "b"})[1:] == base[1:]
    assert hash_levels("GET", {"operation": "list", "table": "a"})[2:] == base[2:]
    assert hash_levels("PUT", {"operation": "read", "table": "a"}).l3 == base.l3
    assert not set(hash_levels("GET", {"input_shape": "ONE", "operation": "read", "table": "a"})) & set(base)


def test_levels_take_defaults() -> None:
    """Absent shapes are VOID and an absent operation is the act in lower case; an empty one stays empty."""
    explicit = {"input_shape": "VOID", "output_shape": "VOID", "operation": "get"}
    assert hash_levels("GET", {}) == hash_levels("GET", explicit)
    assert hash_levels("GET", {"operation": ""}).l1 != hash_levels("GET", {}).l1


@pytest.mark.parametrize(("act", "body"), [(5, {}), ("GET", None), ("GET", [])])
def test_levels_refuse_wrong_types(act: Any, body: Any) -> None:
    """An act that is no string and a body that is no mapping are refused."""
    with pytest.raises(UsageTypeError):
        hash_levels(act, body)
