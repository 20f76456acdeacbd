"""What a caller reaches: namespaces with everything below them, single threads, no hidden threads.

Every read of records or of facts about threads is put under a visibility. Who sees everything costs nothing:
the statements are then the same text as without any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
        """Return the condition that a row with the columns `namespace` and `thread` is reached.

        Args:
            alias: The row's name in the statement.
        """
        thread = f"{alias}.thread"
        parts = [] if self.namespaces is None else [self._reached(f"{alias}.namespace", thread)]
        # Beginnings are compared as texts of their length: whether LIKE ignores case depends on the engine,
        # and the order of texts on a collation.
        parts += [Fragment(f"substr({thread}, 1, {len(each)}) <> ?", (each,)) for each in self.hidden_threads]
        return _joined(" AND ", parts, "1 = 1")

    def sees(self, namespace: str, thread: str) -> bool:
        """Tell whether a record of this namespace and thread is reached."""
        if self._hides(thread):
            return False
        if self.namespaces is None or thread in self.threads:
            return True
        return any(namespace == each or namespace.startswith(f"{each}/") for each in self.namespaces)

    def on(self, thread: str | None) -> Visibility:
        """Return what is left of it to decide for the records of one thread; all of it for None."""
        if thread is None or self.everything:
            return self
        if self._hides(thread):
            return NOTHING
        return (
            EVERYTHING if self.namespaces is None or thread in self.threads else Visibility(self.namespaces)
        )

    def to_json(self) -> dict[str, Any] | None:
        """Return it as a JSON value, None for everything."""
        if self.everything:
            return None
        return {name: list(value) for name, value in self._asdict().items() if value is not None}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Visibility:
        """Return what `to_json` gave."""
        return cls(**{name: tuple(each) for name, each in value.items()}) if value else EVERYTHING

    def _hides(self, thread: str) -> bool:
        return any(thread.startswith(each) for each in self.hidden_threads)

    def _reached(self, namespace: str, thread: str) -> Fragment:
        parts: list[Fragment] = []
        if self.threads:
            parts.append(Fragment(f"{thread} IN ({', '.join('?' * len(self.threads))})", self.threads))
        for each in self.namespaces or ():
            below = f"{each}/"
            sql = f"{namespace} = ? OR substr({namespace}, 1, {len(below)}) = ?"
            parts.append(Fragment(sql, (each, below)))
        return _joined(" OR ", parts, "1 = 0")


EVERYTHING = Visibility()
NOTHING = Visibility(())


def narrowed(where: Fragment, visibility: Visibility, alias: str = "r") -> Fragment:
    """Return a condition on rows with what is reached of them; as it is when that is everything."""
    if visibility.everything:
        return where
    reached = visibility.condition(alias)
    return Fragment(f"({where.sql}) AND {reached.sql}", (*where.params, *reached.params))


def _joined(glue: str, parts: list[Fragment], empty: str) -> Fragment:
    if not parts:
        return Fragment(empty)
    sql = glue.join(part.sql for part in parts)
    return Fragment(f"({sql})", tuple(param for part in parts for param in part.params))
