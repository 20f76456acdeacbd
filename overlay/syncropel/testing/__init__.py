"""Test doubles: the daemon's own kernel in memory, behind an httpx transport, on a clock that tests move.

::

    from syncropel import Client, Identity
    from syncropel.testing import MockKernel

    kernel = MockKernel()
    client = Client(endpoint="mock://", identity=Identity.static("did:example:test"),
                    transport=kernel.transport())

The pytest plugin `syncropel.testing.plugin` is registered by the installed package; it offers the fixtures
`syncropel_kernel`, `syncropel_client`, `syncropel_sync_client` and `syncropel_clock`.

Nothing is imported until a name is used, so that having the plugin installed costs a test run nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .clock import FakeClock
    from .faults import Fault
    from .mock import MockKernel
    from .transport import Call, KernelTransport

__all__ = ["Call", "FakeClock", "Fault", "KernelTransport", "MockKernel"]

_HOMES = {
    "Call": "transport",
    "FakeClock": "clock",
    "Fault": "faults",
    "KernelTransport": "transport",
    "MockKernel": "mock",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
