"""The verbs that need no daemon: kind check, ref, validate, version."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from syncropel import __version__
from syncropel.cli.ref import constructors
from tests.cli.running import Stdin, spl

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"
Capture = pytest.CaptureFixture[str]


def test_valid_kinds_pass_and_are_taken_apart(capsys: Capture) -> None:
    """Valid kinds give exit code 0, and as JSON their segments."""
    ran = spl(capsys, "kind", "check", "music.catalog.track.v2", "core.alias", "--json")
    assert ran.code == 0
    first, second = json.loads(ran.out)
    assert (first["scope"], first["category"], first["entity"], first["version"]) == (
        "music",
        "catalog",
        "track",
        "v2",
    )
    assert second["valid"] is True


def test_one_bad_kind_among_good_ones_fails_the_check(capsys: Capture) -> None:
    """A kind that breaks the grammar gives exit code 1 and says why, the others are still judged."""
    ran = spl(capsys, "kind", "check", "core.alias", "music.track", "a.b.c")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "refused", "ok"]
    assert "two segments are only for" in lines[1]


def test_every_constructor_is_listed(capsys: Capture) -> None:
    """`spl ref list` shows all eleven, for people and for machines."""
    assert len(constructors()) == 11
    people, machines = spl(capsys, "ref", "list"), spl(capsys, "ref", "list", "--json")
    assert all(name in people.out for name in constructors())
    assert {row["name"] for row in json.loads(machines.out)} == set(constructors())


@pytest.mark.parametrize("name", ["code_file", "code-file", "@code.file"])
def test_a_reference_is_made_in_the_form_that_emit_takes(capsys: Capture, name: str) -> None:
    """The constructor may be written with underscores, hyphens or as its kind."""
    ran = spl(capsys, "ref", name, "repo=acme/app", "path=src/a=b.rs")
    assert (ran.code, ran.out) == (0, "@code.file:github:acme/app:src/a=b.rs\n")
    as_json = spl(capsys, "ref", name, "repo=acme/app", "path=x", "--json")
    assert json.loads(as_json.out) == {"kind": "@code.file", "id": "github:acme/app:x"}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["planet", "name=x"], "spl ref list"),
        (["music_track", "isbn=1"], "it takes isrc, spotify_id, apple_id"),
        (["code_file", "repo=acme/app"], "path"),
        (["code_file", "path"], "name=value"),
        (["music_track"], "isrc"),
    ],
)
def test_a_reference_that_cannot_be_made_says_how(capsys: Capture, words: list[str], hint: str) -> None:
    """A wrong name, key or value is a usage error of one line that shows the way."""
    ran = spl(capsys, "ref", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert hint in ran.err


def test_a_body_that_fits_is_accepted(capsys: Capture) -> None:
    """A valid body gives exit code 0."""
    body = {"old_kind": "music.song", "new_kind": "music.catalog.track", "reason": "grammar"}
    ran = spl(capsys, "validate", "core.alias", json.dumps(body))
    assert ran.code == 0
    assert ran.out.startswith("ok")


def test_every_violation_is_told_with_its_path(capsys: Capture) -> None:
    """A body that breaks its schema gives exit code 1, and as JSON each violation with path and rule."""
    ran = spl(capsys, "validate", "core.alias", '{"old_kind": 5}', "--json")
    assert ran.code == 1
    verdict = json.loads(ran.out)
    assert verdict["valid"] is False
    assert {"$.old_kind", "$"} <= {violation["path"] for violation in verdict["violations"]}
    assert ran.err == ""


def test_schemas_of_ones_own_come_from_a_folder(capsys: Capture) -> None:
    """`--schemas` judges kinds that the contract does not know."""
    ran = spl(capsys, "validate", "code.history.commit", "{}", "--schemas", str(SCHEMAS), "--json")
    assert ran.code == 1
    assert len(json.loads(ran.out)["violations"]) > 5


def test_a_kind_without_a_schema_is_a_usage_error(capsys: Capture) -> None:
    """Nothing can be said about a kind nobody described."""
    ran = spl(capsys, "validate", "nobody.knows.this", "{}")
    assert ran.code == 2
    assert "--schemas FOLDER" in ran.err


def test_a_body_comes_from_a_file_or_stdin(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`@FILE` and `-` read the body from there."""
    body = {"old_kind": "a.b.c", "new_kind": "a.b.d", "reason": "é"}
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    assert spl(capsys, "validate", "core.alias", f"@{file}").code == 0
    monkeypatch.setattr(sys, "stdin", Stdin(json.dumps(body).encode()))
    assert spl(capsys, "validate", "core.alias", "-").code == 0


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("{", "not JSON"),
        ('{"a": 1, "a": 2}', "not JSON"),
        ("NaN", "not JSON"),
        ("body.json", "@FILE"),
        ("@/no/such/file", "cannot read"),
    ],
)
def test_a_body_that_is_no_json_is_a_usage_error(capsys: Capture, body: str, hint: str) -> None:
    """Broken JSON and a missing file are told in one line with exit code 2."""
    ran = spl(capsys, "validate", "core.alias", body)
    assert (ran.code, ran.out) == (2, "")
    assert hint in ran.err
    assert ran.err.count("\n") == 1


def test_the_version_is_the_packages(capsys: Capture) -> None:
    """People get a sentence, machines the same facts."""
    assert __version__ in spl(capsys, "version").out
    assert json.loads(spl(capsys, "--json", "version").out)["syncropel"] == __version__
