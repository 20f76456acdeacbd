"""Reading git history from real repositories, odd ones included."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.cli import git_history
from syncropel.cli.git_history import Commit, FileChange, GitError, open_repository, parse_log, read_commits


def commits(path: Path, revision: str = "HEAD") -> list[Commit]:
    """Return the whole history."""
    return list(read_commits(open_repository(path, revision)))


def test_the_history_comes_parents_first_with_every_fact(story: Any) -> None:
    """Each commit carries its message, author, times, parents and line counts, after its parents."""
    found = commits(story.path)
    assert found[0].message == "Begin\n\nWith a reason."
    assert found[1].author == git_history.Person("Bob", "bob@example.com")
    assert (found[1].authored, found[1].committed) == (1_700_000_100, 1_700_000_100)
    assert found[1].parents == (found[0].id,)
    assert set(found[1].files) == {
        FileChange("README.md", "modified", insertions=1, deletions=0),
        FileChange("src/main.py", "added", insertions=1, deletions=0),
    }
    seen: set[str] = set()
    for commit in found:
        assert set(commit.parents) <= seen
        seen.add(commit.id)


def test_a_merge_has_both_parents_and_no_files_of_its_own(story: Any) -> None:
    """What a merge brings in is counted where it was written, not twice."""
    merge = commits(story.path)[-1]
    assert merge.message == "Merge the side"
    assert len(merge.parents) == 2
    assert merge.files == ()


def test_a_rename_names_both_paths(story: Any) -> None:
    """A renamed file is one change with the path before and after."""
    renamed = next(commit for commit in commits(story.path) if commit.message == "Rename the page")
    expected = FileChange("docs.md", "renamed", old_path="README.md", insertions=0, deletions=0)
    assert renamed.files == (expected,)


NAMES = [
    "plain.txt",
    "new\nline",
    'quo"te',
    "tab\there",
    "back\\slash",
    "ünïcödé/日本.txt",
    "commit deadbeef",
    ":000000 100644 A",
    "1\t2\tfake",
    " leading",
    "-dash",
    "\x01ctl",
]


def test_names_with_any_character_survive(repo: Any) -> None:
    """A name may hold line breaks, quotes, tabs, or text that looks like git's own output."""
    for name in NAMES:
        repo.write(name, "x\n")
    repo.commit("All of them")
    assert sorted(change.path for change in commits(repo.path)[0].files) == sorted(NAMES)
    (repo.path / "moved").mkdir()
    repo.git("mv", "--", NAMES[1], "moved/line\nbreak")
    repo.commit("One moved")
    assert [(c.old_path, c.path) for c in commits(repo.path)[1].files] == [(NAMES[1], "moved/line\nbreak")]


def test_undecodable_names_stay_apart(repo: Any) -> None:
    """Two names that differ in a byte that is no UTF-8 give two paths, both writable as JSON."""
    repo.write(b"a\xff", "x\n")
    repo.write(b"a\xfe", "y\n")
    repo.commit("Bytes")
    paths = [change.path for change in commits(repo.path)[0].files]
    assert sorted(paths) == ["a\\xfe", "a\\xff"]


def test_messages_in_any_encoding_become_text(repo: Any) -> None:
    """Undecodable bytes in a message or a name become replacement characters, never a failure."""
    repo.write("a", "x")
    repo.git("add", "a")
    repo.git(b"commit", b"-q", b"-m", b"caf\xe9 \x01 end")
    assert commits(repo.path)[0].message.startswith("caf")


def test_a_binary_file_has_no_line_counts(repo: Any) -> None:
    """Lines of a binary file are not counted."""
    repo.write("image", bytes(range(256)))
    repo.commit("Binary")
    assert commits(repo.path)[0].files == (FileChange("image", "added"),)


def test_empty_commits_and_empty_messages_are_commits(repo: Any) -> None:
    """A commit may touch nothing and say nothing."""
    repo.commit("")
    repo.commit("")
    assert [(commit.message, commit.files) for commit in commits(repo.path)] == [("", ()), ("", ())]


def test_a_deleted_file_and_a_changed_type_are_told(repo: Any) -> None:
    """A deletion and a file that becomes a link have statuses of their own."""
    repo.write("gone", "x\n")
    repo.write("link", "x\n")
    repo.commit("Both")
    (repo.path / "gone").unlink()
    (repo.path / "link").unlink()
    (repo.path / "link").symlink_to("elsewhere")
    repo.commit("Change")
    statuses = {change.path: change.status for change in commits(repo.path)[1].files}
    assert statuses == {"gone": "deleted", "link": "type_changed"}


def test_the_users_configuration_changes_nothing(story: Any) -> None:
    """Settings such as diff.renames, log.showRoot and diff.noprefix do not reach the result."""
    before = commits(story.path)
    for name, value in [
        ("diff.renames", "false"),
        ("log.showRoot", "false"),
        ("diff.algorithm", "patience"),
        ("log.showSignature", "true"),
        ("log.diffMerges", "first-parent"),
        ("diff.relative", "true"),
        ("core.quotePath", "true"),
        ("log.mailmap", "true"),
    ]:
        story.git("config", name, value)
    assert commits(story.path) == before


def test_another_branch_is_read_when_asked(story: Any) -> None:
    """A revision other than HEAD gives the history that leads to it."""
    assert [commit.message for commit in commits(story.path, "side")][-1] == "Rename the page"


def test_a_shallow_clone_says_so(story: Any, tmp_path: Path) -> None:
    """A history that was cut off is readable, and known to be cut off."""
    story.git("clone", "-q", "--depth", "1", f"file://{story.path}", str(tmp_path / "shallow"))
    repository = open_repository(tmp_path / "shallow")
    assert repository.shallow
    assert len(list(read_commits(repository))) == repository.commits == 1


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("no folder", "is not a folder"),
        ("no repository", "not inside a git repository"),
        ("empty", "no commits yet"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(repo: Any, tmp_path: Path, case: str, words: str) -> None:
    """A missing folder, a plain folder and an empty repository each have their own message."""
    plain = tmp_path / "plain"
    plain.mkdir()
    path = {"no folder": tmp_path / "absent", "no repository": plain, "empty": repo.path}[case]
    with pytest.raises(GitError, match=words) as caught:
        open_repository(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_revision_is_refused_and_never_read_as_an_option(story: Any) -> None:
    """A revision that does not exist, or that looks like an option, is named in the error."""
    for revision in ("nowhere", "--output=/tmp/x", ""):
        with pytest.raises(GitError, match="no branch, tag or commit"):
            open_repository(story.path, revision)


def test_git_that_is_not_installed_is_said(story: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git the error says that the program is missing."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(GitError, match="not installed"):
        open_repository(story.path)


def test_stopping_early_ends_git(story: Any) -> None:
    """A reader that takes one commit and leaves does not leave a process behind."""
    stream = read_commits(open_repository(story.path))
    next(stream)
    stream.close()


def test_a_broken_repository_is_an_error_not_a_short_history(story: Any) -> None:
    """When an object is missing, what git complains about is raised at the end."""
    tree = story.git("rev-parse", "HEAD~1^{tree}")
    (story.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitError, match="git log failed"):
        commits(story.path)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300), size=st.integers(1, 50))
def test_output_that_git_never_writes_is_refused(data: bytes, size: int) -> None:
    """Whatever bytes arrive, the parser either reads them or raises GitError."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    try:
        list(parse_log(chunks))
    except GitError:
        return


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_the_size_of_the_pieces_read_does_not_matter(story: Any, size: int) -> None:
    """The same output cut at any place gives the same commits."""
    whole = commits(story.path)
    command = git_history._command(story.path, "log", *git_history._LOG_OPTIONS)
    layout = "--format=tformat:" + "%x00".join(git_history._HEADER)
    output = subprocess.run([*command, layout], capture_output=True, check=True).stdout
    assert list(parse_log([output[at : at + size] for at in range(0, len(output), size)])) == whole
