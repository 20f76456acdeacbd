"""The store protocol: transactions of short synchronous work, with commits that are durable when reported.

Work is a function of a transaction. It may run again after an attempt that was undone, so it changes nothing
outside; it never keeps the transaction, and it never waits for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from ..messages import Commit
from .dialect import Dialect
from .signals import Heard

T = TypeVar("T")
Params = Sequence[Any]
Listener = Callable[[Sequence[Commit]], None]
Settle = Callable[["Transaction", list[Any]], None]
Done = Callable[[Any, "BaseException | None"], None]


class Transaction(Protocol):
    """What work may do inside a transaction."""

    def execute(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return every row of its answer."""
        ...

    def take(
        self, sql: str, params: Params, wanted: Callable[[tuple[Any, ...]], bool]
    ) -> list[tuple[Any, ...]]:
        """Run one query and return its rows up to the first that is not wanted; the rest is not fetched."""
        ...

    def insert(self, sql: str, params: Params = ()) -> int | None:
        """Run one INSERT into a table with a generated sequence.

        Returns:
            The new row's sequence, or None when `ON CONFLICT DO NOTHING` left the row out.
        """
        ...

    def execute_many(self, sql: str, rows: Sequence[Params]) -> None:
        """Run one statement that returns nothing, for each of the rows."""
        ...

    def insert_many(self, table: str, columns: tuple[str, ...], rows: Sequence[Params]) -> bool:
        """Insert rows whose every column is given, in order; for a generated sequence, see `next_sequence`.

        Args:
            table: The table, a constant of this package.
            columns: Its columns, a constant of this package.
            rows: The values of each row, in the order of the columns.

        Returns:
            Whether they are in. False when one of them contradicts a unique key: then none of them is.
        """
        ...

    def next_sequence(self) -> int:
        """Return the sequence that the next record of this transaction gets; those after it follow."""
        ...

    def later(self, settle: Settle, item: Any) -> None:
        """Hand in something that `settle` writes in one go, with its like, before the commit."""
        ...

    def all_later(self, settle: Settle, items: Iterable[Any]) -> None:
        """Hand in several, as `later` one."""
        ...

    def waiting(self, settle: Settle) -> Sequence[Any]:
        """Return what was handed in for `settle` and is not written yet."""
        ...

    def settle(self) -> None:
        """Write now what was handed in, because something is about to read it."""
        ...

    def note(self, commit: Commit) -> None:
        """Tell the store's listeners about this record once the transaction is durable."""
        ...

    def note_all(self, commits: Iterable[Commit]) -> None:
        """Tell them about several, as `note` about one."""
        ...

    def signal(self, topic: str, payload: bytes = b"") -> None:
        """Tell every process that works on the store, once the transaction is durable; nobody who is away.

        Args:
            topic: What it is about; see `signals.Signal`.
            payload: A message; for a wake-up how many may be woken, in digits, or nothing for all of them.
        """
        ...


Work = Callable[[Transaction], T]


class Bulk(NamedTuple):
    """Work that is done together with its like: neighbours in a group with the same `run` are one call.

    Attributes:
        run: Takes a transaction and the items of some jobs in the order of the queue, and returns one result
            for each. When it raises, all of that is undone, and it is called for each item by itself.
        item: What this job gives to it.
        weight: How many records it is about, for the size of a group.
    """

    run: Callable[[Transaction, Sequence[Any]], list[Any]]
    item: Any
    weight: int = 1


Task = Work[T] | Bulk


class Store(Protocol):
    """A place where records are kept.

    Attributes:
        name: What kind of store it is.
        dialect: How its SQL engine differs.
        known: What was found out about its content and stays true until this process writes to it; None where
            other processes write, too.
        quick: Whether a short read waits for nothing but this machine.
    """

    name: str
    dialect: Dialect
    known: dict[str, bool] | None
    quick: bool

    def read(self, work: Work[T]) -> T:
        """Run work on one consistent snapshot, in the caller's thread."""
        ...

    def write(self, work: Task[T]) -> T:
        """Run work in a transaction of its own or in a group, and return once it is durable."""
        ...

    def submit(self, work: Task[T]) -> Future[T]:
        """Queue work for writing; the future completes once it is durable."""
        ...

    def enqueue(self, work: Task[Any], done: Done) -> None:
        """Like `submit` without a future: `done(result, None)` or `done(None, error)` is called once."""
        ...

    def give_way(self) -> None:
        """Let whoever writes go first; for other threads, between pieces of long work in Python."""
        ...

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the records of every durable group, in commit order; returns the remover."""
        ...

    def broadcast(self, topic: str, payload: bytes = b"") -> None:
        """Tell every process that works on the store at once, without a transaction.

        Who is in this process has heard it when this returns.
        """
        ...

    def on_signal(self, callback: Heard) -> Callable[[], None]:
        """Call `callback` with what `Transaction.signal` and `broadcast` tell; returns the remover.

        It is called from any thread, must be quick, and must not wait for the store.
        """
        ...

    def close(self) -> None:
        """Finish what is queued, refuse the rest, release everything. May be called again."""
        ...
