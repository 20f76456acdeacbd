"""Key-value: commands over keys of a space."""

from __future__ import annotations

from ..family import Command, Sweep
from ..operations import Operation

COMMANDS: dict[str, Command] = {}
OPERATIONS: dict[str, Operation] = {}
SWEEPS: tuple[Sweep, ...] = ()
