"""Many values asked for by one condition: as few statements as may be, and few different ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
# Within what every engine binds.
MOST = 500


def portions(values: Sequence[T]) -> Iterator[tuple[str, Sequence[T]]]:
    """Yield values in portions, with the marks that stand for each portion in a statement.

    The last value of a portion may stand there several times, so that there are few numbers of marks, and few
    statements to prepare.
    """
    if len(values) == 1:
        yield "?", values
        return
    for start in range(0, len(values), MOST):
        portion = values[start : start + MOST]
        width = min(MOST, 1 << (len(portion) - 1).bit_length())
        yield ", ".join("?" * width), (*portion, *([portion[-1]] * (width - len(portion))))
