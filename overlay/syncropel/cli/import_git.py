"""`spl import git`: a history as records, one per commit."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import exits
from .app import app
from .git_history import Repository, open_repository, read_commits
from .git_records import Origin, drafts, origin_of
from .importing import Summary, send_all
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from ..rules.records import Draft

importers = group(app, "import", "Bring what exists elsewhere in as records.")

Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N commits, oldest first.")
]
Repo = Annotated[
    str | None,
    typer.Option(
        "--repo", metavar="OWNER/NAME", help="What file references call it. Default: from its remote."
    ),
]


@verb(
    importers,
    "git",
    examples=[
        "spl import git",
        "spl import git ~/src/project --branch release --limit 500",
        "spl import git --dry-run",
    ],
)
def import_git(
    session: Session,
    path: Annotated[Path, typer.Argument(help="A git repository.")] = Path(),
    thread: Annotated[str | None, typer.Option("--thread", "-t", help="Default: code.history.NAME.")] = None,
    branch: Annotated[str, typer.Option("--branch", help="Branch, tag or commit to start from.")] = "HEAD",
    limit: Limit = None,
    repo: Repo = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the records; send nothing.")] = False,
) -> int:
    """Import the history of a git repository, one `code.history.commit` record per commit.

    The author becomes the actor, changed files become canonical references, commit parents become record
    parents. A commit gives the same record id every time, so importing again stores only what is new, and an
    import that was stopped goes on where it ended.

    With --identity-key you are the actor of the records and sign them: nobody signs for the authors, who stay
    in the bodies.
    """
    repository = open_repository(path, branch)
    origin = origin_of(path, repository.remote)
    if repo is not None:
        origin = replace(origin, label=repo, repo=repo, git_url=None)
    signer = session.identity if session.identity is not None and session.identity.signs else None
    total = min(repository.commits, limit or repository.commits)
    if repository.shallow:
        session.note(
            "this clone is shallow: its oldest records will lack parents (git fetch --unshallow mends it)"
        )
    with closing(read_commits(repository)) as commits:
        records = drafts(itertools.islice(commits, total), origin, thread, signer)
        if dry_run:
            return _show(session, records, total)
        summary = _send(session, records, total, f"importing {origin.label}")
    return _report(session, summary, repository, origin, thread or origin.thread)


def _send(session: Session, records: Iterator[Draft], total: int, title: str) -> Summary:
    from .progress import Bar

    summary = Summary()
    with session.client() as client, Bar(session.complaints, title, total) as bar:
        send_all(client, records, bar.advance, summary)
    return summary


def _show(session: Session, records: Iterator[Draft], total: int) -> int:
    if session.json:
        for draft in records:
            session.json_line({"id": draft.id, **draft.wire})
        return exits.OK
    from .tables import counted, records_table

    first = [{"id": draft.id, **draft.wire} for draft in itertools.islice(records, 20)]
    session.show(records_table(first))
    session.say(f"{counted(total, 'commit')} would be sent; the first {len(first)} are shown")
    return exits.OK


def _report(session: Session, summary: Summary, repository: Repository, origin: Origin, thread: str) -> int:
    if session.json:
        about: dict[str, Any] = {
            "repository": origin.label,
            "head": repository.head,
            "shallow": repository.shallow,
        }
        session.document({**about, "thread": thread, **summary.to_json()})
    else:
        session.say(
            f"{summary.sent:,} commits of {origin.label} in {summary.seconds:.1f} s{summary.rate}: "
            f"{summary.new:,} new, {summary.known:,} stored already"
        )
        session.say(f"thread {thread}")
    if not summary.refused:
        return exits.OK
    session.note(f"{summary.refused} refused, such as {summary.refusals[0]} ({_remedy(summary.refusals[0])})")
    return exits.FAILED


def _remedy(refusal: str) -> str:
    if "DID_CLAIM_DENIED" in refusal:
        return "or import as yourself: with --identity-key, the authors stay in the bodies"
    return "imported before under another --repo? give that one, or another --thread"
