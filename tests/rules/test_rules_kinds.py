"""The kind grammar, held against a second reading of it, and the `_v` rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import KindError, UsageTypeError
from syncropel.rules.kinds import (
    Kind,
    has_version,
    is_kind,
    parse_kind,
    validate_kind,
    validate_scope,
    with_version,
)
from tests.support.values import Colour

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789_-"
segments = st.text("av2_-", min_size=1, max_size=3)
odd_segments = st.sampled_from(["core", "@a", "@", "", "v2", "V2", "ß"])
near_kinds = st.lists(st.one_of(segments, odd_segments), max_size=6)
versions = st.integers(0, 99).map(lambda number: [f"v{number}"])
triples = st.tuples(segments, segments, segments).map(list)
kinds = st.one_of(
    st.tuples(st.sampled_from(["core", "@a", "@-_9"]), segments).map(list),
    triples,
    st.builds(lambda parts, tail: [f"@{parts[0]}", *parts[1:], *tail], triples, versions),
)

ACCEPTED = [
    "music.catalog.track",
    "music.catalog.track.v2",
    "@music.track",
    "@music.catalog.track",
    "@music.catalog.track.v3",
    "@music.track.v2",
    "@core.thread",
    "core.alias",
    "core.intent",
    "core.v1",
    "core.alias.v1",
    "core.work.loop.v1",
    "core.task.record",
    "x.a.b",
    "x.a.b.v1",
    "infer.query.v1",
    "agent.session.checkpoint",
    "syncropel.dispatch.complete.v1",
    "1.2.3",
    "-.-.-",
    "a.b.c.v0",
]

# Each with the words that tell what to mend.
REFUSED = {
    "": "segment 1 is empty",
    "core": "it has 1 segment",
    "@music": "it has 1 segment",
    "music.track": "two segments are only for",
    "x.a": "two segments are only for",
    "Music.Catalog.Track": "segment 1, 'Music'",
    "core.Alias": "segment 2, 'Alias'",
    "@Music.track": "segment 1, '@Music'",
    "@.track": "'@' alone",
    "@@music.track": "only start the scope",
    "a.@b.c": "segment 2, '@b'",
    "music..track": "segment 2 is empty",
    ".a.b": "segment 1 is empty",
    "a.b.": "segment 3 is empty",
    "a.b.c.": "segment 4 is empty",
    "a.b.c.d": "segment 4, 'd', must be a version",
    "music.catalog.track.2": "must be a version",
    "music.catalog.track.v": "must be a version",
    "music.catalog.track.v1a": "must be a version",
    "music.catalog.track.V2": "segment 4, 'V2'",
    "a.b.c.d.e": "it has 5 segments",
    "a.b.c d": "segment 3, 'c d'",
    "a/b/c": "segment 1",
    "a.b.ç": "segment 3",
    "music.catalog.track\n": "segment 3",
    "music.catalog.track.v1\n": "segment 4",
    "music.catalog.track.v٢": "segment 4",
    "a.b.c\u2028": "segment 3",
}


def reference(text: str) -> bool:
    """Read the grammar's table once more, without a regular expression."""
    parts = text.split(".")
    scope = parts[0].removeprefix("@")
    if not all(word and set(word) <= set(ALPHABET) for word in (scope, *parts[1:])):
        return False
    if len(parts) == 2:
        return parts[0] == "core" or parts[0].startswith("@")
    version = parts[3] if len(parts) == 4 else "v1"
    return (
        len(parts) in (3, 4)
        and version[0] == "v"
        and version[1:] != ""
        and set(version[1:]) <= set("0123456789")
    )


@pytest.mark.parametrize("kind", ACCEPTED)
def test_accepted(kind: str) -> None:
    """Every kind that the protocol lists as valid is."""
    validate_kind(kind)
    assert is_kind(kind)


@pytest.mark.parametrize("kind", list(REFUSED))
def test_refused_with_the_segment(kind: str) -> None:
    """Every text that the protocol lists as invalid is refused, and the message says which part is wrong."""
    with pytest.raises(KindError) as caught:
        validate_kind(kind)
    assert REFUSED[kind] in str(caught.value)
    assert not is_kind(kind)


@pytest.mark.parametrize("value", [None, 5, b"a.b.c", ["a", "b", "c"], True])
def test_a_kind_is_a_string(value: Any) -> None:
    """What is no string is refused with its type."""
    with pytest.raises(KindError, match=type(value).__name__):
        validate_kind(value)
    assert not is_kind(value)


@given(st.one_of(near_kinds.map(".".join), st.text(max_size=12)))
def test_agrees_with_a_second_reading(text: str) -> None:
    """The checker accepts exactly what a plain reading of the table does, and raises only KindError."""
    try:
        validate_kind(text)
        accepted = True
    except KindError:
        accepted = False
    assert accepted is reference(text) is is_kind(text)


@given(kinds.map(".".join))
def test_printing_a_parsed_kind_gives_it_back(text: str) -> None:
    """Taking a kind apart loses nothing."""
    kind = parse_kind(text)
    assert str(kind) == text
    assert parse_kind(str(kind)) == kind


def test_parts() -> None:
    """Two segments have no category, and only a fourth segment is a version."""
    assert parse_kind("core.alias") == Kind("core", None, "alias", None)
    assert parse_kind("infer.query.v1") == Kind("infer", "query", "v1", None)
    assert parse_kind("@music.catalog.track.v3") == Kind("@music", "catalog", "track", "v3")


def test_long_texts_are_shortened_in_messages() -> None:
    """An error stays readable whatever was passed."""
    with pytest.raises(KindError) as caught:
        validate_kind("A" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("scope", ["music", "@music", "x", "music-cat_9", "0"])
def test_scopes_accepted(scope: str) -> None:
    """One segment, with or without the sign of a community, is a scope."""
    validate_scope(scope)


@pytest.mark.parametrize("scope", ["", "@", "@@a", "Music", "music.catalog", "a b", "a\n", "é", None, 5])
def test_scopes_refused(scope: Any) -> None:
    """Anything else is not."""
    with pytest.raises(KindError, match="scope"):
        validate_scope(scope)


def test_version_is_added_to_unversioned_kinds_only() -> None:
    """`_v` is added unless the kind has a version or the body a `_v`, even a null one."""
    assert with_version({"a": 1}, "a.b.c") == {"a": 1, "kind": "a.b.c", "_v": 1}
    assert with_version({}, "infer.query.v1") == {"kind": "infer.query.v1", "_v": 1}
    assert with_version({}, "a.b.c.v2") == {"kind": "a.b.c.v2"}
    assert with_version({"_v": 7}, "a.b.c.v2") == {"_v": 7, "kind": "a.b.c.v2"}
    assert with_version({"_v": None}, "a.b.c") == {"_v": None, "kind": "a.b.c"}
    assert has_version("a.b.c.v2")
    assert not has_version("core.alias.v1")


def test_the_kind_overwrites_the_bodys_own_in_a_copy() -> None:
    """The body that was passed keeps its kind; the copy has the argument's."""
    body = {"kind": "old.old.old"}
    assert with_version(body, "a.b.c")["kind"] == "a.b.c"
    assert body == {"kind": "old.old.old"}


def test_kinds_from_enums_become_plain_strings() -> None:
    """An enum member is written as its value."""

    class Names(str):
        __slots__ = ()

    assert type(with_version({}, Names("a.b.c"))["kind"]) is str
    with pytest.raises(KindError, match="red"):
        validate_kind(Colour.RED)


@pytest.mark.parametrize("body", [None, [], "x"])
def test_a_body_is_a_dict(body: Any) -> None:
    """A body of another type is refused."""
    with pytest.raises(UsageTypeError, match="dict"):
        with_version(body, "a.b.c")
