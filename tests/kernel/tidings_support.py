"""What listeners are told of every record, compared with what the store says of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Commit
from syncropel.kernel.store.errors import StoreUnavailable
from syncropel.kernel.tidings import commits_after


@contextmanager
def told_again(kernel: Kernel) -> Iterator[None]:
    """Read every commit again from the store while the block runs, and fail at its end where they differ."""
    strange: list[tuple[list[Commit], list[Commit]]] = []

    def compare(commits: Sequence[Commit]) -> None:
        after, count = commits[0].sequence - 1, len(commits)
        try:
            read = kernel.read(partial(commits_after, after=after, limit=count))
        except StoreUnavailable:
            return  # the test has closed the store meanwhile
        told = [_comparable(commit) for commit in commits]
        if told != [_comparable(commit) for commit in read]:
            strange.append((told, read))

    remove = kernel.on_commit(compare)
    yield
    remove()
    assert not strange, f"listeners were told one thing and the store says another: {strange[0]}"


def _comparable(commit: Commit) -> Commit:
    return commit._replace(queries=tuple(sorted(commit.queries)))
