"""The access family: accounts, tokens, namespaces, keys, and how the first account comes to be."""

from __future__ import annotations

from ..operations import Operation
from . import accounts, bootstrap, identities, namespaces, tokens

OPERATIONS: dict[str, Operation] = {
    **bootstrap.OPERATIONS,
    **accounts.OPERATIONS,
    **tokens.OPERATIONS,
    **namespaces.OPERATIONS,
    **identities.OPERATIONS,
}
