"""The values of the generated models: absence, open enumerations, times, unions."""

from __future__ import annotations

import copy
import datetime
import json
import pickle

import pytest

from syncropel_generated.errors import UnexpectedStatus
from syncropel_generated.models import (
    Act,
    CoreErasure,
    InferInputReference,
    InferQueryV1,
    InstanceIdentity,
    OrchestrationWaterfall,
    Record,
    SortDirection,
)
from syncropel_generated.types import UNSET, Unset, path_segment, safe_status

IDENTITY = {"actor": "a", "did": "d", "method": "m", "is_authenticated": True, "scopes": []}
ROW = {
    "object": "record",
    "id": "i",
    "act": "PUT",
    "actor": "a",
    "body": {},
    "clock": 0,
    "data_type": "VOID",
    "parents": [],
    "thread": "t",
}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_absence_survives_copies(copied: object) -> None:
    """UNSET is one value through copy, deepcopy and pickle, alone and in a model, and stays out of JSON."""
    assert callable(copied)
    assert copied(UNSET) is UNSET
    again = copied(Record.from_dict(ROW))
    assert again.sequence is UNSET
    assert json.loads(json.dumps(again.to_dict())) == ROW


def test_there_is_one_absent_value() -> None:
    """Making another Unset gives the same one, which is false and says its name."""
    assert Unset() is UNSET
    assert not UNSET
    assert repr(UNSET) == "UNSET"


def test_an_unknown_text_value_is_kept() -> None:
    """A value that a newer server adds to an enumeration is read, compared, pickled and sent as it is."""
    parsed = Record.from_dict({**ROW, "act": "DREAM"})
    assert parsed.act == "DREAM"
    assert str(parsed.act) == "DREAM"
    assert isinstance(parsed.act, Act)
    assert {parsed.act: 1}["DREAM"] == 1  # type: ignore[index]
    assert pickle.loads(pickle.dumps(parsed)).to_dict()["act"] == "DREAM"
    assert copy.deepcopy(parsed.act) == "DREAM"
    assert [each.value for each in Act] == sorted(each.value for each in Act)
    assert "DREAM" not in Act.__members__


def test_a_known_value_is_its_member() -> None:
    """A listed value is the member itself, so it can be compared by identity."""
    assert Record.from_dict(ROW).act is Act.PUT


@pytest.mark.parametrize("value", [None, 5, ["PUT"], {}])
def test_a_value_of_another_type_is_no_member(value: object) -> None:
    """An open enumeration of texts takes texts only."""
    with pytest.raises(ValueError, match="is not a valid Act"):
        Act(value)  # type: ignore[arg-type]


def test_an_unknown_number_is_kept() -> None:
    """An enumeration of numbers is open for numbers, and not for truth values."""
    assert SortDirection(-1) is SortDirection.DESCENDING
    assert SortDirection(7) == 7
    assert pickle.loads(pickle.dumps(SortDirection(7))) == 7
    assert SortDirection(True) is SortDirection.ASCENDING
    with pytest.raises(ValueError, match="is not a valid SortDirection"):
        SortDirection("1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T00:00:00Z", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)),
        (
            "2026-01-01T00:00:00.5+02:00",
            datetime.datetime(2025, 12, 31, 22, 0, 0, 500_000, datetime.timezone.utc),
        ),
        (
            "2026-01-01T00:00:00.123456789Z",
            datetime.datetime(2026, 1, 1, 0, 0, 0, 123456, datetime.timezone.utc),
        ),
    ],
)
def test_times_are_read_on_every_supported_python(text: str, expected: datetime.datetime) -> None:
    """`Z`, short and nine-digit fractions are read, which the standard library of Python 3.10 does not do."""
    assert InstanceIdentity.from_dict({**IDENTITY, "expires_at": text}).expires_at == expected


def test_a_time_may_be_null_or_absent() -> None:
    """A nullable time keeps null, and absence stays absence."""
    assert InstanceIdentity.from_dict({**IDENTITY, "expires_at": None}).to_dict()["expires_at"] is None
    assert "expires_at" not in InstanceIdentity.from_dict(IDENTITY).to_dict()
    body = {"kind": "core.erasure", "erases": ["r"], "reason": "u", "effective_at": "2026-01-01T00:00:00Z"}
    assert CoreErasure.from_dict(body).to_dict()["effective_at"] == "2026-01-01T00:00:00+00:00"


def test_variants_are_chosen_by_what_only_they_have() -> None:
    """A pattern is chosen by its const tag, an input by the member it requires."""
    query = {
        "kind": "infer.query.v1",
        "input": {"ref": {"kind": "@a.b", "id": "x:1"}},
        "answer_shape": {"kind": "a.b.c"},
        "responders": [{"kind": "llm"}],
        "fold": {"function": "consensus"},
        "dial": 0.3,
        "orchestration": {"pattern": "waterfall", "stages": [{"responders": [{}]}]},
    }
    parsed = InferQueryV1.from_dict(query)
    assert isinstance(parsed.input_, InferInputReference)
    assert isinstance(parsed.orchestration, OrchestrationWaterfall)
    assert parsed.dial == 0.3
    assert parsed.to_dict() == query
    adaptive = {"replay_if": "a", "create_if": "b", "else": 0.5}
    assert InferQueryV1.from_dict({**query, "dial": adaptive}).to_dict()["dial"] == adaptive


def test_the_error_survives_pickle() -> None:
    """An UnexpectedStatus crosses a process pool with its status and content."""
    again = pickle.loads(pickle.dumps(UnexpectedStatus(520, b"\xff")))
    assert (again.status_code, again.content, "520" in str(again)) == (520, b"\xff", True)


def test_small_helpers() -> None:
    """Statuses without a name stay numbers; dots that would be directions are escaped, others are not."""
    assert (safe_status(520), safe_status(404).name) == (520, "NOT_FOUND")  # type: ignore[union-attr]
    assert [path_segment(each) for each in (".", "..", "a.b", "...", "a/b", 5)] == [
        "%2E",
        "%2E%2E",
        "a.b",
        "...",
        "a%2Fb",
        "5",
    ]
