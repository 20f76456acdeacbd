"""Identities are values."""

from __future__ import annotations

import copy
import pickle

import pytest

from syncropel.errors import UsageError
from syncropel.keys.identity import ANONYMOUS, Identity


def test_equal_by_did() -> None:
    """Two identities of one DID are equal, hash alike and differ from its text."""
    one, other = Identity.static("did:example:a"), Identity.static("did:example:a")
    assert one == other
    assert len({one, other, Identity.static("did:example:b")}) == 2
    assert one != "did:example:a"


def test_frozen() -> None:
    """A DID cannot be changed or removed."""
    identity = Identity.static("did:example:a")
    with pytest.raises(AttributeError, match="frozen"):
        identity.actor_did = "did:example:b"
    with pytest.raises(AttributeError, match="frozen"):
        del identity.actor_did


def test_survives_pickle_and_copy() -> None:
    """An identity can cross processes."""
    identity = Identity.static("did:example:a")
    assert pickle.loads(pickle.dumps(identity)) == copy.deepcopy(identity) == identity
    assert repr(identity) == "Identity(actor_did='did:example:a')"


@pytest.mark.parametrize("did", ["", 5, None, b"did:x:y"])
def test_a_did_is_a_non_empty_string(did: object) -> None:
    """Anything else is the caller's mistake."""
    with pytest.raises(UsageError):
        Identity.static(did)  # type: ignore[arg-type]


def test_anonymous() -> None:
    """There is a neutral identity for clients that were given none."""
    assert ANONYMOUS.actor_did == "did:sync:user:anonymous"
