"""Groups of verbs. Each verb is built when somebody asks for it: to build all takes longer than most run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer

Make = Callable[[], Any]
"""Makes a command of typer's, whose classes have other names in each of its versions."""


class Verbs:
    """A group of verbs.

    Args:
        shell: The group itself: its help, and the options that stand before a verb.
    """

    def __init__(self, shell: typer.Typer) -> None:
        self.shell = shell
        self._makers: dict[str, Make] = {}

    def add(self, name: str, make: Make) -> None:
        """Add a verb, or a group of them."""
        self._makers[name] = make

    def made(self, name: str) -> Any:
        """Return the command of a verb that was added."""
        return self._makers[name]()

    def command(self, makers: Mapping[str, Make] | None = None) -> Any:
        """Return the command of the group.

        Args:
            makers: Its verbs. Default: those that were added.
        """
        built = typer.main.get_command(self.shell)
        built.commands = _Commands(self._makers if makers is None else makers)  # type: ignore[attr-defined]
        return built


class _Commands(Mapping[str, Any]):
    """Commands by their names; each is made when it is looked up."""

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
