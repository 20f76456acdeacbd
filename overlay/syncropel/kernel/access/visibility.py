"""What a caller can see: a condition on records."""

from __future__ import annotations

from typing import NamedTuple

from ..store.dialect import Fragment


class Visibility(NamedTuple):
    """What of the store a caller reaches.

    Attributes:
        namespaces: The namespaces reached, each with everything below it; None for all.
        threads: Threads that are reached whatever the namespace.
        hidden_threads: Beginnings of the names of threads that are not reached even so.
    """

    namespaces: tuple[str, ...] | None = None
    threads: tuple[str, ...] = ()
    hidden_threads: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing is kept back."""
        return self.namespaces is None and not self.hidden_threads

    def condition(self, alias: str = "r") -> Fragment:
        """Return the condition that a row of `records` is seen."""
        raise NotImplementedError

    def sees(self, namespace: str, thread: str) -> bool:
        """Tell whether a record of this namespace and thread is seen."""
        raise NotImplementedError


EVERYTHING = Visibility()
