"""How alike two answers are, by their structure."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

_MAX_WORDS = 2000
"""Longer texts are compared by their first words: the comparison takes quadratic time at worst."""

_MAX_ITEMS = 1000


def similarity(left: Any, right: Any) -> float:
    """Return how alike two JSON values are, from 0 to 1.

    Equal values are 1. Numbers lose by their relative difference, texts by the share of words (whatever their
    case) that are not in common order, objects by the mean over all members of both, arrays by the mean over
    the places of the longer one. Values of different types have nothing in common.
    """
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return float(type(left) is type(right) and left == right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _numbers(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _texts(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        shared = [similarity(left[key], right[key]) for key in sorted(left.keys() & right.keys())]
        return _mean([*shared, *[0.0] * (len(left.keys() | right.keys()) - len(shared))])
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left[:_MAX_ITEMS], right[:_MAX_ITEMS], strict=False)
        alike = [similarity(one, other) for one, other in pairs]
        return _mean([*alike, *[0.0] * (max(len(left), len(right)) - len(alike))])
    return 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 1.0


def _numbers(left: float, right: float) -> float:
    if left == right:
        return 1.0
    # Scaled before they are subtracted: the difference of two large numbers may be no number any more.
    scale = max(abs(left), abs(right))
    return max(0.0, 1.0 - float(abs(left / scale - right / scale)))


def _texts(left: str, right: str) -> float:
    if left == right:
        return 1.0
    first, second = left.casefold().split()[:_MAX_WORDS], right.casefold().split()[:_MAX_WORDS]
    # The matcher is not symmetric; ordered arguments make it so.
    first, second = sorted((first, second))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
