"""A daemon that drops a record now and then after it was acknowledged: what the checker has to find.

`python -m tests.proof.faulty` takes the arguments of `python -m syncropel.daemon`.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

from syncropel.daemon.__main__ import main
from syncropel.kernel.store.base import Done, Transaction
from syncropel.kernel.store.sqlite import SqliteStore

EVERY = 10


def forgetful() -> None:
    """Make every store of this process lose one record in `EVERY` writes."""
    enqueue, numbers = SqliteStore.enqueue, itertools.count(1)

    def lose(transaction: Transaction) -> None:
        transaction.execute("DELETE FROM records WHERE sequence = (SELECT max(sequence) FROM records)")

    def forget(store: SqliteStore, work: Any, done: Done) -> None:
        enqueue(store, work, done)
        if next(numbers) % EVERY == 0:
            enqueue(store, lose, lambda _result, _error: None)

    SqliteStore.enqueue = forget  # type: ignore[assignment]


if __name__ == "__main__":
    forgetful()
    sys.exit(main())
