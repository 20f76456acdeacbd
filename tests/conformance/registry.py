"""The list of scenarios: functions of a place that return what they observed, as JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .place import Place

Scenario = Callable[[Place], Any]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Put a function on the list, under its name."""
    if function.__name__ in SCENARIOS:
        raise ValueError(f"two scenarios are called {function.__name__}")
    SCENARIOS[function.__name__] = function
    return function
