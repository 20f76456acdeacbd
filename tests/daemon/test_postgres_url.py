"""The URL of a PostgreSQL store: what it may say, and that its password is shown nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.daemon.errors import DaemonError
from syncropel.daemon.settings import Settings
from syncropel.daemon.store_url import Database, parse_store

SECRET = "pa%24%40sw0rd"


def database(url: str) -> Database:
    """Return what a URL names."""
    found = parse_store(url).database
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("url", "shown", "conninfo"),
    [
        ("postgresql://", "postgresql://", "postgresql://"),
        ("postgres://h/db", "postgresql://h/db", "postgresql://h/db"),
        (f"postgresql://u:{SECRET}@h/db", "postgresql://u@h/db", f"postgresql://u:{SECRET}@h/db"),
        (f"postgresql://:{SECRET}@h/db", "postgresql://h/db", f"postgresql://:{SECRET}@h/db"),
        (
            f"postgresql://u@a:1,[::1]:2/db?schema=x&sslpassword={SECRET}&sslmode=require",
            "postgresql://u@a:1,[::1]:2/db?sslmode=require&schema=x",
            f"postgresql://u@a:1,[::1]:2/db?sslpassword={SECRET}&sslmode=require",
        ),
        (
            f"postgresql:///db?host=/run/pg&password={SECRET}",
            "postgresql:///db?host=/run/pg",
            f"postgresql:///db?host=/run/pg&password={SECRET}",
        ),
    ],
)
def test_what_is_shown_and_what_the_driver_gets(url: str, shown: str, conninfo: str) -> None:
    """The driver gets all but our own option, people all but the password; both lead back to the store."""
    location, found = parse_store(url), database(url)
    assert (location.url, str(location), found.conninfo) == (shown, shown, conninfo)
    assert location.durable
    assert location.path is None
    assert parse_store(found.given) == location
    assert database(found.given).conninfo == conninfo
    assert database(shown).mark == found.mark
    assert found.has_secret == (SECRET in url)
    assert SECRET not in repr(location)
    if found.has_secret:
        assert found.hide(f"cannot connect with {SECRET} and pa$@sw0rd") == "cannot connect with *** and ***"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql:{SECRET}",
        f"postgresql://u:{SECRET}/db",
        f"postgresql://u:{SECRET}/x@h/db",
        f"postgresql://u:{SECRET}@x@h/db",
        f"postgresql://u:{SECRET} @h/db",
        f"postgresql://u:{SECRET}%@h/db",
        f"postgresql://u:{SECRET}#@h/db",
        f"postgresql://u:{SECRET}@h/db?schema=Records",
        f"postgresql://u:{SECRET}@h/db?schema=pg_mine",
        f"mysql://u:{SECRET}@h/db",
    ],
)
def test_a_refused_url_is_not_repeated(url: str) -> None:
    """Where the form is wrong nobody knows which part is the password, so the one line shows none of it."""
    with pytest.raises(DaemonError, match=r"PostgreSQL URL|schema|not understood") as caught:
        parse_store(url)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@given(inner=st.text(alphabet="ab1%:/@?#&= .-", max_size=8), digits=st.booleans())
def test_no_password_is_ever_shown(inner: str, digits: bool) -> None:
    """Whatever is written between the name and the host: it is refused, or shown nowhere."""
    password = f"{4711 if digits else 'Zq'}{inner}9w"
    url = f"postgresql://name:{password}@server:5432/records"
    try:
        shown = repr(parse_store(url))
    except DaemonError as error:
        shown = str(error)
    else:
        assert parse_store(url).url == "postgresql://name@server:5432/records"
    assert password not in shown


def test_a_daemon_in_the_background_is_handed_the_password_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its command line names the store without it; its environment has the whole, for this store alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    url = f"postgresql://u:{SECRET}@h/db?schema=x"
    settings = Settings.resolve(store=url, port=9300, environ={})
    assert SECRET not in " ".join(settings.arguments())
    words = settings.arguments()
    shown = words[words.index("--store") + 1]
    again = Settings.resolve(store=shown, port=9300, environ=settings.environment())
    assert again.store == settings.store
    assert again.store.database is not None
    assert again.store.database.conninfo == database(url).conninfo
    other = Settings.resolve(store="postgresql://u@elsewhere/db", environ=settings.environment())
    assert other.store.url == "postgresql://u@elsewhere/db"
    assert settings.state_path.parent == tmp_path / "syncropel"
    assert settings.state_path.name.endswith("-9300.daemon.json")
    assert settings.log_path.name.endswith("-9300.daemon.log")


@pytest.mark.parametrize("text", ["soon", "0.5", "nan", "inf", "100000"])
def test_a_lease_is_a_second_to_a_day(text: str) -> None:
    """What a lease cannot be is refused by name."""
    with pytest.raises(DaemonError, match="SYNCROPEL_LEASE_SECONDS"):
        Settings.resolve(store="memory:", environ={"SYNCROPEL_LEASE_SECONDS": text})
    environ = {"SYNCROPEL_LEASE_SECONDS": "2.5"}
    assert Settings.resolve(store="memory:", environ=environ).lease_seconds == 2.5


def test_without_the_driver_one_line_says_what_to_install(tmp_path: Path) -> None:
    """An installation without the extra refuses the store by name, with exit code 2 and nothing secret."""
    code = "import sys; sys.modules['psycopg'] = None; from syncropel.daemon.__main__ import main; "
    code += f"sys.exit(main(['--port', '0', '--store', 'postgresql://u:{SECRET}@h/db']))"
    environ = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    words = [sys.executable, "-c", code]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env=environ)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "pip install 'syncropel[postgres]'" in line
    assert SECRET not in line
