"""Where the demo's commits come from: a repository, or the history shipped in `examples/history`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from syncropel.cli.git_history import Commit, FileChange, GitError, Person, open_repository, read_commits
from syncropel.cli.git_records import Origin, actor_of, origin_of

SHIPPED = Path("examples") / "history" / "syncropel-python.jsonl"


@dataclass(frozen=True)
class Source:
    """Commits to import.

    Attributes:
        origin: What the repository and its files are called.
        commits: The commits, parents first; can be taken once.
        total: How many there are.
        where: Where they come from, for people.
    """

    origin: Origin
    commits: Iterator[Commit]
    total: int
    where: str


def source(path: Path | None, root: Path, limit: int | None = None) -> Source:
    """Return the history of a repository: the project's own when none is given, else the one shipped.

    Raises:
        GitError: The repository given cannot be read.
    """
    found = _repository(path) if path is not None else _own(root)
    if limit is not None:
        return replace(found, commits=itertools.islice(found.commits, limit), total=min(limit, found.total))
    return found


def _own(root: Path) -> Source:
    """The project's history. Without its own `.git`, git would find whatever repository lies around it."""
    if not (root / ".git").exists():
        return shipped(root, "this checkout has no git history")
    try:
        return _repository(root)
    except GitError as error:
        return shipped(root, str(error))


def _repository(path: Path) -> Source:
    repository = open_repository(path)
    origin = origin_of(path, repository.remote)
    where = f"the git repository {path.resolve()}"
    return Source(origin, read_commits(repository), repository.commits, where)


def shipped(root: Path, why: str) -> Source:
    """Return the history that is shipped with the project."""
    first, *rest = (root / SHIPPED).read_text(encoding="utf-8").splitlines()
    origin = Origin(**json.loads(first))
    return Source(origin, map(_commit, rest), len(rest), f"{SHIPPED} ({why})")


def export(path: Path, target: Path) -> int:
    """Write a history to a file of JSON lines, people replaced; return the number of commits.

    Raises:
        GitError: The repository cannot be read.
    """
    repository = open_repository(path)
    origin = replace(origin_of(path, repository.remote), label=target.stem)
    if origin.repo is None:
        origin = replace(origin, git_url=target.stem)
    lines = [
        json.dumps(asdict(origin)),
        *(json.dumps(asdict(c)) for c in anonymous(read_commits(repository))),
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines) - 1


def anonymous(commits: Iterable[Commit]) -> Iterator[Commit]:
    """Replace every person by a numbered one at example.com; the same address keeps its number."""
    numbers: dict[str, int] = {}

    def stranger(person: Person) -> Person:
        number = numbers.setdefault(actor_of(person), len(numbers) + 1)
        return Person(f"Author {number}", f"author-{number}@example.com")

    for commit in commits:
        yield replace(commit, author=stranger(commit.author), committer=stranger(commit.committer))


def _commit(line: str) -> Commit:
    facts: dict[str, Any] = json.loads(line)
    return Commit(
        **{
            **facts,
            "parents": tuple(facts["parents"]),
            "author": Person(**facts["author"]),
            "committer": Person(**facts["committer"]),
            "files": tuple(FileChange(**change) for change in facts["files"]),
        }
    )
