"""Topics and patterns: which are taken, and which topics a pattern stands for."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.kernel.topic_index import TopicIndex
from syncropel.rules import limits
from syncropel.rules.topics import check_pattern, check_topic, is_exact, matches

# Few letters, so that patterns and topics meet.
LEVELS = st.text("ab", max_size=3)
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map(".".join).filter(bool)
PATTERNS = st.tuples(
    st.lists(st.text("ab*", max_size=3), min_size=1, max_size=4), st.sampled_from(["", ".#"])
).map(lambda parts: ".".join(parts[0]) + parts[1])


def stands_for(pattern: str, topic: str) -> bool:
    """Tell whether a pattern stands for a topic by a regular expression: easily seen to be right."""
    if pattern == "#":
        return True
    rest = pattern.endswith(".#")
    text = re.escape(pattern[:-2] if rest else pattern).replace(r"\*", "[^.]*")
    return re.fullmatch(text + (r"(\..*)?" if rest else ""), topic) is not None


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.c", False),
        ("a.#", "a", True),
        ("a.#", "a.b.c", True),
        ("a.#", "ab", False),
        ("#", "anything.at.all", True),
        ("*.sports", "news.sports", True),
        ("user:*", "user:1", True),
        ("user:*", "user:1.x", False),
        ("a*b", "ab", True),
        ("a*b", "a", False),
        ("A", "a", False),
        ("a.*", "a.", True),
    ],
)
def test_a_pattern_stands_for_topics(pattern: str, topic: str, expected: bool) -> None:
    """A star is one level or a part of one, a final `#` any number of levels; case counts."""
    assert matches(pattern.split("."), topic.split(".")) is expected


@given(PATTERNS | st.just("#"), TOPICS)
def test_matching_is_what_a_regular_expression_says(pattern: str, topic: str) -> None:
    """The quick comparison and an obvious one agree on every pattern and topic."""
    assert matches(pattern.split("."), topic.split(".")) is stands_for(pattern, topic)


@given(st.lists(PATTERNS.filter(bool), max_size=8, unique=True), st.lists(TOPICS, max_size=5), st.data())
def test_the_index_finds_whom_patterns_stand_for(
    patterns: list[str], topics: list[str], data: st.DataObject
) -> None:
    """Through additions and removals, a topic finds the holders of its patterns, each once, and no others."""
    index: TopicIndex[int] = TopicIndex()
    held: set[tuple[str, int]] = set()
    for pattern in patterns:
        for holder in data.draw(st.sets(st.integers(0, 3))):
            index.add(pattern, holder)
            held.add((pattern, holder))
    for gone in data.draw(st.sets(st.sampled_from(sorted(held)))) if held else ():
        for topic in topics:
            index.find(topic)
        index.remove(*gone)
        held.discard(gone)
    for topic in topics:
        found = index.find(topic)
        assert len(set(found)) == len(found)
        assert set(found) == {holder for pattern, holder in held if stands_for(pattern, topic)}


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "Topic cannot be empty"),
        ("#.a", "# wildcard must be at the end of pattern"),
        ("a#.b", "# wildcard must be at the end of pattern"),
        ("a.#.#", "Pattern can only contain one # wildcard"),
        ("a.b#", "# wildcard must be a level of its own"),
        ("a\nb", "Topic holds a control character"),
        ("a\u0085b", "Topic holds a control character"),
        ("\ud800", "Topic holds a lone surrogate, which UTF-8 cannot carry"),
        ("é" * 129, f"Topic has 258 bytes; it may have {limits.MAX_NAME_BYTES}"),
        (7, "Topic must be a string"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: object, reason: str) -> None:
    """A pattern that is not understood says why."""
    with pytest.raises(UsageError) as refused:
        check_pattern(pattern)
    assert str(refused.value) == reason


def test_anything_printable_is_a_topic() -> None:
    """A topic may hold what means something in patterns; a pattern without wildcards is a topic."""
    for topic in ("a#b", "*", "#.#", "größe.中\u3000", "a..b", "é" * 128):
        assert check_topic(topic) == topic
    assert is_exact(check_pattern("a.b"))
    assert not is_exact(check_pattern("a.#"))


def test_a_pattern_of_many_stars_costs_no_time() -> None:
    """Matching never goes back: the worst pattern against the worst topic takes no longer than others."""
    pattern, topic = ["*a" * 127 + "b"], ["a" * 255]
    began = time.perf_counter()
    assert not any(matches(pattern, topic) for _ in range(100))
    assert time.perf_counter() - began < 1.0
