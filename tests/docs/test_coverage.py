"""The documents mention everything that users can name, and every link leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import syncropel
import syncropel.schemas
import syncropel.store
import syncropel.testing
from _toolbox import ROOT
from syncropel import Client, SyncClient
from syncropel.cli.app import program
from syncropel.rules import limits
from syncropel.rules.error_codes import ERROR_CODES

from .pages import everything, name_of, pages

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\b(?:SYNCROPEL_[A-Z_]+|SPL_[A-Z_]+)\b")


def verbs() -> list[str]:
    """Return every command of the command line, as it is typed."""
    found: list[str] = []

    def walk(command: object, path: str) -> None:
        inner = getattr(command, "commands", None)
        for name, child in (inner or {}).items():
            walk(child, f"{path} {name}")
        if inner is None:
            found.append(path)

    walk(program(), "spl")
    return found


def variables() -> list[str]:
    """Return every environment variable that the package's code names."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "overlay").rglob("*.py"))
    return sorted({name for source in sources for name in VARIABLE.findall(source)})


def public(owner: type) -> list[str]:
    """Return the public methods and properties of a class."""
    return [name for name in dir(owner) if not name.startswith("_")]


def calls_of_the_store() -> list[str]:
    """Return the methods of a client of the store, of its families, and of what those return."""
    with syncropel.store.SynapClient() as client:
        families = (client.kv, client.queue, client.stream, client.pubsub, client)
        return sorted({name for family in families for name in public(type(family))})


def unmentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the names that no code span or code block of a text holds as whole words."""
    code = " ".join(re.findall(r"```.*?^```|`[^`\n]+`", text, re.M | re.S))
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code)]


NAMES = {
    "public names": syncropel.__all__,
    "names of syncropel.testing": syncropel.testing.__all__,
    "names of syncropel.schemas": syncropel.schemas.__all__,
    "methods of Client": public(Client),
    "methods of SyncClient": public(SyncClient),
    "names of syncropel.store": syncropel.store.__all__,
    "calls of SynapClient": calls_of_the_store(),
    "error codes": list(ERROR_CODES),
    "limits": list(limits.LIMITS),
    "commands": verbs(),
    "environment variables": variables(),
}


@pytest.mark.parametrize("what", NAMES)
def test_the_documents_mention_every_name(what: str) -> None:
    """Whatever a user can type is somewhere in the documents, as code."""
    assert NAMES[what], f"there are no {what}: the test looks in the wrong place"
    assert unmentioned(NAMES[what], everything()) == []


def test_a_name_that_is_nowhere_is_noticed() -> None:
    """The search finds what is missing, and is not content with a part of a word or with plain text."""
    text = "The emitter `emit_sync` and plain words.\n\n```python\nclient.query()\n```\n"
    assert unmentioned(["emit_sync", "query"], text) == []
    assert unmentioned(["emit", "plain", "serve"], text) == ["emit", "plain", "serve"]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are linked to."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken_links(page: Path, text: str) -> list[str]:
    """Return the links of a page that lead to no file or to no heading."""
    broken = []
    for target in LINK.findall(re.sub(r"```.*?^```", "", text, flags=re.M | re.S)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and (path.suffix != ".md" or anchor not in anchors(path))):
            broken.append(target)
    return broken


def test_the_readme_says_it_all_on_its_first_screen() -> None:
    """The problem, the two commands, ten lines of code and the map of rooms come before anything else."""
    screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:50]
    text = "\n".join(screen)
    assert "scripts/demo " in text
    assert "scripts/test " in text
    code = text.split("```python\n")[1].split("\n```")[0]
    assert len(code.splitlines()) <= 10
    rooms = {
        path.name for path in (ROOT / "overlay" / "syncropel").iterdir() if (path / "__init__.py").is_file()
    }
    assert {room for room in rooms if f"{room}/`" not in text} == set()
    assert "openapi.yaml" in text
    assert "syncropel_generated/" in text


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in pages()])
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file of the project, and every anchor to a heading."""
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_noticed() -> None:
    """A link to a missing file or heading is found."""
    page = ROOT / "docs" / "index.md"
    text = "[a](records.md) [b](gone.md) [c](reading.md#the-filter-language) [d](reading.md#gone)"
    assert broken_links(page, text) == ["gone.md", "reading.md#gone"]


def test_every_page_is_reachable() -> None:
    """From the first page of the documents, links lead to all of them."""
    start = ROOT / "docs" / "index.md"
    seen, waiting = {start}, [start]
    while waiting:
        page = waiting.pop()
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / target.split("#")[0]).resolve()
            if path.suffix == ".md" and path.exists() and path not in seen:
                seen.add(path)
                waiting.append(path)
    assert [
        name_of(page) for page in pages() if page not in seen and page.is_relative_to(ROOT / "docs")
    ] == []


def test_the_tables_are_fresh() -> None:
    """Tables that are written from the code agree with it, and a stale one is noticed."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    loader = SourceFileLoader("scripts_docs", str(ROOT / "scripts" / "docs"))
    spec = spec_from_loader("scripts_docs", loader)
    assert spec is not None
    docs = module_from_spec(spec)
    loader.exec_module(docs)
    assert docs.stale(ROOT / "docs") == []
    page = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert docs.filled(page.replace("| `MAX_PAGE` | 1,000", "| `MAX_PAGE` | 1,001")) == page
