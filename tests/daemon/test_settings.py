"""How a daemon's settings are found, and which ones are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncropel.daemon.errors import DaemonError
from syncropel.daemon.settings import Settings, StoreLocation, loopback_address, parse_port, parse_store


def test_a_fourth_slash_begins_an_absolute_path(tmp_path: Path) -> None:
    """`sqlite:///` is followed by the path, so an absolute one shows four slashes."""
    assert parse_store(f"sqlite:///{tmp_path}/a.db") == StoreLocation(tmp_path / "a.db")


def test_a_relative_path_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The location is absolute at once, so that a later change of folder does not move the store."""
    monkeypatch.chdir(tmp_path)
    assert parse_store("sqlite:///sub/a.db").path == tmp_path / "sub" / "a.db"


def test_two_names_of_one_file_are_one_store(tmp_path: Path) -> None:
    """A symbolic link leads to the same note and the same lock as the file itself."""
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    assert parse_store(f"sqlite:///{tmp_path}/link.db") == parse_store(f"sqlite:///{tmp_path}/real.db")


def test_the_url_of_a_location_reads_back(tmp_path: Path) -> None:
    """What is printed can be given to `--store` again."""
    for text in ("memory:", f"sqlite:///{tmp_path}/with space.db"):
        assert parse_store(parse_store(text).url) == parse_store(text)


@pytest.mark.parametrize(
    "text",
    ["sqlite:///", "sqlite://a.db", "sqlite:a.db", "postgres://x", "records.db", "memory", "sqlite:///a\0b"],
)
def test_a_store_that_is_not_understood_is_refused_in_one_line(text: str) -> None:
    """The message shows what was given and which forms there are."""
    with pytest.raises(DaemonError, match=r"sqlite:///PATH.*memory:") as caught:
        parse_store(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_loopback_addresses_are_accepted(host: str) -> None:
    """Every way to name this machine to itself works."""
    assert loopback_address(host) in {"127.0.0.1", "127.8.9.10", "::1"}


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "", " ", "127.0.0.1.example.org"]
)
def test_any_other_host_is_refused_until_authentication_exists(host: str) -> None:
    """Nothing that another machine could reach is listened on, and the message says why."""
    with pytest.raises(DaemonError, match="authentication"):
        loopback_address(host)


@pytest.mark.parametrize("port", [-1, 65536, "http", "", "1.5"])
def test_a_port_outside_the_range_is_refused(port: int | str) -> None:
    """A port is a number from 0 to 65535."""
    with pytest.raises(DaemonError, match="65535"):
        parse_port(port)


def test_an_argument_wins_over_the_environment() -> None:
    """Arguments, then the environment, then the defaults."""
    environ = {"SYNCROPEL_HOST": "::1", "SYNCROPEL_PORT": "9200", "SYNCROPEL_STORE": "sqlite:////x/env.db"}
    settings = Settings.resolve(port=9300, store="memory:", environ=environ)
    assert (settings.host, settings.port, settings.store.path) == ("::1", 9300, None)
    assert Settings.resolve(environ=environ).port == 9200
    assert Settings.resolve(environ=environ).store.path == Path("/x/env.db")


def test_port_zero_is_a_choice_and_not_an_absence() -> None:
    """Zero asks for a free port; only an absent port becomes the default."""
    assert Settings.resolve(port=0, store="memory:", environ={"SYNCROPEL_PORT": "9200"}).port == 0
    assert Settings.resolve(store="memory:", environ={}).port == 9100


def test_the_default_store_is_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--store` the records go to an absolute path that does not depend on the current folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings.resolve(environ={})
    assert settings.store.path is not None
    assert settings.store.path.is_absolute()
    assert settings.store.path.is_relative_to(os.path.realpath(tmp_path))


def test_note_and_log_are_beside_the_store(tmp_path: Path) -> None:
    """What belongs to one store is found by its name."""
    settings = Settings.resolve(store=f"sqlite:///{tmp_path}/my.db", environ={})
    assert settings.state_path == tmp_path / "my.db.daemon.json"
    assert settings.log_path == tmp_path / "my.db.daemon.log"
