"""The tokens that the login keeps: a private file, one token for each origin, and `api_key="auto"`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from syncropel import ConfigurationError, SyncClient
from syncropel.keys import credentials
from tests.support.colours import Colour
from tests.support.servers import answer, scripted

TOKEN = "spl_prod_sa_aaaaaaaaaaaaaaaa_0123456789abcdefABCDEF0123456789"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of its own, as the platform's library gives it."""
    import platformdirs

    folder = tmp_path / "config"
    monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: folder)
    return folder


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("http://localhost:9100/prefix", "http://localhost:9100"),
        ("HTTP://LocalHost", "http://localhost:80"),
        ("https://h", "https://h:443"),
        ("https://h:443/", "https://h:443"),
        ("http://[::1]:9100", "http://[::1]:9100"),
        ("mock://kernel", "mock://kernel"),
    ],
)
def test_an_origin_is_scheme_host_and_port(endpoint: str, origin: str) -> None:
    """The port is always written, so that two spellings of one origin are one, and paths do not count."""
    assert credentials.origin_of(endpoint) == origin


@pytest.mark.parametrize("endpoint", ["h:9100", "/x", "http://", "http://[::1", "http://h:x"])
def test_what_has_no_origin_is_refused(endpoint: str) -> None:
    """A text that names no host has no credential."""
    with pytest.raises(ConfigurationError, match=r"host|URL"):
        credentials.origin_of(endpoint)


def test_tokens_are_kept_by_origin(home: Path) -> None:
    """One token for each origin, replaced by the next and gone when forgotten; at first there is none."""
    assert credentials.read("http://a:1") is None
    assert credentials.forget("http://a:1") is False
    assert credentials.write("http://a:1", "one") == home / "credentials.json"
    credentials.write("http://b:1", "two")
    credentials.write("http://a:1", "three")
    assert (credentials.read("http://a:1"), credentials.read("http://b:1")) == ("three", "two")
    assert credentials.read("https://a:1") is None
    assert credentials.forget("http://a:1") is True
    assert (credentials.read("http://a:1"), credentials.read("http://b:1")) == (None, "two")


def test_the_file_is_the_owner_s_alone(home: Path) -> None:
    """It is made 0600 in a folder 0700; one open to others is refused with the command that mends it."""
    path = credentials.write("http://a:1", TOKEN)
    assert (path.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o600, 0o700)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match=r"chmod 600 .*credentials\.json") as caught:
        credentials.read("http://a:1")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"{TOKEN} no json",
        "[]",
        "{}",
        '{"format": 2, "tokens": {}}',
        '{"format": 1, "tokens": []}',
        f'{{"format": 1, "tokens": {{"http://a:1": ["{TOKEN}"]}}}}',
    ],
)
def test_a_damaged_file_is_not_guessed_at(home: Path, text: str) -> None:
    """It is neither read nor overwritten, and the message says what to do without showing what it holds."""
    path = credentials.write("http://a:1", "x")
    path.write_text(text)
    for call in (credentials.read, credentials.forget, lambda origin: credentials.write(origin, "new")):
        with pytest.raises(ConfigurationError, match=r"damaged.*spl login") as caught:
            call("http://a:1")
        assert TOKEN not in str(caught.value)
        frames = [frame.frame.f_locals for frame in caught.traceback[1:]]
        assert TOKEN not in repr(frames)
    assert path.read_text() == text


def test_logins_at_once_lose_nothing(home: Path) -> None:
    """Tokens of many origins kept at the same time by threads and another process are all there."""
    script = (
        "import sys; from pathlib import Path; from syncropel.keys import credentials\n"
        "for n in range(20): credentials.write(f'http://p{n}:1', 'x', folder=Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.Popen([sys.executable, "-c", script, str(home)], env=environment)
    threads = [
        threading.Thread(target=lambda n=n: credentials.write(f"http://t{n}:1", "x")) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait(60) == 0
    kept = json.loads((home / "credentials.json").read_text())["tokens"]
    assert len(kept) == 40


def test_auto_sends_what_the_login_keeps(home: Path, colour: Colour) -> None:
    """A client with `api_key="auto"` sends the token of its endpoint's origin, and to that origin alone."""
    with scripted(answer(200, json={"status": "ok"})) as server, scripted(answer(200, json={})) as other:
        credentials.write(credentials.origin_of(server.url), TOKEN)
        client = colour.client(endpoint=server.url + "/prefix", api_key="auto")
        assert colour.call(client.health).ok
        with pytest.raises(ConfigurationError, match=f"spl login --endpoint {other.url}"):
            colour.client(endpoint=other.url, api_key="auto")
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_environment_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` takes `SYNCROPEL_API_KEY`, then `SPL_TOKEN`, and only then the file, which may be missing."""
    monkeypatch.setenv("SPL_TOKEN", "from-spl")
    with SyncClient("http://localhost:1", api_key="auto") as client:
        assert client._settings.api_key == "from-spl"
    monkeypatch.setenv("SYNCROPEL_API_KEY", "from-syncropel")
    with SyncClient("http://localhost:1", api_key="auto") as client:
        assert client._settings.api_key == "from-syncropel"


def test_auto_without_the_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can have been kept, the message names the variables and the line to type."""
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(ConfigurationError, match=r"SYNCROPEL_API_KEY.*pip install 'syncropel\[cli\]'"):
        SyncClient("http://localhost:1", api_key="auto")
