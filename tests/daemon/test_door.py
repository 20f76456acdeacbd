"""Starting on an address that others reach: refused with the commands that mend it, and they do."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon import process
from syncropel.daemon.__main__ import main
from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.settings import Settings
from syncropel.rules.tokens import new_account_id, new_token, token_id
from tests.support.daemons import Daemon, wait_for
from tests.support.pki import Pki, make_pki, private_pem
from tests.support.sockets import JSON_HEADERS, Connection, Watch, exchange, record, split_answer


def environ(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing of this machine's own configuration counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCROPEL_", "SPL_"))}
    folders = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    return {**kept, **folders}


def bootstrap_body() -> bytes:
    """Return a request for a first account with a token of the caller's own choice."""
    account = new_account_id()
    token = {
        "token_id": token_id(new_token("prod", account)),
        "env_tag": "prod",
        "created_at": int(time.time()),
    }
    body = {"service_account_id": account, "display_name": "stranger", "with_token": token}
    return json.dumps(body).encode()


def spl(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "syncropel.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environ(folder),
        cwd=folder,
    )


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Start a daemon that must not start; return what it says."""

    def start(*words: str) -> str:
        assert main(list(words)) == 2
        return capsys.readouterr().err

    return start


def test_without_an_account_it_refuses_with_two_commands_that_work_when_typed(tmp_path: Path) -> None:
    """On 0.0.0.0 with an empty store: one reason, two lines to copy; then a stranger still needs a token."""
    store = f"sqlite:///{tmp_path}/with space.db"
    ended = spl(["serve", "--host", "0.0.0.0", "--port", "0", "--store", store], tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    reason, *commands = ended.stderr.splitlines()
    assert "0.0.0.0" in reason
    assert "no account" in reason
    bootstrap, serve = [shlex.split(command) for command in commands]
    assert bootstrap == ["spl", "service-account", "bootstrap", "--store", store]
    assert serve[:2] == ["spl", "serve"]
    made = spl(bootstrap[1:], tmp_path)
    assert made.returncode == 0, made.stderr
    token = next(word for word in made.stdout.split() if word.startswith("spl_"))
    running = subprocess.Popen(
        [sys.executable, "-m", "syncropel.cli", *serve[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ(tmp_path),
        cwd=tmp_path,
    )
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http://"))
        with Connection(url) as stranger:
            assert stranger.get("/health").status == 200
            assert stranger.get("/v1/threads").status == 401
            again = stranger.request("POST", "/v1/bootstrap/service-account", bootstrap_body(), JSON_HEADERS)
            assert (again.status, again.body["code"]) == (409, "BOOTSTRAP_CLOSED")
        with Connection(url, token=token) as known:
            assert known.emit(record()).status == 201
            assert known.get("/v1/threads/th_test").status == 200
    finally:
        running.terminate()
        _, errors = running.communicate(timeout=30)
    assert errors.count("plain HTTP on 0.0.0.0") == 1
    assert token not in errors


def test_a_daemon_in_the_background_refuses_with_the_same_words(tmp_path: Path) -> None:
    """The reason and both commands reach whoever started it."""
    settings = Settings.resolve(host="0.0.0.0", port=0, store=f"sqlite:///{tmp_path}/a.db", environ={})
    with pytest.raises(Exception, match="no account") as caught:
        process.start(settings)
    assert [line.split()[0] for line in str(caught.value).splitlines()[1:]] == ["spl", "spl"]


def test_a_revoked_account_does_not_open_the_door(tmp_path: Path, refused: Callable[..., str]) -> None:
    """Only an account that can enter counts."""
    store = f"sqlite:///{tmp_path}/a.db"
    with LocalDaemon(store, auth=True) as daemon, Connection(daemon.url, token=daemon.token) as connection:
        account = connection.get("/v1/identity").body["service_account_id"]
        assert connection.request("DELETE", f"/v1/service-accounts/{account}").status == 200
    assert "no account" in refused("--host", "0.0.0.0", "--port", "0", "--store", store)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--no-auth", "--host", "0.0.0.0"], "--no-auth and --host 0.0.0.0 exclude each other"),
        (["--insecure-localhost", "--host", "0.0.0.0"], "--no-auth and --host 0.0.0.0 exclude each other"),
        (["--host", "0.0.0.0", "--require-tls"], "--require-tls forbids plain HTTP"),
        (["--host", "0.0.0.0"], "a store in memory begins without any"),
        (["--host", "example.org"], "not a numeric address"),
        (["--tls-cert", "x.pem"], "go together"),
        (["--cors-origin", "*"], "not an origin"),
        (["--rate-limit", "-1"], "--rate-limit"),
    ],
)
def test_what_would_let_strangers_in_is_refused_in_one_line(
    words: list[str], said: str, refused: Callable[..., str]
) -> None:
    """A wrong or dangerous option ends the daemon before anything listens."""
    message = refused(*words, "--port", "0", "--store", "memory:")
    assert said in message
    assert message.count("\n") == 1


def test_files_that_are_no_certificate_are_refused_in_one_line(tmp_path: Path) -> None:
    """Missing, no PEM, of two servers, encrypted: each is said, and nobody is asked for a passphrase."""
    pki = make_pki(tmp_path)
    (tmp_path / "other").mkdir()
    other = make_pki(tmp_path / "other")
    (tmp_path / "text.pem").write_text("hello\n")
    (tmp_path / "text.pem").chmod(0o600)
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(_encrypted(pki))
    encrypted.chmod(0o600)
    cases = {
        (tmp_path / "none.pem", pki.key): "cannot be read: No such file",
        (pki.certificate, tmp_path): "cannot be read: Is a directory",
        (pki.certificate, tmp_path / "text.pem"): "must be PEM",
        (tmp_path / "text.pem", pki.key): "must be PEM",
        (pki.certificate, other.key): "do not belong together",
        (pki.certificate, encrypted): "is encrypted",
    }
    for (certificate, key), said in cases.items():
        with pytest.raises(Exception, match=said) as caught, LocalDaemon(tls_cert=certificate, tls_key=key):
            pass
        assert "\n" not in str(caught.value)


def _encrypted(pki: Pki) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pki.key.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return private_pem(key, b"secret")


def test_tls_end_to_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Records travel through it; plain HTTP on the same port gets nothing; a key that others read is told."""
    pki = make_pki(tmp_path)
    pki.key.chmod(0o644)
    with LocalDaemon(tls_cert=pki.certificate, tls_key=pki.key) as daemon:
        assert daemon.url.startswith("https://127.0.0.1:")
        assert f"chmod 600 {pki.key}" in caplog.text
        with Connection(daemon.url, tls=pki.client_context()) as connection:
            assert connection.emit(record()).status == 201
        with socket.create_connection(("127.0.0.1", int(daemon.url.rpartition(":")[2])), timeout=20) as plain:
            plain.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                answer = plain.recv(100)
            assert not answer.startswith(b"HTTP")


def test_a_background_daemon_with_tls_is_found_and_shown(tmp_path: Path) -> None:
    """`--status` knows that it answers, and says who may enter."""
    pki = make_pki(tmp_path, "records.example")
    store = f"sqlite:///{tmp_path}/a.db"
    words = [
        "--port",
        "0",
        "--store",
        store,
        "--auth",
        "--tls-cert",
        str(pki.certificate),
        "--tls-key",
        str(pki.key),
    ]
    try:
        started = spl(["serve", "--daemon", *words], tmp_path)
        assert started.returncode == 0, started.stderr
        shown = spl(["serve", "--status", "--store", store], tmp_path)
        assert shown.returncode == 0
        assert "tokens needed, TLS" in shown.stdout
        assert '"auth": true' in spl(["serve", "--status", "--store", store, "--json"], tmp_path).stdout
    finally:
        spl(["serve", "--stop", "--store", store], tmp_path)


def test_tokens_outlive_a_restart_and_a_second_key_ends_them(tmp_path: Path) -> None:
    """The key beside the store makes them valid: again after a restart, no more with another key."""
    store = f"sqlite:///{tmp_path}/a.db"
    with LocalDaemon(store, auth=True) as daemon:
        token = daemon.token
    with LocalDaemon(store, auth=True) as daemon, Connection(daemon.url, token=token) as connection:
        assert connection.get("/v1/threads").status == 200
    (tmp_path / "a.db.token-key").unlink()
    with LocalDaemon(store, auth=True) as daemon, Connection(daemon.url, token=token) as connection:
        assert connection.get("/v1/threads").status == 401


def test_a_token_is_valid_after_the_daemon_was_killed_right_after_it_was_made(tmp_path: Path) -> None:
    """What was shown once is on disk before it is shown."""
    store = f"sqlite:///{tmp_path}/a.db"
    with LocalDaemon(store, auth=True) as first:
        admin = first.token
    daemon = Daemon(store, environ={"SYNCROPEL_AUTH": "1"})
    try:
        with Connection(daemon.url, token=admin) as connection:
            body = b'{"name": "worker", "scopes": ["records:read"]}'
            made = connection.request(
                "POST", "/v1/service-accounts", body, {"content-type": "application/json"}
            )
            assert made.status == 201, made
    finally:
        daemon.kill()
    again = Daemon(store, environ={"SYNCROPEL_AUTH": "1"})
    try:
        with Connection(again.url, token=made.body["api_key"]) as connection:
            assert connection.get("/v1/threads").status == 200
    finally:
        again.terminate()


def test_the_key_of_the_tokens_is_for_its_owner_alone(tmp_path: Path, refused: Callable[..., str]) -> None:
    """It is made 0600; one that others can read is refused with what mends it, as is any other content."""
    store = f"sqlite:///{tmp_path}/a.db"
    with LocalDaemon(store, auth=True):
        pass
    key = tmp_path / "a.db.token-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".token-key")] == [key.name]
    key.chmod(0o640)
    message = refused("--port", "0", "--store", store)
    assert f"chmod 600 {key}" in message
    key.chmod(0o600)
    key.write_text("short\n")
    assert "does not hold the key of the tokens" in refused("--port", "0", "--store", store)


def test_two_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    """Whoever makes the file first gives it to both; neither overwrites it."""
    code = "import sys; from syncropel.daemon.token_key import token_key as key; "
    code += "from syncropel.daemon.settings import Settings; from syncropel.kernel.store.memory import *; "
    code += "settings = Settings.resolve(store=sys.argv[1], environ={}); sys.stdin.readline(); "
    code += "print(key(settings, MemoryStore()).hex())"
    words = [sys.executable, "-c", code, f"sqlite:///{tmp_path}/a.db"]
    both = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for one in both:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    found = {one.communicate(timeout=60)[0].strip() for one in both}
    assert len(found) == 1
    assert len(found.pop()) == 64


def test_a_revoked_token_ends_its_stream(tmp_path: Path) -> None:
    """A watcher whose token is revoked is told within seconds, and gets no record that came after."""
    with LocalDaemon(auth=True, heartbeat_seconds=0.1) as daemon:
        token = daemon.kernel.mint(("records:read",), name="watcher")
        with (
            Connection(daemon.url, token=daemon.token) as admin,
            Watch(daemon.url, "th_test", token=token) as watch,
        ):
            assert watch.next().name == "heartbeat"
            accounts = admin.get("/v1/service-accounts").body
            account = next(one["id"] for one in accounts if one["name"] == "watcher")
            assert admin.request("DELETE", f"/v1/service-accounts/{account}").status == 200
            last = list(watch.events())[-1]
        assert (last.name, last.data["code"]) == ("error", "auth_required")
        wait_for(lambda: daemon.watchers == 0, "the end of the stream")


def test_too_many_requests_of_a_token_wait(tmp_path: Path) -> None:
    """Beyond its rate a token gets 429 with `retry-after`; another token's requests are its own."""
    with LocalDaemon(auth=True, rate_limit=1.0) as daemon:
        other = daemon.kernel.mint(name="other")
        with Connection(daemon.url, token=daemon.token) as connection:
            answers = [connection.get("/v1/threads") for _ in range(10)]
        refused = [answer for answer in answers if answer.status == 429]
        assert answers[0].status == 200
        assert refused
        assert refused[0].body["code"] == "RATE_LIMITED"
        assert int(refused[0].headers["retry-after"]) >= 1
        with Connection(daemon.url, token=other) as connection:
            assert connection.get("/v1/threads").status == 200


def test_a_strangers_large_body_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """The head is enough to say no: of a body that was only announced, nothing needs to come."""
    with LocalDaemon(auth=True, read_seconds=60.0) as daemon:
        address = ("127.0.0.1", int(daemon.url.rpartition(":")[2]))
        waits = ["expect: 100-continue", "", ""]
        for token, code in (
            ("nobody", "AUTH_REQUIRED"),
            (daemon.kernel.mint(("records:read",)), "SCOPE_FORBIDDEN"),
        ):
            for size in ("content-length: 1000000", "transfer-encoding: chunked"):
                lines = ["POST /v1/records HTTP/1.1", "host: a", f"x-api-key: {token}", size, *waits]
                answer = split_answer(exchange(address, "\r\n".join(lines).encode()))
                assert answer.body["code"] == code
        large = record(body={"kind": "a.b.c", "text": "x" * 500_000})
        with Connection(daemon.url, token=daemon.token) as connection:
            assert connection.emit(large).status == 201
        with Connection(daemon.url) as connection:
            assert connection.emit(large).status == 401


def test_repeated_credentials_are_refused(tmp_path: Path) -> None:
    """Which of two tokens counts is not for the daemon to guess, nor which of two hosts."""
    with LocalDaemon(auth=True) as daemon:
        address = ("127.0.0.1", int(daemon.url.rpartition(":")[2]))
        for name in ("authorization: Bearer", "x-api-key:"):
            lines = ["GET /v1/threads HTTP/1.1", "host: a", "connection: close", f"{name} x"]
            head = "\r\n".join([*lines, f"{name} {daemon.token}", "", ""])
            answer = split_answer(exchange(address, head.encode()))
            assert (answer.status, answer.body["code"]) == (400, "INVALID_REQUEST")


def test_a_database_that_does_not_say_who_calls_keeps_the_others_not_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it is asked about one caller's token and does not answer, the event loop serves whoever comes."""
    asked, answers = threading.Event(), threading.Event()
    with LocalDaemon(auth=True) as daemon, Connection(daemon.url, token=daemon.token) as first:
        assert first.emit(record()).status == 201
        store = daemon.kernel.store
        read = store.read

        def slow(work: Any) -> Any:
            asked.set()
            assert answers.wait(20)
            return read(work)

        monkeypatch.setattr(store, "quick", False)
        monkeypatch.setattr(store, "read", slow)
        daemon.kernel._gate.forget()
        host, port = daemon.url.removeprefix("http://").split(":")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(first.emit, record())
            assert asked.wait(20)
            other = exchange((host, int(port)), b"no HTTP\r\n\r\n", timeout=5)
            answers.set()
            assert (split_answer(other).status, waiting.result(20).status) == (400, 201)
