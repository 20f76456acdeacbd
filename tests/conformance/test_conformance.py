"""Every scenario runs on every back end, and all of them must observe the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from syncropel.rules.contract import load_routes
from syncropel.rules.error_codes import ERROR_CODES
from syncropel.testing import MockKernel

from . import (
    scenarios_access,
    scenarios_batch,
    scenarios_clients,
    scenarios_inference,
    scenarios_kv,
    scenarios_lists,
    scenarios_namespaces,
    scenarios_pubsub,
    scenarios_query,
    scenarios_queue,
    scenarios_records,
    scenarios_signatures,
    scenarios_stream,
    scenarios_system,
    scenarios_threads,
    scenarios_watch,
    scenarios_wire,
)
from .backends import BACKENDS, REFERENCE
from .registry import SCENARIOS

MODULES = (
    scenarios_records,
    scenarios_lists,
    scenarios_threads,
    scenarios_query,
    scenarios_system,
    scenarios_watch,
    scenarios_wire,
    scenarios_clients,
    scenarios_inference,
    scenarios_access,
    scenarios_namespaces,
    scenarios_signatures,
    scenarios_batch,
    scenarios_kv,
    scenarios_queue,
    scenarios_stream,
    scenarios_pubsub,
)
# Later modules read what earlier ones stored.
ORDER = [name for module in MODULES for name in SCENARIOS if SCENARIOS[name].__module__ == module.__name__]
# Raised by the daemon's shell, or by a store that breaks: their own tests hold them.
NOT_BY_A_CLIENT = {
    "INTERNAL",
    "STORE_UNAVAILABLE",
    "STORE_CEILING_REACHED",
    "INVALID_REQUEST",
    "ORIGIN_NOT_ALLOWED",
    "SIGNATURE_UNSUPPORTED",
    "RATE_LIMITED",
    "TOO_MANY_CONNECTIONS",
    "SUBSCRIBERS_FULL",
    "WEBSOCKET_UNSUPPORTED",
}


_NAMES = [
    pytest.param(backend.name, marks=pytest.mark.postgres if "postgres" in backend.name else ())
    for backend in BACKENDS
]
every_backend = pytest.mark.parametrize("backend", _NAMES)


class Run(NamedTuple):
    """What one back end observed: per scenario the observation, or the exception that ended it."""

    seen: dict[str, Any]
    failed: dict[str, Exception]
    operations: set[str]
    codes: set[str]


class Runs(dict[str, Run]):
    """Every scenario once on a back end, in the order of the list, on one store: when first asked for."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        super().__init__()
        self._folders = folders

    def __missing__(self, name: str) -> Run:
        backend = next(each for each in BACKENDS if each.name == name)
        seen, failed = {}, {}
        with backend.open(self._folders.mktemp("store")) as place:
            for scenario in ORDER:
                try:
                    # Through JSON, so that only what a caller on the other side could see is compared.
                    seen[scenario] = json.loads(json.dumps(SCENARIOS[scenario](place)))
                except Exception as error:
                    failed[scenario] = error
        names = MockKernel()
        operations = {names.operation_of(method, path) or "unknown" for method, path in place.asked}
        self[name] = Run(seen, failed, operations, place.codes)
        return self[name]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """What the back ends observed."""
    return Runs(tmp_path_factory)


@every_backend
@pytest.mark.parametrize("name", ORDER)
def test_scenario(runs: Runs, name: str, backend: str) -> None:
    """The scenario's own assertions hold on the back end, and it observes what the reference observes."""
    if name in runs[backend].failed:
        raise runs[backend].failed[name]
    assert runs[backend].seen[name] == runs[REFERENCE].seen.get(name)


@every_backend
def test_every_operation_is_exercised(runs: Runs, backend: str) -> None:
    """No operation of the contract is without a scenario that calls it."""
    wanted = {route["operation_id"] for route in load_routes()}
    assert wanted - runs[backend].operations == set()


@every_backend
def test_every_error_code_is_exercised(runs: Runs, backend: str) -> None:
    """No error code that a caller can bring about is without a scenario that meets it."""
    assert runs[backend].codes == set(ERROR_CODES) - NOT_BY_A_CLIENT


def test_the_list_is_long_and_described() -> None:
    """There are at least 40 scenarios, and each says in a sentence what it holds."""
    assert sorted(ORDER) == sorted(SCENARIOS)
    assert len(SCENARIOS) >= 40
    assert all(
        function.__doc__ and function.__doc__.rstrip().endswith(".") for function in SCENARIOS.values()
    )


def test_a_difference_is_seen(tmp_path: Path) -> None:
    """Two back ends of which one drops a record do not observe the same: the comparison can fail."""
    lists = []
    for drop in (False, True):
        with BACKENDS[0].open(tmp_path) as place:
            if not drop:
                place.emit(thread="difference")
            lists.append(place.get("/v1/threads/difference/records").plain())
    assert lists[0] != lists[1]
