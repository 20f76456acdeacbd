"""Publish and subscribe: at most once, to who listens now."""

from __future__ import annotations

from ..family import Command
from ..operations import Operation

COMMANDS: dict[str, Command] = {}
OPERATIONS: dict[str, Operation] = {}
