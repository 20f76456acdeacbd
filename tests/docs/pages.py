"""The documents as data: their pages, and the fenced blocks of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from _toolbox import ROOT

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.M | re.S)
# python and console run, output is compared, json is parsed; bash and text are shown only.
RUN = {"python", "console", "output"}
LANGUAGES = {*RUN, "json", "bash", "text", "yaml"}


class Block(NamedTuple):
    """One fenced block: its language, its text, and the line of the page on which the text starts."""

    language: str
    text: str
    line: int


def pages() -> list[Path]:
    """Return every page that users read."""
    return [ROOT / "README.md", ROOT / "scripts" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    """Return a page's path as it is written in reports."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        lines = "".join(line[indent:] for line in match["text"].splitlines(keepends=True))
        yield Block(match["language"].strip(), lines, text.count("\n", 0, match.start("text")) + 1)


def everything() -> str:
    """Return the text of all pages."""
    return "\n".join(page.read_text(encoding="utf-8") for page in pages())
