"""A progress bar on stderr, for work that takes more than a second."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

DELAY_SECONDS = 1.0


class Bar:
    """Counts steps; shows itself only after a second, and only on a terminal.

    Args:
        console: Where it is shown.
        title: What is going on.
        total: How many steps there are; None when nobody knows.
        delay: Seconds before it shows itself.
    """

    def __init__(
        self, console: Console, title: str, total: int | None, *, delay: float = DELAY_SECONDS
    ) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task(title, total=total)
        self._due = time.monotonic() + delay
        self._shown = False

    def __enter__(self) -> Bar:
        return self

    def advance(self, steps: int = 1) -> None:
        """Count steps that are done."""
        self._progress.advance(self._task, steps)
        self._show()

    def at(self, done: int, total: int) -> None:
        """Say how far it is, of how much."""
        self._progress.update(self._task, completed=done, total=total)
        self._show()

    def _show(self) -> None:
        if not self._shown and time.monotonic() >= self._due:
            self._shown = True
            self._progress.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._progress.stop()


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="dim")
