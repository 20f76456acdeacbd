"""What holds for every verb: help, shared options, exit codes, completion, interruption."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from syncropel import errors
from syncropel.cli import exits
from syncropel.cli.app import program
from syncropel.cli.verbs import SHARED
from tests.cli.running import Stdin, spl, spl_process
from tests.support.servers import answer, scripted

Capture = pytest.CaptureFixture[str]


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every verb."""
    command = command or program()
    for name, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from verbs(child, (*path, name))
        else:
            yield (*path, name)


EXPECTED = {
    "actor add",
    "actor list",
    "backup",
    "compact",
    "decisions decide",
    "decisions list",
    "doctor",
    "emit",
    "export jsonl",
    "identity export",
    "identity new",
    "identity rotate",
    "identity show",
    "import git",
    "import jsonl",
    "inbox accept",
    "inbox answer",
    "inbox decline",
    "inbox list",
    "infer",
    "kind check",
    "kv cas",
    "kv decr",
    "kv del",
    "kv exists",
    "kv expire",
    "kv get",
    "kv incr",
    "kv keys",
    "kv mget",
    "kv mset",
    "kv persist",
    "kv scan",
    "kv set",
    "kv stats",
    "kv ttl",
    "login",
    "logout",
    "namespace create",
    "namespace list",
    "namespace update",
    "outbox drop",
    "outbox flush",
    "outbox list",
    "outbox path",
    "outbox retry",
    "outbox show",
    "pub",
    "query",
    "queue ack",
    "queue consume",
    "queue create",
    "queue dead",
    "queue delete",
    "queue extend",
    "queue list",
    "queue nack",
    "queue publish",
    "queue purge",
    "queue redrive",
    "queue stats",
    "queue top",
    "queue work",
    "record",
    "ref",
    "restore",
    "serve",
    "service-account bootstrap",
    "service-account create",
    "service-account list",
    "service-account revoke",
    "service-account rotate-key",
    "stream create",
    "stream delete",
    "stream list",
    "stream publish",
    "stream read",
    "stream stats",
    "stream tail",
    "sub",
    "thread list",
    "thread show",
    "thread verify",
    "thread watch",
    "token create",
    "token info",
    "token list",
    "token revoke",
    "token rotate",
    "token save",
    "trust",
    "validate",
    "verdict",
    "version",
    "whoami",
}


def test_all_the_verbs_are_there() -> None:
    """The command line has the verbs it promises, and no other."""
    assert {" ".join(path) for path in verbs()} == EXPECTED


@pytest.mark.parametrize("path", sorted(verbs()), ids=" ".join)
def test_every_verb_explains_itself(capsys: Capture, path: tuple[str, ...]) -> None:
    """Each verb's help has a sentence, examples that call it, the shared options, and no emoji."""
    ran = spl(capsys, *path, "--help")
    assert ran.code == 0
    assert "Example" in ran.out
    assert f"$ spl {path[0]}" in ran.out
    assert max(ran.out) < "\u3000"
    assert all(f"--{name.replace('_', '-')}" in ran.out for name in SHARED)


@pytest.mark.parametrize("words", [[], ["--help"], ["thread"], ["import"], ["kind"]], ids=" ".join)
def test_a_group_alone_prints_its_help(capsys: Capture, words: list[str]) -> None:
    """Without a verb the help is shown, and that is no failure."""
    ran = spl(capsys, *words)
    assert ran.code == 0
    assert "Usage" in ran.out


def test_the_exit_codes_are_in_the_help(capsys: Capture) -> None:
    """Every exit code and its meaning is printed by `spl --help`."""
    shown = " ".join(spl(capsys, "--help").out.split())
    for code, meaning in exits.MEANINGS.items():
        assert f"{code} {meaning}" in shown


def test_a_usage_error_is_one_line_with_the_way_to_the_help(capsys: Capture) -> None:
    """An unknown verb, an unknown option and a missing argument each give exit code 2 and one line."""
    for words in (["fly"], ["version", "--fast"], ["emit", "PUT"], ["query", "--limit", "many"]):
        ran = spl(capsys, *words)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("\n") == 1
        assert "--help" in ran.err


def test_shared_options_may_stand_before_or_after_the_verb(capsys: Capture) -> None:
    """`spl --json version` and `spl version --json` are the same."""
    assert spl(capsys, "--json", "version") == spl(capsys, "version", "--json")


def test_the_option_nearer_to_the_verb_wins(capsys: Capture) -> None:
    """An endpoint after the verb overrides one before it."""
    ran = spl(capsys, "--endpoint", "nonsense", "query", "--endpoint", "also nonsense")
    assert ran.code == 2
    assert "also nonsense" in ran.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.KindError("x"), 2),
        (errors.ConfigurationError("x"), 2),
        (errors.MissingExtraError("x", "y"), 2),
        (errors.ValidationError("a.b.c", []), 1),
        (errors.NotFoundError(404, "x"), 1),
        (errors.ServerError(500, "x"), 1),
        (errors.DecodeError("x"), 1),
        (errors.ClosedError("x"), 1),
        (errors.TransportError("x"), 3),
        (errors.RequestTimeout("x"), 3),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error: errors.SyncropelError, code: int) -> None:
    """The caller's slips give 2, refusals 1, silence 3; the last one says how to start a daemon."""
    assert exits.code_of(error) == code
    assert ("spl serve" in exits.line_of(error)) == (code == 3)


def test_commands_to_type_stand_on_lines_of_their_own() -> None:
    """An error is one line, but for the commands it proposes: each can be copied as it stands."""
    error = errors.ConfigurationError("it cannot\nstart:\n  spl serve --host 0.0.0.0\n  spl whoami")
    assert exits.line_of(error) == "it cannot start:\n  spl serve --host 0.0.0.0\n  spl whoami"


def test_what_is_no_daemon_is_told(capsys: Capture) -> None:
    """Where something else answers, be it with success, the exit code is 1 and one line says so."""
    row = {"act": "PUT", "actor": "a", "body": {"kind": "a.b.c", "_v": 1}, "clock": 1, "thread": "t"}
    page = "<html>\n  <h1>Log in</h1>"
    for status in (200, 404):
        with scripted(*[answer(status, page)] * 9) as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("SYNCROPEL_ENDPOINT", server.url)
            patch.setattr("sys.stdin", Stdin(json.dumps(row).encode()))
            for words in (
                ["emit", "PUT", "a.b.c", "-t", "t"],
                ["import", "jsonl", "-"],
                ["query"],
                ["kv", "get", "k"],
            ):
                ran = spl(capsys, *words)
                assert (ran.code, "no Syncropel daemon answers so" in ran.err) == (1, True), ran
                assert ran.err.count("\n") == 1


def test_a_connection_that_fails_for_its_certificate_is_no_daemon_away() -> None:
    """Where a daemon answers and TLS fails, starting one is no advice."""
    error = errors.TransportError(
        "ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] (trust it by SSL_CERT_FILE)"
    )
    assert exits.code_of(error) == exits.UNREACHABLE
    assert exits.line_of(error) == str(error)


def test_help_is_quick() -> None:
    """`spl --help` loads neither the HTTP library nor the daemon nor the generated code."""
    code = (
        "import sys; from syncropel.cli import main; code = main(['--help']);"
        "heavy = {'httpx', 'attrs', 'starlette', 'uvicorn', 'jsonschema', 'sqlite3', 'syncropel_generated'};"
        "heavy |= {'cryptography', 'joserfc'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


def test_a_verb_does_not_wait_for_the_others() -> None:
    """Of the modules that declare verbs, a run imports those of its own word and what they need."""
    code = (
        "import sys; from syncropel.cli import main; from syncropel.cli.app import CATALOGUE;"
        "every = {each for words in CATALOGUE.values() for modules in words.values() for each in modules};"
        "main(['version']); print(sorted(each for each in every if f'syncropel.cli.{each}' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[1:] == ["['version']"]


def test_the_version_is_an_option_too(capsys: Capture) -> None:
    """`spl --version` prints what `spl version` prints."""
    assert spl(capsys, "--version") == spl(capsys, "version")
    assert spl(capsys, "--version").code == 0


def test_without_the_extra_one_line_says_what_to_install() -> None:
    """An installation without typer gets a line and exit code 2, not a traceback."""
    code = (
        "import sys; sys.modules['typer'] = None; from syncropel.cli import main; sys.exit(main(['version']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'syncropel[cli]'" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_gets_a_completion_script(shell: str) -> None:
    """`--show-completion` prints a script that asks the program itself."""
    done = spl_process("--show-completion", shell)
    assert done.returncode == 0
    assert "_SPL_COMPLETE" in done.stdout


def test_completion_knows_the_verbs() -> None:
    """Asked by the shell, the program offers the verbs that begin so."""
    asked = {"_SPL_COMPLETE": "complete_bash", "COMP_WORDS": "spl ver", "COMP_CWORD": "1"}
    assert spl_process(environ=asked).stdout.split() == ["version", "verdict"]


def test_an_interruption_ends_with_130_and_one_line() -> None:
    """Ctrl-C while a verb waits for its input gives exit code 130 and no traceback."""
    command = [sys.executable, "-m", "syncropel.cli", "validate", "core.alias", "-"]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdin is not None
        _until_waiting(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "spl: interrupted\n")


def _until_waiting(pid: int) -> None:
    """Return once the process has loaded the validator's input code, that is, reads from its stdin."""
    import psutil

    from tests.support.daemons import wait_for

    watched = psutil.Process(pid)
    wait_for(
        lambda: watched.status() == psutil.STATUS_SLEEPING and watched.cpu_times().user > 0.1, "the reading"
    )
