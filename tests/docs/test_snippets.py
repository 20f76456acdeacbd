"""The documents' code: every block runs, and prints what the page says it prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from _toolbox import ROOT

from .pages import LANGUAGES, RUN, Block, blocks, name_of, pages
from .running import commands, matches, opened

PAGES = [pytest.param(page, id=name_of(page)) for page in pages()]
# A daemon of its own for each; the others show at most what is only read.
TRIED = [
    pytest.param(page, id=name_of(page))
    for page in pages()
    if RUN & {block.language for block in blocks(page.read_text(encoding="utf-8"))}
]


@pytest.mark.parametrize("page", TRIED)
def test_the_snippets_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """Every Python block and every console command of a page works, in order, against a real daemon."""
    found = list(blocks(page.read_text(encoding="utf-8")))
    expected = sum(block.language == "python" for block in found)
    expected += sum(len(list(commands(block.text))) for block in found if block.language == "console")
    with opened(name_of(page), tmp_path) as running:
        for block in found:
            running.run(block)
        assert running.ran == expected


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_says_what_it_holds(page: Path) -> None:
    """A fence has a language that this suite knows, so that no block escapes it; JSON is JSON."""
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.language in LANGUAGES, f"{name_of(page)}:{block.line}: {block.language!r}"
        if block.language == "json":
            json.loads(block.text)
        if block.language == "console":
            assert list(commands(block.text)), f"{name_of(page)}:{block.line}: no command"


@pytest.mark.parametrize("page", PAGES)
def test_fences_are_balanced(page: Path) -> None:
    """Every fence is closed: the number of fence lines is twice the number of blocks found."""
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^ *```", text, re.M)) == 2 * len(list(blocks(text)))


@pytest.mark.parametrize("page", PAGES)
def test_blocks_that_are_only_shown_name_what_exists(page: Path) -> None:
    """A shell block that is not run names scripts of this project only, and no verb but `spl serve`."""
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language != "bash":
            continue
        for script in re.findall(r"^(scripts/\w+|\.ci/\w+)", block.text, re.M):
            assert (ROOT / script).is_file(), f"{name_of(page)}:{block.line}: {script}"
        assert not re.findall(r"^spl (?!serve)", block.text, re.M), f"{name_of(page)}:{block.line}: not run"


@pytest.mark.parametrize(
    "block",
    [
        Block("python", "raise ValueError('broken')\n", 1),
        Block("python", "from syncropel import NoSuchName\n", 1),
        Block("console", "$ spl no-such-verb\n", 1),
        Block("console", "$ spl kind check music.catalog.track\nnothing like it\n", 1),
        Block("output", "what nothing printed\n", 1),
        Block("python", "def test_wrong():\n    assert 1 == 2\n", 1),
    ],
)
def test_a_broken_block_is_noticed(block: Block, tmp_path: Path) -> None:
    """A block that raises, exits, or prints something else fails the page."""
    with opened("planted", tmp_path) as running, pytest.raises((AssertionError, ValueError, ImportError)):
        running.run(block)


def test_output_is_compared_with_room_for_what_changes() -> None:
    """An ellipsis stands for anything in its line, and alone for any lines; everything else is literal."""
    assert matches("True …\n", "True 0123\n")
    assert matches("a\n…\nz\n", "a\nb\nc\nz\n")
    assert not matches("True …\n", "False 0123\n")
    assert not matches("a.c\n", "abc\n")
    assert not matches("a\n", "a\nb\n")
