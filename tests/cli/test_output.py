"""Where output goes: closed pipes, full disks, terminals without Unicode, and text that would steer one."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from syncropel.cli import session
from syncropel.cli.harmless import harmless, printable
from tests.cli.running import spl_process

ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
COMMAND = [sys.executable, "-m", "syncropel.cli"]


def into(stdout: IO[str], *words: str) -> tuple[int, str]:
    """Run the command line into a file; return its exit code and what it says on stderr."""
    done = subprocess.run([*COMMAND, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def on_a_terminal(*words: str) -> str:
    """Run the command line on a terminal and return what it shows."""
    ours, theirs = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    with subprocess.Popen([*COMMAND, *words], stdout=theirs, env={**environ, "TERM": "xterm"}) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the other side is closed
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        assert process.wait(30) == 0
    return shown.decode()


def test_a_reader_that_leaves_is_no_failure() -> None:
    """Output into a closed pipe ends quietly, for a plain answer and for a help text."""
    for words in (["ref", "list"], ["--help"], ["ref", "list", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            assert into(pipe, *words) == (0, "")


def test_an_answer_that_cannot_be_written_is_a_failure() -> None:
    """Output onto a full disk ends with exit code 1 and one line, for a plain answer and for a help text."""
    for words in (["version"], ["--help"], ["ref", "list", "--json"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            code, said = into(full, *words)
        assert code == 1
        assert said == "spl: the answer cannot be written: No space left on device\n"


def test_a_closed_stdout_is_no_failure() -> None:
    """A caller that closes all three streams gets the exit code, and nothing else."""
    for words, code in ((["version"], 0), (["kind", "check", "nonsense"], 1), (["--help"], 0), (["fly"], 2)):
        closing = 'exec "$@" <&- >&- 2>&-'
        done = subprocess.run(["sh", "-c", closing, "sh", *COMMAND, *words], check=False)
        assert done.returncode == code


def test_a_reader_of_complaints_that_leaves_changes_no_exit_code() -> None:
    """What cannot be told on stderr is left out; the exit code stays."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run([*COMMAND, "ref", "nothing"], stderr=pipe, check=False)
    assert done.returncode == 2


def test_json_output_is_ascii_where_the_terminal_is() -> None:
    """A terminal without Unicode gets escapes instead of a traceback."""
    done = spl_process("ref", "social_person", "email=é@example.com", "--json", environ=ASCII)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["id"] == "email:é@example.com"


def test_text_is_ascii_where_the_terminal_is() -> None:
    """Lines and tables for people have escapes in place of what their terminal cannot show."""
    line = spl_process("kind", "check", "é.b.c", environ=ASCII)
    assert (line.returncode, line.stderr) == (1, "")
    assert "\\xe9.b.c" in line.stdout
    table = spl_process("validate", "core.alias", '{"é": 1}', environ=ASCII)
    assert (table.returncode, table.stdout.isascii()) == (1, True)


def test_no_color_is_for_help_texts_too() -> None:
    """A help text on a terminal has colours; with `--no-color` it has none, wherever the option stands."""
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    for words, coloured in ((["kv", "--help"], True), (["--no-color", "kv", "--help"], False)):
        shown = on_a_terminal(*words)
        assert "Usage" in shown
        assert (colour.search(shown) is not None) == coloured


def test_text_of_others_cannot_steer_the_terminal() -> None:
    """Escape sequences and direction marks are shown, not obeyed; ordinary text stays as it is."""
    assert printable("a\x1b[31m\u202eb\x9bc\n") == "a\\x1b[31m\\u202eb\\x9bc "
    assert harmless("a\x1b[31m\n\tb\r") == "a\\x1b[31m\n\tb\\r"
    assert printable("日本 é") == harmless("日本 é") == "日本 é"


def test_lines_with_text_of_others_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said on a terminal and what is complained of have no escape sequences; a pipe gets the text."""
    run, hostile = session.Session(session.Globals()), "Turn \x1b]0;left\x07\nor right"
    run.say(hostile)
    run.note(hostile)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    run.say(hostile)
    shown = "Turn \\x1b]0;left\\x07\nor right\n"
    assert capsys.readouterr() == (f"{hostile}\n{shown}", f"spl: {shown}")
