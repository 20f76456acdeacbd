"""Repositories made for a test, with fixed authors and times; a store with something of everything in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.care_support import made


class Repo:
    """A git repository whose commits have the authors and times a test asks for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(
        self,
        *arguments: str | bytes,
        when: int = 1_700_000_000,
        who: str = "Ada",
        mail: str = "ada@example.com",
    ) -> str:
        """Run git in the repository and return what it prints."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        people = {"AUTHOR": (who, mail), "COMMITTER": (who, mail)}
        for role, (name, address) in people.items():
            kept |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address}
            kept[f"GIT_{role}_DATE"] = f"{when} +0000"
        kept |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(command, env=kept, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    def write(self, name: str | bytes, content: str | bytes) -> None:
        """Write a file, whose name may be any bytes."""
        target = self.path / os.fsdecode(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, message: str, *, when: int = 1_700_000_000, who: str = "Ada", mail: str = "ada@example.com"
    ) -> str:
        """Commit everything and return the commit's id."""
        self.git("add", "-A")
        self.git(
            "commit",
            "-q",
            "--allow-empty",
            "--allow-empty-message",
            "-m",
            message,
            when=when,
            who=who,
            mail=mail,
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository."""
    return Repo(tmp_path / "repository")


@pytest.fixture
def story(tmp_path: Path) -> Repo:
    """Five commits by two people: two files, a rename, a branch and its merge."""
    made = Repo(tmp_path / "story")
    made.write("README.md", "one\ntwo\nthree\nfour\n")
    made.commit("Begin\n\nWith a reason.", when=1_700_000_000)
    made.write("src/main.py", "print(1)\n")
    made.write("README.md", "one\ntwo\nthree\nfour\nfive\n")
    made.commit("Add the program", when=1_700_000_100, who="Bob", mail="bob@example.com")
    made.git("checkout", "-q", "-b", "side")
    made.git("mv", "README.md", "docs.md")
    made.commit("Rename the page", when=1_700_000_200)
    made.git("checkout", "-q", "main")
    made.write("src/main.py", "print(2)\n")
    made.commit("Print two", when=1_700_000_300)
    made.git("merge", "-q", "--no-ff", "-m", "Merge the side", "side", when=1_700_000_400)
    return made


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with records; copy it before changing it."""
    return made(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Path:
    """A store of one's own."""
    for name in ("records.db", "records.db.token-key"):
        shutil.copy(filled.with_name(name), tmp_path / name)
    return tmp_path / "records.db"
