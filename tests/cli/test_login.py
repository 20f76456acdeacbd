"""`spl login`, `spl logout` and `spl whoami`: a token that is kept, and never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel import SyncClient
from syncropel.cli import secret
from syncropel.daemon.local import LocalDaemon
from syncropel.keys import credentials
from syncropel.rules.tokens import account_did, new_account_id, new_token, parse_token
from tests.cli.running import Stdin, homeless, spl

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module."""
    with LocalDaemon("memory:", auth=True) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon, with an empty home and no token."""
    homeless(monkeypatch, tmp_path)
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", daemon.url)


def kept(daemon: LocalDaemon) -> str | None:
    """Return the token that is kept for the daemon."""
    return credentials.read(credentials.origin_of(daemon.url))


def login(capsys: Capture, monkeypatch: pytest.MonkeyPatch, token: str, *words: str) -> str:
    """Log in by a pipe, and return what was printed."""
    monkeypatch.setattr(sys, "stdin", Stdin(token.encode() + b"\n"))
    ran = spl(capsys, "login", "--token-stdin", *words)
    assert ran.code == 0, ran.err
    return ran.out


def test_from_login_to_logout(capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a login commands and clients with `api_key="auto"` are let in; after a logout they are not."""
    assert spl(capsys, "thread", "list").code == 1
    said = login(capsys, monkeypatch, daemon.token)
    assert daemon.token not in said
    assert kept(daemon) == daemon.token
    assert spl(capsys, "thread", "list").code == 0
    with SyncClient(endpoint=daemon.url, api_key="auto") as client:
        assert client.whoami().is_authenticated
    assert "logged out" in spl(capsys, "logout").out
    assert kept(daemon) is None
    assert json.loads(spl(capsys, "logout", "--json").out)["forgotten"] is False
    assert "spl login" in spl(capsys, "thread", "list").err


def test_the_file_is_for_its_owner_alone(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kept token is in a 0600 file, whose name is told."""
    said = json.loads(login(capsys, monkeypatch, daemon.token, "--json"))
    path = Path(said["saved"])
    assert path.stat().st_mode & 0o777 == 0o600
    parts = parse_token(daemon.token)
    assert parts is not None
    assert said["service_account_id"] == parts.account_id
    path.chmod(0o644)
    ran = spl(capsys, "thread", "list")
    assert ran.code == 2
    assert f"chmod 600 {path}" in ran.err


def test_whom_records_name(capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a DID of one's own the account is the author; `--did` and a key come before it."""
    login(capsys, monkeypatch, daemon.token)
    parts = parse_token(daemon.token)
    assert parts is not None
    facts = json.loads(spl(capsys, "whoami", "--json").out)
    assert (facts["emits_as"], facts["signs"]) == (account_did(parts.account_id), False)
    assert "spl identity new" in spl(capsys, "whoami").out
    assert "did:example:me" in spl(capsys, "whoami", "--did", "did:example:me").out
    made = json.loads(spl(capsys, "identity", "new", "--json").out)
    monkeypatch.setenv("SYNCROPEL_IDENTITY_KEY", made["path"])
    facts = json.loads(spl(capsys, "whoami", "--json").out)
    assert (facts["emits_as"], facts["signs"]) == (made["did"], True)
    unsigned = json.loads(spl(capsys, "whoami", "--did", "did:example:me", "--json").out)
    assert (unsigned["emits_as"], unsigned["signs"]) == ("did:example:me", False)


def test_a_token_that_the_daemon_does_not_know_is_not_kept(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong token is told at once, without being shown; `--no-check` keeps what cannot be asked about."""
    wrong = new_token("prod", new_account_id())
    monkeypatch.setattr(sys, "stdin", Stdin(wrong.encode()))
    ran = spl(capsys, "login", "--token-stdin")
    assert (ran.code, ran.out) == (1, "")
    assert wrong not in ran.err
    assert kept(daemon) is None
    assert "unchecked" in login(capsys, monkeypatch, wrong, "--no-check")
    assert kept(daemon) == wrong


def test_an_open_daemon_knows_no_stranger(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon without authentication lets everybody in, and still does not vouch for a token."""
    with LocalDaemon("memory:") as opened:
        monkeypatch.setenv("SYNCROPEL_ENDPOINT", opened.url)
        assert "no token is needed" in spl(capsys, "whoami").out
        monkeypatch.setattr(sys, "stdin", Stdin(new_token("prod", new_account_id()).encode()))
        ran = spl(capsys, "login", "--token-stdin")
        assert ran.code == 1
        assert "--no-check" in ran.err
        login(capsys, monkeypatch, opened.token)
        assert "admin" in spl(capsys, "whoami").out


@pytest.mark.parametrize("words", ["login", "login --token", "token save", "token save --token"])
def test_a_token_as_an_argument_is_refused(capsys: Capture, daemon: LocalDaemon, words: str) -> None:
    """A token on the command line is refused without being repeated, with the ways that leave no trace."""
    ran = spl(capsys, *words.split(), daemon.token)
    assert (ran.code, ran.out) == (2, "")
    assert "--token-stdin" in ran.err
    assert daemon.token not in ran.err
    assert kept(daemon) is None


@pytest.mark.parametrize(
    "words",
    [
        *("whoami", "logout", "token list", "token rotate", "token revoke", "token info", "token create"),
        *("service-account revoke", "record", "thread show", "identity show", "namespace update --active"),
        *("thread list --endpoint", "thread list --limit", "emit --act", "query --filter", "fly"),
        *("service-account create x --scope", "service-account create x --expires", "thread verify --file"),
    ],
)
def test_a_token_in_a_wrong_place_is_not_repeated(capsys: Capture, daemon: LocalDaemon, words: str) -> None:
    """Wherever a token lands by a slip, it is refused and no message shows it."""
    for json_or_not in ([], ["--json"]):
        ran = spl(capsys, *words.split(), daemon.token, *json_or_not)
        assert ran.code != 0
        assert daemon.token not in ran.out + ran.err
        assert "spl: " in ran.err


def test_a_token_is_typed_without_echo(daemon: LocalDaemon, tmp_path: Path) -> None:
    """On a terminal the token is asked for, and what is typed does not appear."""
    # `pty.spawn` in a process of its own: this one has threads, and must not fork.
    code = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = [sys.executable, "-c", code, sys.executable, "-m", "syncropel.cli", "login"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        shown = b""
        while b"token for" not in shown or not shown.endswith(b": "):
            piece = os.read(process.stdout.fileno(), 1024)
            assert piece, shown
            shown += piece
        process.stdin.write(daemon.token.encode() + b"\n")
        process.stdin.flush()
        shown += process.stdout.read()
        assert process.wait(timeout=30) == 0, shown
    assert b"logged in" in shown
    assert daemon.token.encode() not in shown
    assert kept(daemon) == daemon.token


def test_without_a_terminal_the_pipe_is_told(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that cannot be asked is told of `--token-stdin`; an empty pipe is a usage error."""
    monkeypatch.setattr(secret, "hidden", lambda question: None)
    ran = spl(capsys, "login")
    assert ran.code == 2
    assert "--token-stdin" in ran.err
    for text in (b"\n", b"two words\n"):
        monkeypatch.setattr(sys, "stdin", Stdin(text))
        assert spl(capsys, "login", "--token-stdin").code == 2


def test_a_token_of_the_environment_is_saved(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`spl token save` keeps what SPL_TOKEN holds, or takes another by a pipe."""
    monkeypatch.setenv("SPL_TOKEN", daemon.token)
    assert spl(capsys, "token", "save").code == 0
    assert kept(daemon) == daemon.token
    other = daemon.kernel.mint(scopes=("records:read",))
    monkeypatch.setattr(sys, "stdin", Stdin(other.encode()))
    assert "records:read" in spl(capsys, "token", "save", "--token-stdin").out
    assert kept(daemon) == other


def test_the_environment_comes_before_what_is_kept(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--token` wins over the environment, the environment over the login; the doctor says which it is."""
    login(capsys, monkeypatch, daemon.token)
    assert "present (from spl login)" in spl(capsys, "doctor").out
    reader = daemon.kernel.mint(scopes=("records:read",))
    monkeypatch.setenv("SPL_TOKEN", reader)
    facts = json.loads(spl(capsys, "whoami", "--json").out)
    assert (facts["scopes"], facts["token"]) == (["records:read"], "SPL_TOKEN")
    facts = json.loads(spl(capsys, "whoami", "--token", daemon.token, "--json").out)
    assert (facts["scopes"], facts["token"]) == (["admin"], "the command line")


def test_a_kept_token_goes_to_its_daemon_only(
    capsys: Capture, daemon: LocalDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another endpoint gets no token of this one."""
    login(capsys, monkeypatch, daemon.token)
    with LocalDaemon("memory:", auth=True) as other:
        facts = spl(capsys, "whoami", "--endpoint", other.url)
    assert facts.code == 1
    assert "needs a token" in facts.err


def test_a_token_in_plain_http_is_warned_about(capsys: Capture, daemon: LocalDaemon) -> None:
    """A token that goes to another machine without TLS gives one line on stderr, before whatever comes."""
    endpoint = "http://192.0.2.77:9"
    ran = spl(capsys, "thread", "list", "--endpoint", endpoint, "--token", daemon.token, "--timeout", "0.05")
    warning, failure = ran.err.splitlines()
    assert "192.0.2.77 travels in plain HTTP" in warning
    assert "spl serve" in failure
    assert (ran.code, ran.out) == (3, "")
