"""Callers: in whose names they write, and what of the store their scopes and namespace reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.kernel.access.caller import LOCAL, NOBODY, Caller, matches
from syncropel.kernel.access.visibility import EVERYTHING
from syncropel.rules.scopes import SCOPES

HIDDEN = ("th_engine_",)
DIDS = st.from_regex(r"did:(key|web|example):[a-z]{1,4}", fullmatch=True)


def caller(*scopes: str, namespace: str = "default", actors: tuple[str, ...] = ()) -> Caller:
    """Return the caller of an account."""
    return Caller("sa_x", "did:sync:system:sa_x", "x", "id", frozenset(scopes), namespace, actors)


@pytest.mark.parametrize(
    ("scopes", "namespace", "namespaces", "threads", "hidden"),
    [
        (["admin"], "default", None, (), ()),
        (["records:read"], "default", None, (), HIDDEN),
        (["records:read", "config:read"], "default", None, (), ()),
        (["admin"], "team", ("team",), (), ()),
        (["records:read"], "team/a", ("team/a",), (), HIDDEN),
        (["records:write"], "default", (), (), HIDDEN),
        (["thread:t:read"], "default", (), ("t",), HIDDEN),
        (["thread:t:write"], "default", (), (), HIDDEN),
        (["records:read", "thread:t:read"], "team", ("team",), ("t",), HIDDEN),
        (["namespace:team/a:read"], "team", ("team/a",), (), HIDDEN),
        (["namespace:default:read"], "default", None, (), HIDDEN),
        ([], "default", (), (), HIDDEN),
    ],
)
def test_what_is_reached(
    scopes: list[str],
    namespace: str,
    namespaces: tuple[str, ...] | None,
    threads: tuple[str, ...],
    hidden: tuple[str, ...],
) -> None:
    """A scope reaches the account's namespace, a grain its own target; the engine's threads stay apart."""
    seen = caller(*scopes, namespace=namespace).visibility()
    assert (seen.namespaces, seen.threads, seen.hidden_threads) == (namespaces, threads, hidden)


def test_reading_and_writing_are_apart() -> None:
    """A grain for writing gives nothing to read, and the other way round."""
    both = caller("thread:r:read", "thread:w:write")
    assert both.visibility().threads == ("r",)
    assert both.visibility(write=True).threads == ("w",)


def test_process_itself_reaches_everything_and_nobody_nothing() -> None:
    """The process itself may do everything; who shows no token may use open routes alone."""
    assert LOCAL.visibility() is EVERYTHING
    assert LOCAL.visibility(write=True) is EVERYTHING
    assert all(LOCAL.may(scope) for scope in SCOPES)
    assert LOCAL.may_act_as("did:example:anybody")
    assert not any(NOBODY.may(scope) for scope in SCOPES)
    assert not NOBODY.may_act_as("did:example:anybody")
    assert NOBODY.visibility().namespaces == ()


@given(st.lists(DIDS | DIDS.map(lambda did: f"{did[:-1]}*"), max_size=4).map(tuple), DIDS)
def test_names_to_write_in(actors: tuple[str, ...], did: str) -> None:
    """An account writes as itself and as those on its list, in full or by beginning; an issuer as itself."""
    account = caller(actors=actors)
    expected = did in actors or any(a[-1] == "*" and did.startswith(a[:-1]) for a in actors)
    assert account.may_act_as(did) is expected is matches(actors, did)
    assert account.may_act_as("did:sync:system:sa_x")
    issuer = Caller("sa_x", "did:key:issuer", issuer="did:key:issuer", actors=("*",))
    assert issuer.may_act_as("did:key:issuer")
    assert not issuer.may_act_as(did)
