"""Git history, read with the `git` program and turned into plain values. Nothing here touches the network.

The output of `git log -z` is read by position, not by separators inside the text: a name may hold any byte
but NUL, so NUL is the only separator there is. Merges list no files of their own, as in `git log`: what they
bring in is already counted where it was written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SyncropelError

_HEADER = ("commit %H", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B")
_LOG_OPTIONS = (
    "-z",
    "--reverse",
    "--topo-order",
    "--encoding=UTF-8",
    "--raw",
    "--no-abbrev",
    "--numstat",
    # Everything that a user's configuration could change is pinned: the same commit must give the same
    # record.
    "-M50%",
    "-l1000",
    "--diff-algorithm=myers",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-notes",
    "--no-show-signature",
    "--no-mailmap",
    "--ignore-submodules=none",
    "--no-relative",
    # An empty order file cancels the one in the configuration (git names it so on every system).
    "-O/dev/null",
)
_PINNED_CONFIGURATION = ("-c", "log.showRoot=true", "-c", "log.diffMerges=off")
# Inside a git hook these point at another repository than the one asked for.
_LOCATIONS = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
}
_STATUS = {"A": "added", "M": "modified", "D": "deleted", "R": "renamed", "C": "copied", "T": "type_changed"}
_CHUNK = 1 << 16


class GitError(SyncropelError):
    """Git is missing, the folder is not a repository, or the history cannot be read."""


@dataclass(frozen=True)
class Person:
    """Name and e-mail address as the commit has them."""

    name: str
    email: str


@dataclass(frozen=True)
class FileChange:
    """One file that a commit touched.

    Attributes:
        path: Path in the repository after the commit (before it, when deleted).
        status: `added`, `modified`, `deleted`, `renamed`, `copied`, `type_changed`.
        old_path: The former path of a renamed or copied file.
        insertions: Lines added; None for a binary file.
        deletions: Lines removed; None for a binary file.
    """

    path: str
    status: str
    old_path: str | None = None
    insertions: int | None = None
    deletions: int | None = None


@dataclass(frozen=True)
class Commit:
    """One commit. Times are seconds since 1970, UTC."""

    id: str
    parents: tuple[str, ...]
    author: Person
    authored: int
    committer: Person
    committed: int
    message: str
    files: tuple[FileChange, ...]


@dataclass(frozen=True)
class Repository:
    """A repository with at least one commit.

    Attributes:
        path: The folder given.
        head: Id of the newest commit to read.
        commits: How many commits can be reached from it.
        shallow: True when the history was cut off (`git clone --depth`).
        remote: URL of the remote `origin` as configured, which may hold a password; None when there is none.
    """

    path: Path
    head: str
    commits: int
    shallow: bool
    remote: str | None = field(repr=False)


def open_repository(path: Path, revision: str = "HEAD") -> Repository:
    """Look at a repository before reading it.

    Raises:
        GitError: No git, no such folder, no repository, no commit yet, or no such revision.
    """
    if not path.is_dir():
        raise GitError(f"{path} is not a folder")
    _git(path, "rev-parse", "--git-dir")
    found = _try_git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        if revision == "HEAD":
            raise GitError(f"the repository at {path} has no commits yet")
        raise GitError(f"the repository at {path} has no branch, tag or commit named {revision!r}")
    return Repository(
        path=path,
        head=found,
        commits=int(_git(path, "rev-list", "--count", found)),
        shallow=_git(path, "rev-parse", "--is-shallow-repository") == "true",
        remote=_try_git(path, "config", "--get", "remote.origin.url") or None,
    )


def read_commits(repository: Repository) -> Generator[Commit, None, None]:
    """Read the commits, parents always before their children.

    Raises:
        GitError: Git fails half way, or its output cannot be understood.
    """
    layout = "--format=tformat:" + "%x00".join(_HEADER)
    command = _command(
        repository.path, *_PINNED_CONFIGURATION, "log", *_LOG_OPTIONS, layout, repository.head, "--"
    )
    # A file and not a pipe: git may write more complaints than a pipe holds while nobody reads them.
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=_environment())
        try:
            yield from parse_log(_chunks(process))
            if process.wait():
                complaints.seek(0)
                raise GitError(f"git log failed: {_last_line(complaints.read())}")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def parse_log(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Parse the output of `git log -z --raw --numstat` with this module's format.

    Raises:
        GitError: The output is not what that command writes.
    """
    tokens = _Tokens(chunks)
    while tokens.peek() is not None:
        yield _commit(tokens)


class _Tokens:
    """The parts between the NULs, with one part of look-ahead."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._parts = _split(chunks)
        self._next = next(self._parts, None)

    def peek(self) -> bytes | None:
        return self._next

    def take(self) -> bytes:
        if self._next is None:
            raise GitError("the output of git log ends in the middle of a commit")
        token, self._next = self._next, next(self._parts, None)
        return token


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest.strip():
        yield rest


def _commit(tokens: _Tokens) -> Commit:
    header = [tokens.take() for _ in _HEADER]
    word, _, commit_id = header[0].lstrip(b"\n").partition(b" ")
    if word != b"commit":
        raise GitError(f"git log wrote {header[0][:60]!r} where a commit should start")
    return Commit(
        id=commit_id.decode("ascii"),
        parents=tuple(header[1].decode("ascii").split()),
        author=Person(_text(header[2]), _text(header[3])),
        authored=_seconds(header[4]),
        committer=Person(_text(header[5]), _text(header[6])),
        committed=_seconds(header[7]),
        message=_text(header[8]).strip("\n"),
        files=_files(tokens),
    )


def _files(tokens: _Tokens) -> tuple[FileChange, ...]:
    changes: dict[str, FileChange] = {}
    while (token := tokens.peek()) is not None:
        entry = token.lstrip(b"\n")
        if entry.startswith(b":"):
            change = _raw_entry(tokens)
            changes[change.path] = change
        elif entry[:1].isdigit() or entry.startswith(b"-"):
            _count_lines(tokens, changes)
        else:
            break
    return tuple(changes.values())


def _raw_entry(tokens: _Tokens) -> FileChange:
    status = tokens.take().rsplit(b" ", 1)[-1].decode("ascii")[:1]
    path = _path(tokens.take())
    if status in ("R", "C"):
        return FileChange(_path(tokens.take()), _STATUS[status], old_path=path)
    return FileChange(path, _STATUS.get(status, "modified"))


def _count_lines(tokens: _Tokens, changes: dict[str, FileChange]) -> None:
    added, removed, name = tokens.take().lstrip(b"\n").split(b"\t", 2)
    if not name:
        tokens.take()
        name = tokens.take()
    change = changes.get(_path(name))
    if change is not None and added != b"-":
        changes[change.path] = FileChange(
            change.path, change.status, change.old_path, insertions=int(added), deletions=int(removed)
        )


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


def _path(value: bytes) -> str:
    # Two names that differ in an undecodable byte stay two names.
    return value.decode("utf-8", errors="backslashreplace")


def _seconds(value: bytes) -> int:
    try:
        return int(value)
    except ValueError:
        return 0


def _chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    if process.stdout is None:  # pragma: no cover (asked for in Popen)
        return
    while chunk := process.stdout.read(_CHUNK):
        yield chunk


def _command(path: Path, *arguments: str) -> list[str]:
    program = shutil.which("git")
    if program is None:
        raise GitError("the program git is not installed, or not on PATH")
    return [program, "--no-replace-objects", "-C", str(path), *arguments]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCATIONS}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _git(path: Path, *arguments: str) -> str:
    done = subprocess.run(_command(path, *arguments), capture_output=True, check=False, env=_environment())
    if done.returncode:
        raise GitError(_explain(path, _last_line(done.stderr)))
    return done.stdout.decode("utf-8", errors="replace").strip()


def _try_git(path: Path, *arguments: str) -> str | None:
    done = subprocess.run(_command(path, *arguments), capture_output=True, check=False, env=_environment())
    return None if done.returncode else done.stdout.decode("utf-8", errors="replace").strip()


def _explain(path: Path, complaint: str) -> str:
    if "not a git repository" in complaint:
        return f"{path} is not inside a git repository"
    if "dubious ownership" in complaint:
        return f"git refuses to read {path}: it belongs to another user (see git config safe.directory)"
    return f"git cannot read {path}: {complaint}"


def _last_line(output: bytes) -> str:
    lines = [line for line in output.decode("utf-8", errors="replace").splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or ["it says nothing"])[0].partition(": ")[2] or (lines or ["it says nothing"])[0]
