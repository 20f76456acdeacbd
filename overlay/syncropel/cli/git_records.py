"""Commits as records: the body of `code.history.commit`, its actor, clock, references and parents.

Pure and deterministic: the same commit gives the same record id on every machine and on every run, whichever
branch it is reached from. That is what makes importing twice harmless.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..rules.records import Draft, build_record
from ..rules.refs import Ref
from .git_history import Commit, FileChange, Person

if TYPE_CHECKING:
    from ..keys.identity import Identity

KIND = "code.history.commit"
MAX_FILES_BYTES = 256 * 1024
MAX_MESSAGE_CHARACTERS = 64 * 1024

_TIE_BITS = 21
_MAX_SECONDS = (1 << 42) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_GITHUB = "github.com"


@dataclass(frozen=True)
class Origin:
    """What the files of a repository are called in references.

    Attributes:
        label: Short name, used in the default thread: `owner/name` or the repository's name.
        repo: `owner/name` when it is hosted on GitHub, else None.
        git_url: URL without credentials, or the bare name of a repository that has no remote; None with
        `repo`.
    """

    label: str
    repo: str | None = None
    git_url: str | None = None

    @property
    def thread(self) -> str:
        """The thread that the import writes to unless told otherwise."""
        return f"code.history.{self.label}"

    def file_ref(self, path: str) -> dict[str, str]:
        """Return the canonical reference of a file of this repository."""
        return dict(Ref.code_file(path=path, repo=self.repo, git_url=self.git_url))


def origin_of(path: Path, remote: str | None) -> Origin:
    """Name a repository after its remote `origin`; without one, or with a local one, after its folder.

    Args:
        path: Folder of the repository.
        remote: URL of the remote, credentials and all; None when there is none.
    """
    host, location = _host_and_path(remote or "")
    location = location.strip("/").removesuffix(".git")
    if host.lower() == _GITHUB and location.count("/") == 1:
        return Origin(label=location, repo=location)
    if host and location:
        return Origin(label=location.rsplit("/", 1)[-1], git_url=f"https://{host}/{location}")
    # A clone of a local folder keeps the name of what it was cloned from, so both give the same references.
    name = Path(location).name or path.resolve().name.removesuffix(".git") or "repository"
    return Origin(label=name, git_url=name)


def _host_and_path(remote: str) -> tuple[str, str]:
    if "://" in remote:
        try:
            parts = urlsplit(remote)
            port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
        except ValueError:
            # As git takes it: `ssh://git@host:group/name`, which is no URL.
            return "", remote
        return ("", parts.path) if parts.scheme == "file" else (f"{parts.hostname or ''}{port}", parts.path)
    short = re.fullmatch(r"(?:[^@/]+@)?([^:/]{2,}):(?!\\)(.+)", remote)
    return (short.group(1), short.group(2)) if short else ("", remote.replace("\\", "/"))


def actor_of(person: Person) -> str:
    """Return a DID for a commit's author that depends on the e-mail address alone.

    The readable part is the local part of the address; ten hex digits of the address's SHA-256 keep apart
    those who share it. Someone without an address is named by the name.
    """
    key = (person.email.strip() or person.name.strip()).lower()
    # The code host's private addresses put a number before the name: `123+name@users.noreply...`.
    local = re.sub(r"^[0-9]+\+", "", key.partition("@")[0])
    slug = re.sub(r"[^a-z0-9]+", "-", local).strip("-")[:40] or "someone"
    return f"did:sync:user:{slug}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def clock_of(commit: Commit) -> int:
    """Return a clock that grows with the commit time; the commit's id decides within one second.

    The seconds shifted by 21 bits, plus the first 21 bits of the id: below 2**53 until the year 2106, so
    that JSON readers with doubles keep it exact.
    """
    seconds = min(max(commit.committed, 0), _MAX_SECONDS)
    return (seconds << _TIE_BITS) | (int(commit.id[:8], 16) >> (32 - _TIE_BITS))


def body_of(commit: Commit, origin: Origin) -> dict[str, Any]:
    """Return the body of a commit's record, without kind, version and references."""
    subject, _, message = commit.message.partition("\n")
    listed = _fitting(commit.files)
    body: dict[str, Any] = {
        "commit": commit.id,
        "repository": origin.label,
        "subject": subject,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "authored_at": iso_time(commit.authored),
        "authored_unix": commit.authored,
        "committed_at": iso_time(commit.committed),
        "committed_unix": commit.committed,
        "parent_commits": list(commit.parents),
        "files": [_file(change) for change in listed],
        "files_changed": len(commit.files),
        "insertions": sum(change.insertions or 0 for change in commit.files),
        "deletions": sum(change.deletions or 0 for change in commit.files),
    }
    if message.strip():
        body["message"] = message.strip("\n")[:MAX_MESSAGE_CHARACTERS]
    if commit.committer != commit.author:
        body["committer"] = {"name": commit.committer.name, "email": commit.committer.email}
    if len(listed) < len(commit.files):
        body["files_omitted"] = len(commit.files) - len(listed)
    return body


def drafts(
    commits: Iterable[Commit], origin: Origin, thread: str | None = None, signer: Identity | None = None
) -> Iterator[Draft]:
    """Build the record of each commit; parents must come before their children.

    Args:
        commits: Commits, as `read_commits` yields them.
        origin: The repository they are from.
        thread: Thread to write to. Default: the origin's own.
        signer: An identity with a key: it is the actor of every record then, and signs it, because nobody can
            sign for the authors. They stay in the bodies. Default: the author is the actor, unsigned.

    Yields:
        A record per commit, its parents being the records of the commit's parents. A parent that was never
        yielded (cut off by a shallow clone) has no record and is named in `body.parent_commits` only.
    """
    record_ids: dict[str, str] = {}
    taken: set[tuple[str, int]] = set()
    for commit in commits:
        actor = actor_of(commit.author) if signer is None else signer.actor_did
        clock = clock_of(commit)
        while (
            actor,
            clock,
        ) in taken:  # the same second and the same 21 bits of the id: about one pair in a million
            clock += 1
        taken.add((actor, clock))
        draft = build_record(
            act="KNOW",
            actor=actor,
            kind=KIND,
            body=body_of(commit, origin),
            thread=thread or origin.thread,
            refs=[origin.file_ref(path) for path in _paths(_fitting(commit.files))],
            parents=[record_ids[parent] for parent in commit.parents if parent in record_ids],
            data_type="SCALAR",
            clock=clock,
            judged_by=None,
        )
        record_ids[commit.id] = draft.id
        signature = None if signer is None else signer.sign(draft.id)
        yield draft if signature is None else draft.signed(signature)


def iso_time(seconds: int) -> str:
    """Return a time as ISO 8601 in UTC; what no calendar holds is clamped to the years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        year, month, day = (9999, 12, 31) if seconds > 0 else (1, 1, 1)
        moment = datetime(year, month, day, tzinfo=timezone.utc)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _paths(changes: Iterable[FileChange]) -> list[str]:
    """Every path touched, once: a rename touches both its names."""
    paths = [path for change in changes for path in (change.path, change.old_path) if path]
    return list(dict.fromkeys(paths))


def _fitting(changes: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """The leading changes whose entries fit the budget, so that the record stays under the daemon's limit."""
    room = MAX_FILES_BYTES
    for count, change in enumerate(changes):
        # As JSON, where a control character takes six bytes and the path appears in a reference as well.
        room -= 2 * len(json.dumps([change.path, change.old_path])) + 200
        if room < 0:
            return changes[:count]
    return changes


def _file(change: FileChange) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": change.path, "status": change.status}
    if change.old_path is not None:
        entry["old_path"] = change.old_path
    if change.insertions is not None:
        entry |= {"insertions": change.insertions, "deletions": change.deletions}
    else:
        entry["binary"] = True
    return entry
