"""`spl service-account`, `spl token` and `spl namespace`, against a daemon that asks for tokens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel import SyncClient
from syncropel.cli import grants
from syncropel.daemon.local import LocalDaemon
from syncropel.errors import UsageError
from syncropel.keys import credentials
from syncropel.rules.scopes import PRESETS, SCOPES
from syncropel.rules.tokens import parse_token, token_id
from tests.cli.conftest import Repo
from tests.cli.running import Ran, homeless, spl

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module."""
    store = tmp_path_factory.mktemp("store") / "records.db"
    with LocalDaemon(f"sqlite:///{store}", auth=True) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon, with the token of an administrator."""
    homeless(monkeypatch, tmp_path)
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", daemon.url)
    monkeypatch.setenv("SPL_TOKEN", daemon.token)


def document(capsys: Capture, *words: str) -> Any:
    """Run a verb that must work, and return its JSON."""
    ran = spl(capsys, *words, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def refused(ran: Ran, code: int = 2) -> str:
    """Check that a run ended in one line of complaint and nothing else, and return the line."""
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
    return ran.err


def test_a_new_account_shows_its_token_once(capsys: Capture, daemon: LocalDaemon) -> None:
    """The token is on a line of its own, with a sentence that it is shown once; lists never have it."""
    ran = spl(capsys, "service-account", "create", "shown")
    (token,) = [line for line in ran.out.splitlines() if parse_token(line)]
    assert "shown this once" in ran.out
    assert ran.err == ""
    listed = spl(capsys, "service-account", "list"), spl(capsys, "service-account", "list", "--json")
    tokens = spl(capsys, "token", "list"), spl(capsys, "token", "list", "--json")
    assert not any(token in each.out + each.err for each in (*listed, *tokens))
    parts = parse_token(token)
    assert parts is not None
    assert parts.account_id in listed[0].out
    assert f"spl login --endpoint {daemon.url}" in ran.out


def test_what_an_account_is_given(capsys: Capture) -> None:
    """Scopes, sets of scopes, actors, an environment and an end go where they belong."""
    made = document(
        capsys,
        *("service-account", "create", "app", "--scope", "reader", "--scope", "thread:t:write"),
        *("--actor", "did:example:app:*", "--env", "ci", "--expires", "2d"),
    )
    assert made["scopes"] == ["records:read", "thread:t:write"]
    assert made["actors"] == ["did:example:app:*"]
    parts = parse_token(made["token"])
    assert parts is not None
    assert (parts.env, parts.account_id) == ("ci", made["id"])
    (row,) = document(capsys, "token", "list", "--account", made["id"])["data"]
    assert row["token_id"] == token_id(made["token"])
    assert 0 <= time.time() + 2 * 86400 - row["expires_at"] < 60


def test_the_way_of_an_actor_that_was_denied(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account writes as itself; as another it is refused with the command that allows it, which does."""
    alice = "did:sync:user:alice"
    plain = document(capsys, "service-account", "create", "plain")
    words = ["emit", "PUT", "test.cli.thing", "-t", "t.denied", "--body"]
    with monkeypatch.context() as patch:
        patch.setenv("SPL_TOKEN", plain["token"])
        own = spl(capsys, *words, '{"n": 1}')
        assert own.code == 0, own.err
        assert document(capsys, "record", own.out.strip())["actor"] == plain["did"]
        line = refused(spl(capsys, *words, '{"n": 2}', "--did", alice), 1)
        assert "DID_CLAIM_DENIED" in line
        assert "spl service-account create NAME --actor" in line
        assert "spl service-account create" not in refused(spl(capsys, "service-account", "list"), 1)
    allowed = document(capsys, "service-account", "create", "allowed", "--actor", alice)
    monkeypatch.setenv("SPL_TOKEN", allowed["token"])
    assert spl(capsys, *words, '{"n": 2}', "--did", alice).code == 0


def test_a_history_of_others_is_denied_with_the_way_out(
    capsys: Capture, story: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account cannot write as the authors of commits; it is told that it can import as itself."""
    made = document(capsys, "service-account", "create", "importer")
    monkeypatch.setenv("SPL_TOKEN", made["token"])
    ran = spl(capsys, "import", "git", str(story.path), "--thread", "t.others")
    assert ran.code == 1
    assert "5 refused" in ran.err
    assert "--identity-key" in ran.err


def test_the_doctor_tells_whether_the_daemon_lets_one_in(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon is well whoever asks; that it refuses everything else for want of a token is told beside."""

    def access() -> Any:
        findings = document(capsys, "doctor")["findings"]
        return next(finding for finding in findings if finding["name"] == "access")

    assert access()["ok"] is True
    monkeypatch.delenv("SPL_TOKEN")
    assert access()["ok"] is False
    assert "spl login" in access()["hint"]


def test_a_revoked_account_is_out(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Revoking ends every token of an account, and the list says so."""
    made = document(capsys, "service-account", "create", "gone")
    assert spl(capsys, "service-account", "revoke", made["id"]).code == 0
    assert document(capsys, "service-account", "revoke", made["id"])["status"] == "revoked"
    rows = {row["id"]: row for row in document(capsys, "service-account", "list")["data"]}
    assert rows[made["id"]]["active"] is False
    monkeypatch.setenv("SPL_TOKEN", made["token"])
    line = refused(spl(capsys, "thread", "list"), 1)
    assert "AUTH_REQUIRED" in line
    assert "revoked" in line


def test_a_key_in_place_of_all_tokens(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rotate-key` gives a token that works, and the one before does not."""
    made = document(capsys, "service-account", "create", "rotated")
    fresh = document(capsys, "service-account", "rotate-key", made["id"])
    for token, code in ((fresh["token"], 0), (made["token"], 1)):
        monkeypatch.setenv("SPL_TOKEN", token)
        assert spl(capsys, "thread", "list").code == code


def test_a_second_token_is_known_by_its_id(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second token of an account is known by its id, and itself says nothing but that."""
    account = document(capsys, "service-account", "create", "many")["id"]
    ran = spl(capsys, "token", "create", account, "--scope", "reader", "--expires", "90d")
    (token,) = [line for line in ran.out.splitlines() if parse_token(line)]
    shown = spl(capsys, "token", "info", token_id(token)[:12])
    assert account in shown.out
    assert token not in shown.out
    monkeypatch.setenv("SPL_TOKEN", token)
    own = document(capsys, "token", "info")
    assert (own["token_id"], own["scopes"]) == (token_id(token), ["records:read"])


def test_a_token_ends_by_its_id(capsys: Capture) -> None:
    """The table says what state a token is in, before and after it was revoked."""
    account = document(capsys, "service-account", "create", "one")["id"]
    made = document(capsys, "token", "create", account)
    states = []
    for _ in range(2):
        lines = spl(capsys, "token", "list", "--account", account).out.splitlines()
        states.append(next(line.split()[2] for line in lines if line.startswith(made["token_id"][:10])))
        assert spl(capsys, "token", "revoke", made["token_id"][:10]).code == 0
    assert states == ["active", "revoked"]


def test_a_token_in_place_of_an_id_is_not_repeated(capsys: Capture) -> None:
    """Whoever gives the token itself is told what that means, and the token is not printed again."""
    token = document(capsys, "service-account", "create", "slip")["token"]
    for words in (["token", "revoke", token], ["token", "info", token]):
        line = refused(spl(capsys, *words))
        assert "history" in line
        assert token not in line
    for words in (["token", "revoke", "xyz"], ["token", "info", "0"]):
        assert "spl token list" in refused(spl(capsys, *words))
    assert "TOKEN_NOT_FOUND" in refused(spl(capsys, "token", "info", "00000000"), 1)


def test_a_token_that_is_replaced(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token of the environment is replaced by one that is printed; a kept one where it is kept."""
    first = document(capsys, "service-account", "create", "turning")["token"]
    monkeypatch.setenv("SPL_TOKEN", first)
    second = document(capsys, "token", "rotate")["token"]
    assert second != first
    assert spl(capsys, "thread", "list").code == 1
    monkeypatch.delenv("SPL_TOKEN")
    credentials.write(credentials.origin_of(daemon.url), second)
    ran = spl(capsys, "token", "rotate")
    assert ran.code == 0, ran.err
    third = credentials.read(credentials.origin_of(daemon.url))
    assert third not in (None, first, second)
    assert str(third) not in ran.out + ran.err
    assert spl(capsys, "thread", "list").code == 0


def test_nothing_in_use_cannot_be_replaced(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token the way to one is told."""
    monkeypatch.delenv("SPL_TOKEN")
    for words in (["token", "rotate"], ["token", "info"]):
        assert "spl login" in refused(spl(capsys, *words))


def test_namespaces(capsys: Capture) -> None:
    """A namespace is made below one that is there, changed and listed; a change of nothing is a slip."""
    assert "NAMESPACE_REJECTED" in refused(spl(capsys, "namespace", "create", "nsa/b"), 1)
    assert spl(capsys, "namespace", "create", "nsa", "--require-signatures").out.startswith("nsa is active")
    assert document(capsys, "namespace", "create", "nsa/b")["id"] == "nsa/b"
    assert "signatures required" in spl(capsys, "namespace", "update", "nsa/b", "--require-signatures").out
    assert document(capsys, "namespace", "update", "nsa", "--inactive")["active"] is False
    rows = {row["id"]: row for row in document(capsys, "namespace", "list")["data"]}
    assert (rows["nsa"]["active"], rows["nsa/b"]["require_signatures"]) == (False, True)
    shown = spl(capsys, "namespace", "list").out
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("nsa ")] == ["inactive"]
    assert "--inactive" in refused(spl(capsys, "namespace", "update", "nsa"))


def test_the_first_account_of_a_store(capsys: Capture, tmp_path: Path) -> None:
    """`bootstrap --store` works without a daemon, once; its token opens the daemon that serves the store."""
    store = f"sqlite:///{tmp_path / 'new.db'}"
    ran = spl(capsys, "service-account", "bootstrap", "--store", store)
    assert ran.code == 0, ran.err
    (token,) = [line for line in ran.out.splitlines() if parse_token(line)]
    again = refused(spl(capsys, "service-account", "bootstrap", "--store", store), 1)
    assert "BOOTSTRAP_CLOSED" in again
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert not any(token.encode() in path.read_bytes() for path in files)
    with LocalDaemon(store, auth=True) as served:
        shown = spl(capsys, "service-account", "list", "--endpoint", served.url, "--token", token)
        assert "administrator" in shown.out


def test_the_first_account_of_a_daemon_never_sends_its_token(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bootstrap` against a daemon sends the token's hash; `--save` keeps the token and does not show it."""
    monkeypatch.delenv("SPL_TOKEN")
    with LocalDaemon("memory:", auth=True) as fresh:
        monkeypatch.setenv("SYNCROPEL_ENDPOINT", fresh.url)
        ran = spl(capsys, "service-account", "bootstrap", "Ops", "--expires", "1h", "--save")
        assert ran.code == 0, ran.err
        kept = credentials.read(credentials.origin_of(fresh.url))
        assert kept is not None
        assert kept not in ran.out + ran.err
        facts = document(capsys, "whoami")
        assert (facts["scopes"], facts["token"]) == (["admin"], "spl login")
        assert facts["expires_at"] is not None
        assert "BOOTSTRAP_CLOSED" in refused(spl(capsys, "service-account", "bootstrap"), 1)


def test_a_token_that_cannot_be_kept_is_shown(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new token exists nowhere else: when its file cannot be written it is printed after all."""
    (tmp_path / "config").write_text("in the way", encoding="utf-8")
    ran = spl(capsys, "service-account", "create", "lost", "--save")
    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if parse_token(line)]
    assert "could not be kept" in ran.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--scope", "everything"], "reader, contributor, admin"),
        (["--expires", "soon"], "90d"),
        (["--expires", "2001-01-01"], "over"),
        (["--env", "Prod!"], "a-z"),
    ],
)
def test_what_cannot_be_given(capsys: Capture, words: list[str], hint: str) -> None:
    """A wrong scope, end or environment is a usage error that says what is right."""
    assert hint in refused(spl(capsys, "service-account", "create", "x", *words))


def test_sets_of_scopes_stand_for_their_scopes() -> None:
    """Every preset and every scope is taken, alone or with commas; nothing given is nothing."""
    for name, scopes in PRESETS.items():
        assert grants.scopes_of([name]) == list(scopes)
    assert grants.scopes_of([",".join(SCOPES)]) == list(SCOPES)
    assert grants.scopes_of([]) is None


@given(st.integers(1, 999), st.sampled_from(["s", "min", "h", "d", "w", "y"]))
def test_spans_are_counted_from_now(number: int, unit: str) -> None:
    """A number with a unit is that long from now, and later for more."""
    end = grants.expiry_of(f"{number}{unit}", now=1000.0)
    more = grants.expiry_of(f"{number + 1} {unit}", now=1000.0)
    assert end is not None
    assert more is not None
    assert 1000 < end < more


def test_days_are_in_utc() -> None:
    """A day is its first second in UTC; a zone that is given counts."""
    assert grants.expiry_of("2030-01-31", now=0) == 1896048000
    assert grants.expiry_of("2030-01-31T01:00+01:00", now=0) == 1896048000
    assert grants.when(1896048000) == "2030-01-31 00:00"
    assert grants.expiry_of(None) is None
    with pytest.raises(UsageError):
        grants.expiry_of("2030-13-01")


def test_what_ends_behind_every_calendar(capsys: Capture, daemon: LocalDaemon) -> None:
    """Such an end is refused here; one that came by the API is no reason to show nothing of all tokens."""
    with pytest.raises(UsageError, match="9999"):
        grants.expiry_of("9999y")
    made = document(capsys, "service-account", "create", "eternal")
    with SyncClient(endpoint=daemon.url, api_key=daemon.token) as client:
        client.tokens.create(made["id"], expires_at=2**50)
    listed = spl(capsys, "token", "list", "--account", made["id"])
    assert (listed.code, "after 9999" in listed.out) == (0, True)
