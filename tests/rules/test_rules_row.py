"""`Record`: frozen, and both an object and a mapping."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageTypeError
from syncropel.rules.records import Record
from tests.support.values import json_objects, json_values, texts

ROW: dict[str, Any] = {
    "object": "record",
    "id": "ab" * 32,
    "act": "PUT",
    "actor": "did:example:a",
    "body": {"kind": "music.catalog.track", "title": "Glow"},
    "clock": 7,
    "data_type": "SCALAR",
    "parents": ["a", "b"],
    "thread": "music.library",
    "sequence": 3,
}


def test_attributes_and_items_are_the_same() -> None:
    """Code that takes attributes and code that takes items both run."""
    record = Record.from_row(ROW)
    for name in ("id", "act", "actor", "body", "clock", "data_type", "thread", "sequence"):
        assert getattr(record, name) == record[name] == record.get(name) == ROW[name]
    assert record.parents == ("a", "b")
    assert record["parents"] == ["a", "b"]
    assert record.body["kind"] == record["body"]["kind"] == "music.catalog.track"


def test_it_is_the_row_it_came_from() -> None:
    """A record equals its row, converts to it, and dumps as it."""
    record = Record.from_row(ROW)
    assert record == ROW
    assert dict(record) == record.to_row() == ROW
    assert json.loads(json.dumps(record.to_row())) == ROW
    assert list(record) == list(ROW)
    assert len(record) == len(ROW)
    assert {**record} == ROW


def test_absent_optional_fields() -> None:
    """Optional fields are None as attributes and absent as keys; a null of the server equals absent."""
    record = Record.from_row({name: value for name, value in ROW.items() if name != "sequence"})
    assert (record.judged_by, record.sequence) == (None, None)
    assert "sequence" not in record
    assert record.get("judged_by") is None
    with pytest.raises(KeyError):
        record["judged_by"]
    assert Record.from_row({**ROW, "judged_by": None}) == Record.from_row(ROW)
    assert Record.from_row(ROW) == {**ROW, "judged_by": None}
    assert Record.from_row({**ROW, "judged_by": "j"})["judged_by"] == "j"


def test_what_a_newer_server_adds_is_kept() -> None:
    """Unknown fields are reachable both ways and part of equality."""
    record = Record.from_row({**ROW, "score": 0.5})
    assert record.score == record["score"] == record.extra["score"] == 0.5
    assert record != Record.from_row(ROW)
    assert record.to_row()["score"] == 0.5


def test_a_missing_name_says_what_there_is() -> None:
    """A wrong attribute raises AttributeError with the names, a wrong key KeyError."""
    record = Record.from_row(ROW)
    with pytest.raises(AttributeError, match=r"no 'thred'; it has .*thread"):
        _ = record.thred
    with pytest.raises(KeyError):
        record["thred"]
    assert not hasattr(record, "__array__")


def test_frozen() -> None:
    """Nothing of a record can be set or deleted."""
    record = Record.from_row(ROW)
    for name in ("act", "extra", "new"):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(record, name, 1)
        with pytest.raises(AttributeError, match="frozen"):
            delattr(record, name)
    with pytest.raises(TypeError):
        record["act"] = "DO"  # type: ignore[index]
    assert not hasattr(record, "__dict__")


def test_hashable_by_content() -> None:
    """Equal records are one member of a set."""
    other = {**ROW, "id": "cd" * 32}
    assert len({Record.from_row(ROW), Record.from_row(dict(ROW)), Record.from_row(other)}) == 2


def test_survives_pickle_and_copy() -> None:
    """A record can cross processes, and a deep copy shares nothing with it."""
    record = Record.from_row({**ROW, "score": 0.5})
    assert pickle.loads(pickle.dumps(record)) == record
    copied = copy.deepcopy(record)
    assert copied == record
    assert copied.body is not record.body
    assert copy.copy(record) == record


def test_repr_is_short() -> None:
    """A record prints as one line without its body."""
    text = repr(Record.from_row({**ROW, "body": {"kind": "a.b.c", "secret": "x" * 1000}}))
    assert text == "<Record abababababab PUT a.b.c on 'music.library' by 'did:example:a' at 7>"


def test_a_record_is_its_own_row() -> None:
    """Reading a record as a row gives it back."""
    record = Record.from_row(ROW)
    assert Record.from_row(record) is record


@pytest.mark.parametrize(
    ("row", "place"),
    [(None, "row"), ([], "row"), ({"body": []}, r"\$\.body"), ({"parents": "ab"}, r"\$\.parents")],
)
def test_rows_of_a_wrong_shape(row: Any, place: str) -> None:
    """A row that is no object, or has a body or parents of another type, is refused with its place."""
    with pytest.raises(UsageTypeError, match=place):
        Record.from_row(row)


@given(
    st.fixed_dictionaries(
        {"id": texts, "act": texts, "thread": texts, "body": json_objects, "clock": st.integers()},
        optional={"parents": st.lists(texts), "sequence": st.integers(), "later": json_values},
    )
)
def test_no_row_is_lost(row: dict[str, Any]) -> None:
    """Whatever a server sends, the record's row holds all of it."""
    kept = Record.from_row(row).to_row()
    assert {name: kept[name] for name in row} == row
