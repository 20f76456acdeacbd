"""How the blocks of a page are run: one daemon, one namespace and one folder per page."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from syncropel.daemon.local import LocalDaemon

from .pages import Block

ENDPOINT = "http://localhost:9100"
SECONDS = 60


def matches(expected: str, actual: str) -> bool:
    """Compare output with what a page shows; `…` stands for anything within a line, alone for any lines."""
    pattern = r"\n".join(
        r"(?:.*\n)*?.*" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…")))
        for line in expected.strip("\n").split("\n")
    )
    tidy = "\n".join(line.rstrip() for line in actual.strip("\n").split("\n"))
    return re.fullmatch(pattern, tidy) is not None


class Page:
    """Runs the blocks of one page against a daemon of its own.

    Args:
        name: What tracebacks call the page.
        folder: Where the page's commands run, and where daemons that it starts keep their data.
        url: Where the daemon answers; it takes the place of the default endpoint in every block.
    """

    def __init__(self, name: str, folder: Path, url: str) -> None:
        self.name = name
        self.folder = folder
        self.url = url
        self.output = ""
        self.ran = 0
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._environment = {**os.environ, **self._variables()}

    def _variables(self) -> dict[str, str]:
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for name in ("spl", "syncropel"):
            program = bin_folder / name
            program.write_text(
                f'#!/bin/sh\nexec "{sys.executable}" -m syncropel.cli "$@"\n', encoding="utf-8"
            )
            program.chmod(0o755)
        return {
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "SYNCROPEL_ENDPOINT": self.url,
            "SYNCROPEL_PORT": "0",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }

    def run(self, block: Block) -> None:
        """Run, compare or parse one block, whatever its language asks for."""
        text = block.text.replace(ENDPOINT, self.url)
        if block.language == "python":
            self._python(text, block.line)
        elif block.language == "console":
            self._console(text, block.line)
        elif block.language == "output":
            assert matches(text, self.output), (
                f"{self.name}:{block.line}: the page shows\n{text}\nnot\n{self.output}"
            )

    def _python(self, text: str, line: int) -> None:
        self.ran += 1
        code = compile("\n" * (line - 1) + text, self.name, "exec")
        before = set(self._names)
        with contextlib.redirect_stdout(io.StringIO()) as stdout, working_in(self.folder):
            exec(code, self._names)
        self.output = stdout.getvalue()
        if any(name.startswith("test_") for name in set(self._names) - before):
            self._pytest(text, line)

    def _pytest(self, text: str, line: int) -> None:
        file = self.folder / f"test_line_{line}.py"
        file.write_text(text, encoding="utf-8")
        # Other plugins take seconds to load; that the installed package registers ours is tested elsewhere.
        options = ["-q", "-p", "no:cacheprovider", "-p", "syncropel.testing.plugin", file.name]
        command = [sys.executable, "-m", "pytest", *options]
        self.output = self._command(command, line)

    def _console(self, text: str, line: int) -> None:
        for command, expected, offset in commands(text):
            self.ran += 1
            self.output = self._command(["sh", "-c", command], line + offset)
            if expected:
                where = f"{self.name}:{line + offset}"
                assert matches(expected, self.output), (
                    f"{where}: {command} shows\n{self.output}\nnot\n{expected}"
                )

    def _command(self, command: Sequence[str], line: int) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        where = f"{self.name}:{line}"
        assert done.returncode == 0, f"{where}: {command[-1]} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def left_running(self) -> list[int]:
        """Stop the daemons that the page started and did not stop, and return their process ids."""
        notes = [json.loads(note.read_text(encoding="utf-8")) for note in self.folder.rglob("*.daemon.json")]
        for note in notes:
            os.kill(note["pid"], signal.SIGTERM)
        return [note["pid"] for note in notes]


@contextlib.contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Make a folder the current one for a while (`contextlib.chdir` is not in Python 3.10)."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def commands(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the commands of a console block, each with the output shown under it and its line there."""
    joined = re.split(r"^\$ ", text, flags=re.M)
    offset = joined[0].count("\n")
    for part in joined[1:]:
        lines = part.split("\n")
        end = next(index for index, line in enumerate(lines) if not line.endswith("\\"))
        yield "\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :]).strip("\n"), offset
        offset += part.count("\n")


@contextlib.contextmanager
def opened(name: str, folder: Path) -> Iterator[Page]:
    """Open a page with a daemon of its own in memory, and see that it leaves nothing running."""
    with LocalDaemon(store="memory:") as daemon:
        page = Page(name, folder, daemon.url)
        try:
            yield page
        finally:
            left = page.left_running()
        assert not left, f"{name} leaves a daemon running"
