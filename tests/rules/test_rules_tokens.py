"""Tokens and scopes as texts: what is one, what it says, and what grants what."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.rules import scopes, tokens

ENVS = st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True)
ACCOUNTS = st.from_regex(r"sa_[a-z0-9]{16}", fullmatch=True)
NAMESPACES = st.from_regex(r"[a-z0-9_-]{1,6}(/[a-z0-9_-]{1,6}){0,3}", fullmatch=True)
THREADS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
GRAINS = st.builds(scopes.Grain, st.just("thread"), THREADS, st.booleans()) | st.builds(
    scopes.Grain, st.just("namespace"), NAMESPACES, st.booleans()
)
ANY_SCOPES = st.frozensets(st.sampled_from(scopes.SCOPES) | GRAINS.map(str), max_size=5)


@given(ENVS, ACCOUNTS)
def test_new_token_reads_back(env: str, account: str) -> None:
    """A fresh token has the published form and says what it was made for."""
    text = tokens.new_token(env, account)
    parts = tokens.parse_token(text)
    assert parts is not None
    assert (parts.env, parts.account_id) == (env, account)
    assert text == f"spl_{env}_{account}_{parts.secret}"
    assert re.fullmatch("[A-Za-z0-9]{32}", parts.secret)
    assert parts.secret not in repr(parts)


@given(st.text(max_size=80) | st.from_regex(r"spl_[a-z0-9_]{0,40}", fullmatch=True))
def test_only_tokens_are_tokens(text: str) -> None:
    """What is read as a token is exactly what its parts spell."""
    parts = tokens.parse_token(text)
    if parts is not None:
        assert text == "spl_{}_{}_{}".format(*parts)


@given(ENVS, ACCOUNTS, st.integers(0, 200), st.characters(exclude_categories=["Cs"]))
def test_one_character_makes_another_token(env: str, account: str, place: int, char: str) -> None:
    """A token with one character changed has another id."""
    text = tokens.new_token(env, account)
    place %= len(text)
    changed = text[:place] + char + text[place + 1 :]
    assert (tokens.token_id(changed) == tokens.token_id(text)) == (changed == text)


def test_tokens_differ() -> None:
    """Tokens and account ids are never made twice."""
    made = {tokens.new_token("dev", tokens.new_account_id()) for _ in range(200)}
    assert len(made) == 200
    assert len({token.split("_")[3] for token in made}) == 200


@pytest.mark.parametrize(
    ("env", "account"), [("a_b", "sa_" + "0" * 16), ("dev", "sa_0"), ("", "sa_" + "0" * 16)]
)
def test_token_is_made_of_what_can_be_read(env: str, account: str) -> None:
    """No token is made whose parts could not be told apart again."""
    with pytest.raises(UsageError):
        tokens.new_token(env, account)


def test_keyed_check_depends_on_both() -> None:
    """The HMAC changes with the key and with the id, and is not the id."""
    identifier = tokens.token_id("x")
    checks = {
        tokens.keyed_check(b"a" * 32, identifier),
        tokens.keyed_check(b"b" * 32, identifier),
        tokens.keyed_check(b"a" * 32, tokens.token_id("y")),
        identifier,
    }
    assert len(checks) == 4


@given(GRAINS)
def test_grain_reads_back(grain: scopes.Grain) -> None:
    """A grain is read as what it was written from, whatever the thread is called."""
    assert scopes.parse_grain(str(grain)) == grain
    assert scopes.check_scopes([str(grain)]) == (str(grain),)


@given(st.text(max_size=60))
def test_only_grains_are_grains(text: str) -> None:
    """What is read as a grain spells itself again; anything else is no scope but those of the closed set."""
    grain = scopes.parse_grain(text)
    assert grain is None or str(grain) == text
    if grain is None and text not in scopes.SCOPES:
        with pytest.raises(UsageError, match=r"\$\.scopes\[0\]"):
            scopes.check_scopes([text])


@given(ANY_SCOPES, st.sampled_from(scopes.SCOPES))
def test_what_scopes_grant(held: frozenset[str], needed: str) -> None:
    """Admin grants everything, a scope itself, and grains open the two routes they are for."""
    expected = needed in held or "admin" in held
    if needed in ("records:read", "records:write"):
        way = needed.removeprefix("records:")
        expected = expected or any(scope.endswith(f":{way}") and scope.count(":") > 1 for scope in held)
    assert scopes.grants(held, needed) is expected
    assert all(scopes.grants(held, free) for free in ("open", "any", "self"))


@given(ANY_SCOPES, NAMESPACES, st.sampled_from(scopes.SCOPES) | GRAINS.map(str), ANY_SCOPES)
def test_giving_on_never_widens(held: frozenset[str], space: str, wanted: str, then: frozenset[str]) -> None:
    """Whatever can be given on by who was given something, could be given by the giver."""
    given_on = {scope for scope in then | {wanted} if scopes.may_grant(held, space, scope)}
    for scope in then | {wanted}:
        if scopes.may_grant(given_on, space, scope):
            assert scopes.may_grant(held, space, scope), (held, given_on, scope)


@given(NAMESPACES)
def test_namespace_and_those_above(name: str) -> None:
    """A namespace is covered by itself, those above it and `default`; not by what only begins alike."""
    above = scopes.ancestors(name)
    assert scopes.check_namespace(name) == name
    assert list(above) == sorted(above, key=len)
    assert all(scopes.covers(outer, name) for outer in (*above, name, "default"))
    assert not scopes.covers(f"{name}/x", name) or name == "default"
    assert not scopes.covers(name, f"{name}x") or name == "default"


@pytest.mark.parametrize(
    "name", ["", "/", "a/", "/a", "a//b", "A", "a b", "a/b/c/d/e", "ä", "a\n", "a" * 1025]
)
def test_what_is_no_namespace(name: str) -> None:
    """Empty segments, other characters and too many segments make no namespace."""
    with pytest.raises(UsageError, match=r"\$\.namespace"):
        scopes.check_namespace(name)


def test_scopes_are_bounded() -> None:
    """A list of scopes has no repetitions, at least one, and not more than there can be."""
    assert scopes.check_scopes(["admin", "records:read", "admin"]) == ("admin", "records:read")
    for value in (
        [],
        None,
        "admin",
        {"admin": True},
        [1],
        [["admin"]],
        [f"thread:{n}:read" for n in range(65)],
    ):
        with pytest.raises(UsageError, match=r"\$\.scopes"):
            scopes.check_scopes(value)
    with pytest.raises(UsageError, match="surrogate"):
        scopes.check_scopes(["thread:\ud800:read"])
