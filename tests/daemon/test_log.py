"""The log shows no secret, however it got there."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.daemon import log
from syncropel.rules.token_shapes import hide_secrets, hide_tokens
from syncropel.rules.tokens import parse_token
from tests.support.daemons import wait_for
from tests.support.sockets import Connection

TOKEN = "spl_prod_sa_abc123def456ghi7_" + "Kd83mQzW" * 4
SECRET = TOKEN.rpartition("_")[2]
JWT = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6a2V5In0.c2lnbmF0dXJlLWJ5dGVz"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /v1/threads?token={TOKEN} 200",
        "GET /v1/threads?x=" + TOKEN.replace("_", "%5F"),
        f"authorization: Bearer {TOKEN}",
        f"(b'x-api-key', b'{TOKEN}')",
        f"prefix{TOKEN},suffix",
        f'{{"api_key": "{SECRET}"}}',
        f"?access_token={SECRET}&since=3",
        f"Authorization: Basic {SECRET}",
    ],
)
def test_a_token_is_taken_out_of_a_line(text: str) -> None:
    """Wherever it stands: header, query string, percent-encoded, quoted."""
    assert parse_token(TOKEN) is not None
    hidden = hide_secrets(text)
    assert SECRET not in hidden
    assert "***" in hidden


def test_a_self_issued_token_is_taken_out_too() -> None:
    """All of it: its last part is what makes it valid."""
    assert hide_secrets(f"refused {JWT}: expired") == "refused ***: expired"


WEB = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@given(st.lists(st.sampled_from(["eyJ", "eyJa", ".", "_", "-", "a", " ", "%"])).map("".join))
def test_web_tokens_are_found_wherever_they_stand(text: str) -> None:
    """What is taken out is what their shape says, read as one pattern."""
    assert hide_tokens(text) == WEB.sub("***", text)


@pytest.mark.parametrize("text", ["eyJ" * 70_000, "eyJ." * 50_000, "spl_a_" * 30_000])
def test_a_text_of_many_beginnings_takes_no_time(text: str) -> None:
    """Anybody may ask for such a path: 200 KB are looked through in less than a second, not in a minute."""
    began = time.process_time()
    assert hide_secrets(text) == text
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    [
        "the token expired 12 s ago",
        "GET /v1/tokens?limit=3 200",
        "GET /v1/threads/a%20b 404",
        "token_id=abc",
        "",
    ],
)
def test_other_lines_stay_as_they_are(text: str) -> None:
    """A log that hides everything helps nobody."""
    assert hide_secrets(text) == text


class Kept(logging.Handler):
    """A handler of somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line and what else a handler can see."""
        self.lines.append(f"{self.format(record)} {record.args!r} {record.exc_info!r}")


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A handler at the root, as another program's."""
    handler = Kept()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)


def test_lines_of_a_daemon_in_another_program_are_clean_there(kept: Kept) -> None:
    """The message, its arguments and a traceback, in whoever's handler."""
    log.guard()
    logger = logging.getLogger("syncropel.daemon")
    logger.warning("refused %s", TOKEN)
    try:
        raise ValueError(f"bad header {TOKEN}")
    except ValueError:
        logger.exception("failed")
    assert len(kept.lines) == 2
    assert "ValueError" in kept.lines[1]
    assert SECRET not in "".join(kept.lines)


def test_a_faulty_call_and_a_plain_traceback_stay_as_they_are(kept: Kept) -> None:
    """What holds no secret keeps its exception; what cannot be formatted is left to the handler."""
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d", ("no number",), None)
    assert log.clean(record)
    assert record.args == ("no number",)
    log.guard()
    try:
        raise ValueError("plain")
    except ValueError:
        logging.getLogger("syncropel.daemon").exception("failed")
    assert "ValueError('plain')" in kept.lines[0]


def test_the_access_log_of_a_daemon_is_clean(tmp_path: Path) -> None:
    """A token in a query string or a header is in no line of the process, with everything logged."""
    code = (
        "import logging, sys; logging.basicConfig(level=1); logging.getLogger('uvicorn.access').setLevel(1)\n"
        "from syncropel.daemon.__main__ import main\n"
        "sys.exit(main(['--port', '0', '--store', 'memory:', '--access-log', '--auth']))"
    )
    with (tmp_path / "err").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        with process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[3]
            with Connection(url, token=TOKEN) as connection:
                assert connection.get(f"/v1/threads?token={TOKEN}&limit=3").status == 401
                assert connection.get(f"/v1/threads/{TOKEN}").status == 401
            wait_for(lambda: "/v1/threads/***" in (tmp_path / "err").read_text(), "the access log's line")
            process.terminate()
    text = (tmp_path / "err").read_text()
    assert "/v1/threads?token=***&limit=3" in text
    assert SECRET not in text
