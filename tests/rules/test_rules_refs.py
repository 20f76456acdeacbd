"""Canonical references: the eleven constructors, their help, merging, and the one-line form."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError, UsageTypeError
from syncropel.rules.kinds import validate_kind
from syncropel.rules.refs import Ref, check_ref, format_ref, merge_refs, parse_ref
from tests.support.values import any_values

# Every keyword of every constructor, with what else it needs and the id it gives for the value V.
IDS: dict[str, dict[str, tuple[dict[str, str], str]]] = {
    "music_track": {
        "isrc": ({}, "isrc:V"),
        "spotify_id": ({}, "spotify:V"),
        "apple_id": ({}, "apple:V"),
    },
    "code_file": {
        "repo": ({"path": "src/a.py"}, "github:V:src/a.py"),
        "git_url": ({"path": "src/a.py"}, "git:V:src/a.py"),
    },
    "ops_incident": {"pagerduty": ({}, "pagerduty:V"), "linear": ({}, "linear:V"), "url": ({}, "url:V")},
    "cal_event": {"uid": ({}, "icalendar:V")},
    "social_person": {"did": ({}, "V"), "email": ({}, "email:V"), "handle": ({"name": "n"}, "V:n")},
    "media_photo": {"sha256": ({}, "sha256:V"), "url": ({}, "url:V")},
    "media_video": {"youtube": ({}, "youtube:V"), "vimeo": ({}, "vimeo:V"), "sha256": ({}, "sha256:V")},
    "doc_text": {"doi": ({}, "doi:V"), "url": ({}, "url:V"), "platform_id": ({}, "V")},
    "fin_transaction": {
        "stripe": ({}, "stripe:V"),
        "plaid": ({}, "plaid:V"),
        "iso20022": ({}, "iso20022:V"),
    },
    "research_paper": {"doi": ({}, "doi:V"), "arxiv": ({}, "arxiv:V"), "s2": ({}, "s2:V")},
    "core_thread": {"id": ({}, "thread:V")},
}
VALUE = "platform:1"
CONSTRUCTORS = [name for name, _ in inspect.getmembers(Ref, inspect.isfunction) if not name.startswith("_")]
EVERY = [(name, keyword) for name, keywords in IDS.items() for keyword in keywords]


def test_there_are_eleven() -> None:
    """The table of this test and the class name the same eleven constructors."""
    assert sorted(IDS) == sorted(CONSTRUCTORS)
    assert len(CONSTRUCTORS) == 11


@pytest.mark.parametrize(("name", "keyword"), EVERY)
def test_every_keyword_gives_its_id(name: str, keyword: str) -> None:
    """A keyword gives a plain dict of the category's kind and the scheme's id, the value untouched."""
    needed, template = IDS[name][keyword]
    ref = getattr(Ref, name)(**{keyword: VALUE}, **needed)
    assert ref == {"kind": "@" + name.replace("_", "."), "id": template.replace("V", VALUE)}
    assert type(ref) is dict
    validate_kind(ref["kind"])


@pytest.mark.parametrize("name", list(IDS))
def test_the_first_keyword_that_is_not_empty_wins(name: str) -> None:
    """With all keywords the first counts; with the first one empty the second does."""
    keywords = list(IDS[name])
    needed = IDS[name][keywords[0]][0]
    everything = dict.fromkeys(keywords, VALUE) | needed
    assert getattr(Ref, name)(**everything)["id"] == IDS[name][keywords[0]][1].replace("V", VALUE)
    if len(keywords) > 1:
        second = getattr(Ref, name)(**{**everything, keywords[0]: ""})
        assert second["id"] == IDS[name][keywords[1]][1].replace("V", VALUE)


@pytest.mark.parametrize(("name", "keyword"), EVERY)
@pytest.mark.parametrize("value", [5, b"x", ["x"], True])
def test_values_are_strings(name: str, keyword: str, value: Any) -> None:
    """A value that is no string is refused, naming the keyword."""
    with pytest.raises(UsageTypeError, match=f"{keyword}= must be a string"):
        getattr(Ref, name)(**{keyword: value}, **IDS[name][keyword][0])


@pytest.mark.parametrize(("name", "keyword"), EVERY)
def test_nothing_chosen_is_an_error(name: str, keyword: str) -> None:
    """Empty values alone make no reference, and the message names the keywords to choose from."""
    needed = IDS[name][keyword][0]
    with pytest.raises(UsageError) as caught:
        getattr(Ref, name)(**{keyword: ""}, **needed)
    assert f"{keyword}=" in str(caught.value)


def test_keywords_only() -> None:
    """Positional values are refused: their order would be guesswork."""
    with pytest.raises(TypeError):
        Ref.music_track("USJI19810404")  # type: ignore[misc]
    with pytest.raises(TypeError):
        Ref.cal_event()  # type: ignore[call-arg]


def test_odd_corners() -> None:
    """A DID is taken verbatim, a thread is prefixed again, a handle needs its name, nothing is trimmed."""
    assert Ref.social_person(did="did:web:x")["id"] == "did:web:x"
    assert Ref.core_thread(id="thread:a")["id"] == "thread:thread:a"
    assert Ref.music_track(isrc=" i ")["id"] == "isrc: i "
    for half in ({"handle": "github"}, {"name": "alice"}):
        with pytest.raises(UsageError, match="together"):
            Ref.social_person(**half)
    with pytest.raises(UsageError, match="path="):
        Ref.code_file(path="", repo="a/b")


def test_help_lists_every_constructor_with_its_keywords() -> None:
    """`help(Ref)` shows the eleven constructors, kinds, keywords and ids before the signatures."""
    shown = pydoc.render_doc(Ref, renderer=pydoc.plaintext)
    table = shown[: shown.index("Static methods")]
    for name, keywords in IDS.items():
        assert f"Ref.{name}" in table
        assert f"`@{name.replace('_', '.')}`" in table
        for keyword, (_, template) in keywords.items():
            assert keyword in table
            scheme = template.partition(":")[0]
            assert scheme == "V" or f"`{scheme}:" in table


@given(st.sampled_from(EVERY), st.text(min_size=1, max_size=12).map(lambda text: f":{text}"))
def test_printing_and_parsing_is_the_identity(choice: tuple[str, str], value: str) -> None:
    """The one-line form of any reference reads back as that reference."""
    name, keyword = choice
    ref = getattr(Ref, name)(**{keyword: value}, **IDS[name][keyword][0])
    assert parse_ref(format_ref(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "x", "@music.track", "@music.track:", ":isrc:1", "Music.Track:a", 5, None]
)
def test_what_is_not_a_line_of_a_reference(text: Any) -> None:
    """A line without kind and id is refused."""
    with pytest.raises(UsageError):
        parse_ref(text)


def test_merging_appends_in_a_copy() -> None:
    """References follow those that are there, repetitions kept, and the body passed stays as it is."""
    one, two = Ref.cal_event(uid="1"), Ref.cal_event(uid="2")
    body = {"_refs": [one]}
    assert merge_refs(body, (two, one)) == {"_refs": [one, two, one]}
    assert body == {"_refs": [one]}
    assert merge_refs({"_refs": None}, [two]) == {"_refs": [two]}


@pytest.mark.parametrize("refs", [None, [], ()])
def test_no_references_add_no_key(refs: Any) -> None:
    """Nothing to add leaves the body alone, whatever its `_refs` is."""
    assert merge_refs({"a": 1}, refs) == {"a": 1}
    assert merge_refs({"_refs": None}, refs) == {"_refs": None}


@pytest.mark.parametrize(
    ("refs", "text"),
    [
        ({"kind": "@a.b", "id": "1"}, r"refs: .*refs=\[\.\.\.\]"),
        ("ab", "refs: must be a list"),
        ([5], r"refs\[0\]: must be a dict"),
        ([{"kind": "@a.b", "id": "1"}, {"kind": "@a.b"}], r"refs\[1\]: 'id' is missing"),
        ([{"kind": "", "id": "1"}], r"refs\[0\]\.kind: must not be empty"),
        ([{"kind": "@a.b", "id": 5}], r"refs\[0\]\.id: must be a string"),
    ],
)
def test_wrong_references_are_named(refs: Any, text: str) -> None:
    """A reference that is none is refused with its position and key."""
    with pytest.raises(UsageError, match=text):
        merge_refs({}, refs)


def test_a_body_with_other_refs_is_refused() -> None:
    """A `_refs` that is no list cannot be appended to."""
    with pytest.raises(UsageTypeError, match=r"\$\.body\._refs"):
        merge_refs({"_refs": "ab"}, [Ref.cal_event(uid="1")])


def test_further_keys_of_a_reference_stay() -> None:
    """What a newer publisher puts beside kind and id is kept, in a copy."""
    ref = {"kind": "@a.b", "id": "1", "label": "x"}
    assert check_ref(ref) == ref
    assert check_ref(ref) is not ref


@given(any_values)
def test_only_the_documented_error(value: Any) -> None:
    """Whatever is passed as references, the answer is a body or a UsageError."""
    for refs in (value, [value]):
        try:
            merged = merge_refs({}, refs)
        except UsageError:
            continue
        assert set(merged) <= {"_refs"}
