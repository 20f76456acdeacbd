"""Bodies of the reserved kinds: what they hold, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import KindError, UsageError, UsageTypeError
from syncropel.rules import reserved
from tests.support.values import any_values

ME = "did:example:me"
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
NOON_TEXT = "2026-01-01T12:00:00.000000Z"

# Each builder with arguments that are right, and the times and DIDs it fills in.
RIGHT: dict[str, dict[str, Any]] = {
    "correction_body": {"corrects": ["r"], "revised_fields": {"title": "x"}, "reason": "why", "actor": ME},
    "erasure_body": {"erases": ["r"], "reason": "why", "actor": ME, "now": lambda: NOON},
    "alias_body": {
        "old_kind": "music.song",
        "new_kind": "music.catalog.track",
        "reason": "why",
        "actor": ME,
        "now": lambda: NOON,
    },
    "scope_transfer_body": {
        "scope": "music",
        "from_publisher": "did:example:a",
        "to_publisher": "did:example:b",
        "reason": "why",
        "now": lambda: NOON,
    },
    "scope_claim_body": {
        "scope": "@music",
        "governance_policy": {"type": "maintainer_approval"},
        "actor": ME,
        "now": lambda: NOON,
    },
}
FILLED = {
    "correction_body": {"correcting_actor": ME},
    "erasure_body": {"authorized_by": ME, "effective_at": NOON_TEXT},
    "alias_body": {"publisher_did": ME, "since": NOON_TEXT},
    "scope_transfer_body": {"effective_at": NOON_TEXT},
    "scope_claim_body": {"claimant": ME, "effective_at": NOON_TEXT},
}


def build(name: str, **changes: Any) -> dict[str, Any]:
    """Call a builder with right arguments and the changes given."""
    builder: Callable[..., dict[str, Any]] = getattr(reserved, name)
    return builder(**{**RIGHT[name], **changes})


@pytest.mark.parametrize("name", list(RIGHT))
def test_what_is_given_and_what_is_filled_in(name: str) -> None:
    """A body holds its arguments, and the emitter's DID and the present time where none is given."""
    given_arguments = {key: value for key, value in RIGHT[name].items() if key not in ("actor", "now")}
    assert build(name) == {**given_arguments, **FILLED[name]}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in FILLED.items() for key in keys])
def test_given_values_stay(name: str, key: str) -> None:
    """A DID or a time that is given is kept as it is; an empty one counts as absent."""
    assert build(name, **{key: "2030-01-01T00:00:00Z"})[key] == "2030-01-01T00:00:00Z"
    assert build(name, **{key: ""})[key] == FILLED[name][key]
    with pytest.raises(UsageTypeError, match=key):
        build(name, **{key: 5})


def test_times_may_be_datetimes() -> None:
    """A moment in any zone is written in UTC with microseconds; one without a zone is refused."""
    moment = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert build("erasure_body", effective_at=moment)["effective_at"] == NOON_TEXT
    ancient = datetime(44, 3, 15, tzinfo=timezone.utc)
    assert build("erasure_body", effective_at=ancient)["effective_at"] == "0044-03-15T00:00:00.000000Z"
    with pytest.raises(UsageError, match="time zone"):
        build("erasure_body", effective_at=datetime(2026, 1, 1))


def test_the_present_is_in_utc() -> None:
    """Without a clock of the caller the present moment is used."""
    before = datetime.now(timezone.utc)
    text = reserved.erasure_body(erases=["r"], reason="x", actor=ME)["effective_at"]
    assert before <= datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


WRONG: list[tuple[str, str, Any]] = [
    *[("correction_body", "corrects", value) for value in ([], "r", ("r",), [""], [5], None)],
    *[("correction_body", "revised_fields", value) for value in ({}, [], None, "x")],
    *[("erasure_body", "erases", value) for value in ([], "r", ("r",), [""], None)],
    *[("scope_transfer_body", key, "") for key in ("from_publisher", "to_publisher")],
    *[
        ("scope_claim_body", "governance_policy", value)
        for value in ({}, {"x": 1}, {"type": ""}, {"type": 5}, 5)
    ],
    *[(name, "reason", value) for name in RIGHT if "reason" in RIGHT[name] for value in ("", None, 5)],
]


@pytest.mark.parametrize(("name", "key", "value"), WRONG)
def test_wrong_arguments_are_named(name: str, key: str, value: Any) -> None:
    """An argument that is empty or of the wrong type raises a UsageError with its name."""
    with pytest.raises(UsageError, match=key):
        build(name, **{key: value})


@pytest.mark.parametrize("old_kind", ["music.song", "Song", "a b.c", "Ünï.codé", "a.b.c.d.e.f"])
def test_old_kinds_need_not_follow_the_grammar(old_kind: str) -> None:
    """An alias leaves behind any name made of non-empty segments."""
    assert build("alias_body", old_kind=old_kind)["old_kind"] == old_kind


@pytest.mark.parametrize("old_kind", ["", ".", "a.", ".a", "a..b", None, 5])
def test_old_kinds_need_segments(old_kind: Any) -> None:
    """An old name without segments is refused."""
    with pytest.raises(KindError, match="old_kind"):
        build("alias_body", old_kind=old_kind)


def test_new_kinds_and_scopes_follow_the_grammar() -> None:
    """What a record declares for the future keeps to the rules."""
    with pytest.raises(KindError):
        build("alias_body", new_kind="music.song")
    for name in ("scope_transfer_body", "scope_claim_body"):
        with pytest.raises(KindError):
            build(name, scope="music.catalog")


def test_intent() -> None:
    """A goal is set unless the body has one; the body passed is not changed."""
    body = {"goal": "mine", "x": 1}
    assert reserved.intent_body("g") == {"goal": "g"}
    assert reserved.intent_body("g", body) == {"goal": "mine", "x": 1}
    assert reserved.intent_body("", {"x": 1}) == {"goal": "", "x": 1}
    assert body == {"goal": "mine", "x": 1}
    with pytest.raises(UsageTypeError, match="goal"):
        reserved.intent_body(5)  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError, match="body"):
        reserved.intent_body("g", [])  # type: ignore[arg-type]


def test_outcome() -> None:
    """A `fulfills` of one id stays a string, several become a list, and both overwrite the body's own."""
    assert reserved.outcome_body("s") == {"summary": "s"}
    assert reserved.outcome_body("s", "id") == {"summary": "s", "fulfills": "id"}
    assert reserved.outcome_body("s", iter(["a", "b"])) == {"summary": "s", "fulfills": ["a", "b"]}
    assert reserved.outcome_body("s", [], {"summary": "t", "fulfills": "q"}) == {
        "summary": "t",
        "fulfills": [],
    }
    for wrong in (5, [5], [None]):
        with pytest.raises(UsageTypeError, match="fulfills"):
            reserved.outcome_body("s", wrong)  # type: ignore[arg-type]


@given(
    st.sampled_from([(name, key) for name in RIGHT for key in RIGHT[name] if key not in ("now", "actor")]),
    any_values,
)
def test_only_the_documented_error(place: tuple[str, str], value: Any) -> None:
    """Whatever an argument is, the answer is a body or a UsageError."""
    name, key = place
    try:
        body = build(name, **{key: value})
    except UsageError:
        return
    assert body[key] == value
