"""Commits as records: the same commit gives the same record, every time and from every branch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.cli.git_history import Commit, FileChange, Person, open_repository, read_commits
from syncropel.cli.git_records import KIND, Origin, actor_of, clock_of, drafts, iso_time, origin_of
from syncropel.rules.limits import MAX_BODY_BYTES, MAX_CLOCK
from syncropel.rules.records import Draft, check_record

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"
ADA = Person("Ada", "ada@example.com")


def records_of(path: Path, revision: str = "HEAD", **options: Any) -> list[Draft]:
    """Return the records of a repository's history."""
    repository = open_repository(path, revision)
    return list(drafts(read_commits(repository), origin_of(path, repository.remote), **options))


def commit(number: int = 1, **changes: Any) -> Commit:
    """Return a commit with some facts of its own."""
    facts: dict[str, Any] = {
        "id": f"{number:040x}",
        "parents": (),
        "author": ADA,
        "authored": 1_700_000_000,
        "committer": ADA,
        "committed": 1_700_000_000,
        "message": "Subject\n\nMore.",
        "files": (FileChange("a.txt", "added", insertions=2, deletions=0),),
    }
    return Commit(**(facts | changes))


def test_every_commit_becomes_a_record_that_fits_the_schema(story: Any) -> None:
    """Each record has the author as actor, the files as references, and a body that its schema accepts."""
    schema = json.loads((SCHEMAS / f"{KIND}.json").read_text(encoding="utf-8"))
    judge = jsonschema.Draft202012Validator(schema)
    made = records_of(story.path)
    assert len(made) == 5
    for draft in made:
        judge.validate(draft.wire["body"])
        assert check_record(json.loads(draft.canonical)).id == draft.id
        assert draft.wire["act"] == "KNOW"
        assert draft.wire["body"]["kind"] == KIND
    assert made[1].wire["actor"] == actor_of(Person("Bob", "bob@example.com"))
    assert [ref["id"] for ref in made[1].wire["body"]["_refs"]] == [
        "git:story:README.md",
        "git:story:src/main.py",
    ]


def test_record_parents_are_the_records_of_the_commit_parents(story: Any) -> None:
    """A merge's record has the records of both its parents as parents."""
    made = records_of(story.path)
    by_commit = {draft.wire["body"]["commit"]: draft.id for draft in made}
    for draft in made:
        expected = sorted(by_commit[parent] for parent in draft.wire["body"]["parent_commits"])
        assert draft.wire["parents"] == expected
    assert len(made[-1].wire["parents"]) == 2


def test_two_runs_and_two_branches_give_the_same_ids(story: Any) -> None:
    """Ids depend on the commit alone: not on the run, the branch or how much of the history is read."""
    whole = {draft.id for draft in records_of(story.path)}
    assert {draft.id for draft in records_of(story.path)} == whole
    assert {draft.id for draft in records_of(story.path, "side")} < whole


def test_a_clone_of_a_local_repository_gives_the_same_ids(story: Any, tmp_path: Path) -> None:
    """A clone names its files as the original does."""
    story.git("clone", "-q", str(story.path), str(tmp_path / "elsewhere"))
    assert {d.id for d in records_of(tmp_path / "elsewhere")} == {d.id for d in records_of(story.path)}


def test_a_rename_references_both_names(story: Any) -> None:
    """Who looks for either name of a renamed file finds the commit."""
    renamed = next(d for d in records_of(story.path) if d.wire["body"]["subject"] == "Rename the page")
    assert [ref["id"] for ref in renamed.wire["body"]["_refs"]] == [
        "git:story:docs.md",
        "git:story:README.md",
    ]


def test_commits_of_one_second_by_one_author_never_share_a_clock() -> None:
    """Even two ids that begin alike get two clocks, the first one keeping its own."""
    twins = [commit(1), commit(2), commit(3)]
    clocks = [draft.wire["clock"] for draft in drafts(twins, Origin("x", git_url="x"))]
    assert clocks[0] == clock_of(twins[0])
    assert len(set(clocks)) == 3


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63), st.integers(0, 2**160 - 1))
def test_clocks_stay_within_what_a_record_allows(seconds: int, number: int) -> None:
    """Any commit time, however absurd, gives a valid clock."""
    assert 0 <= clock_of(commit(number, committed=seconds)) <= MAX_CLOCK


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63))
def test_any_time_can_be_written(seconds: int) -> None:
    """Times outside the calendar are clamped, never raised."""
    text = iso_time(seconds)
    assert len(text) == 20
    assert text.endswith("Z")


def test_a_known_time_is_written_in_utc() -> None:
    """The text of a time is ISO 8601 in UTC."""
    assert iso_time(1_700_000_000) == "2023-11-14T22:13:20Z"


@settings(deadline=None)
@given(st.text(max_size=80), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_any_author_gets_a_did_that_depends_on_the_address_alone(name: str, email: str) -> None:
    """The same address, whatever its case and whatever name stands beside it, is the same actor."""
    did = actor_of(Person(name, email + "@example.com"))
    assert did.startswith("did:sync:user:")
    assert did == actor_of(Person("Other", "  " + email.lower() + "@example.com"))
    assert len(did) < 100


def test_authors_who_share_a_local_part_stay_apart() -> None:
    """`ada@one` and `ada@two` are two actors; a numbered private address shows its name."""
    assert actor_of(Person("", "ada@one.example")) != actor_of(Person("", "ada@two.example"))
    assert "did:sync:user:ada-" in actor_of(Person("", "4711+ada@users.example.com"))


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/acme/app.git", "github:acme/app:f"),
        ("git@github.com:acme/app.git", "github:acme/app:f"),
        ("ssh://git@github.com/acme/app", "github:acme/app:f"),
        ("https://user:secret@code.example.com/acme/app.git", "git:https://code.example.com/acme/app:f"),
        ("git@code.example.com:acme/app.git", "git:https://code.example.com/acme/app:f"),
        ("https://code.example.com:8443/app", "git:https://code.example.com:8443/app:f"),
        ("/srv/git/app.git", "git:app:f"),
        ("file:///srv/git/app.git", "git:app:f"),
        (r"C:\code\app", "git:app:f"),
        ("ssh://git:secret@code.example.com:acme/app.git", "git:app:f"),
        ("https://user:secret@[code/app", "git:app:f"),
        (None, "git:folder:f"),
    ],
)
def test_files_are_named_after_the_remote_without_its_credentials(remote: str | None, expected: str) -> None:
    """Whatever way the remote is written, the reference is the same, and holds no password."""
    assert origin_of(Path("/tmp/folder"), remote).file_ref("f")["id"] == expected


def test_a_commit_with_very_many_files_still_fits_in_one_record() -> None:
    """The list is cut at a limit, and says how many files it leaves out."""
    names = tuple(
        FileChange(f"{'long/' * 50}{n}\x01", "added", insertions=1, deletions=0) for n in range(20_000)
    )
    draft = next(drafts([commit(files=names)], Origin("x", git_url="x"), None))
    body = draft.wire["body"]
    assert len(json.dumps(draft.wire)) < MAX_BODY_BYTES
    assert body["files_changed"] == 20_000 == len(body["files"]) + body["files_omitted"]
    assert body["insertions"] == 20_000
    assert len(body["_refs"]) == len(body["files"])


def test_the_parts_of_a_message_are_told_apart() -> None:
    """The first line is the subject; what follows it is there only when there is something."""
    first, second = drafts([commit(1), commit(2, message="Only this")], Origin("x", git_url="x"))
    assert (first.wire["body"]["subject"], first.wire["body"]["message"]) == ("Subject", "More.")
    assert second.wire["body"]["subject"] == "Only this"
    assert "message" not in second.wire["body"]


def test_the_committer_is_named_when_it_is_someone_else() -> None:
    """A commit applied for someone else keeps both names."""
    bob = Person("Bob", "bob@example.com")
    draft = next(drafts([commit(committer=bob)], Origin("x", git_url="x")))
    assert draft.wire["body"]["committer"] == {"name": "Bob", "email": "bob@example.com"}
    assert draft.wire["actor"] == actor_of(ADA)


def test_a_thread_can_be_chosen(story: Any) -> None:
    """Without a choice the thread is named after the repository."""
    assert {d.wire["thread"] for d in records_of(story.path)} == {"code.history.story"}
    assert {d.wire["thread"] for d in records_of(story.path, thread="mine")} == {"mine"}
