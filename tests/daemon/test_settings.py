"""How a daemon's settings are found, and which ones are refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncropel.cli.app import program
from syncropel.daemon.door import is_loopback, listening_address
from syncropel.daemon.errors import DaemonError
from syncropel.daemon.options import parse_options, settings_of
from syncropel.daemon.settings import Settings, parse_port
from syncropel.daemon.store_url import StoreLocation, parse_store


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
    ["sqlite:///", "sqlite://a.db", "sqlite:a.db", "mysql://x", "records.db", "memory", "sqlite:///a\0b"],
)
def test_a_store_that_is_not_understood_is_refused_in_one_line(text: str) -> None:
    """The message shows what was given and which forms there are."""
    with pytest.raises(DaemonError, match=r"sqlite:///PATH.*memory:") as caught:
        parse_store(text)
    assert "\n" not in str(caught.value)


def settings(**given: Any) -> Settings:
    """Find settings with an empty environment and a store in memory."""
    return Settings.resolve(**{"store": "memory:", "environ": {}, **given})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_loopback_addresses_need_no_authentication(host: str) -> None:
    """Every way to name this machine to itself works, and being on it is enough."""
    assert listening_address(host) in {"127.0.0.1", "127.8.9.10", "::1"}
    assert settings(host=host).authenticated is False
    assert settings(host=host, auth=True).authenticated is True


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "2001:db8::1"])
def test_an_address_that_others_reach_needs_authentication(host: str) -> None:
    """It is on by itself, and cannot be switched off by any of the three ways."""
    assert not is_loopback(listening_address(host))
    assert settings(host=host).authenticated is True
    with pytest.raises(DaemonError, match=f"--no-auth and --host {host}"):
        settings(host=host, auth=False)
    with pytest.raises(DaemonError, match="--no-auth"):
        settings(host=host, environ={"SYNCROPEL_AUTH": "0"})
    with pytest.raises(DaemonError, match="--no-auth"):
        replace(settings(), host=host, auth=False)


@pytest.mark.parametrize("host", ["example.org", "", " ", "127.0.0.1.example.org", "1.2.3", "127.1"])
def test_a_name_is_no_address_to_listen_on(host: str) -> None:
    """What a name stands for may change, so the daemon takes numbers, and says which."""
    with pytest.raises(DaemonError, match=r"0\.0\.0\.0"):
        listening_address(host)


def test_authentication_is_switched_by_the_environment_too() -> None:
    """An argument wins over it; what is neither on nor off is refused."""
    assert settings(environ={"SYNCROPEL_AUTH": "1"}).authenticated is True
    assert settings(environ={"SYNCROPEL_AUTH": "on"}, auth=False).authenticated is False
    with pytest.raises(DaemonError, match="SYNCROPEL_AUTH"):
        settings(environ={"SYNCROPEL_AUTH": "maybe"})


def test_certificate_and_key_go_together() -> None:
    """One without the other is a mistake, also when one of them comes from the environment."""
    for given in ({"tls_cert": "a.pem"}, {"tls_key": "a.pem"}, {"environ": {"SYNCROPEL_TLS_CERT": "a.pem"}}):
        with pytest.raises(DaemonError, match="go together"):
            settings(**given)


def test_plain_http_off_this_machine_can_be_forbidden() -> None:
    """`--require-tls` says no to it before anything is opened, and nothing on loopback."""
    with pytest.raises(DaemonError, match="--tls-cert and --tls-key"):
        settings(host="0.0.0.0", require_tls=True)
    with pytest.raises(DaemonError, match="--tls-cert and --tls-key"):
        settings(host="0.0.0.0", environ={"SYNCROPEL_REQUIRE_TLS": "1"})
    assert settings(require_tls=True).tls is False
    assert settings(host="0.0.0.0", require_tls=True, tls_cert="a", tls_key="b").tls is True


@pytest.mark.parametrize(
    ("origin", "read"),
    [
        ("https://app.example", "https://app.example"),
        ("https://APP.example:443/", "https://app.example"),
        ("http://10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("http://[2001:db8::1]:80", "http://[2001:db8::1]"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(origin: str, read: str) -> None:
    """Small letters, no path, no usual port."""
    assert settings(cors_origins=[origin]).cors_origins == (read,)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.example",
        "ftp://a.example",
        "https://a.example/x",
        "https://u:p@a.example",
        "https://a:b",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """A star above all: whose pages may call is said one by one."""
    with pytest.raises(DaemonError, match="--cors-origin"):
        settings(cors_origins=[origin])


@pytest.mark.parametrize("host", ["https://a.example", "a.example/x", "", "u@a.example", "a:99999"])
def test_what_is_no_host_of_documents_is_refused(host: str) -> None:
    """A host, with a port or without one."""
    with pytest.raises(DaemonError, match="--did-web-host"):
        settings(did_web_hosts=[host])


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    """Requests per second from zero (no limit) on."""
    with pytest.raises(DaemonError, match="--rate-limit"):
        settings(rate_limit=rate)


def test_the_options_lead_to_the_same_settings(tmp_path: Path) -> None:
    """What a daemon in the background is started with, and what a refusal prints, reads back as it was."""
    made = settings(
        host="0.0.0.0",
        port=0,
        store=f"sqlite:///{tmp_path}/with space.db",
        access_log=True,
        auth=True,
        tls_cert=f"{tmp_path}/a b.pem",
        tls_key=f"{tmp_path}/k.pem",
        require_tls=True,
        cors_origins=["https://a.example", "https://b.example"],
        rate_limit=0.5,
        require_signatures=True,
        did_web_hosts=["localhost:8080"],
        audiences=["https://records.example"],
    )
    assert settings_of(parse_options(made.arguments()), environ={}) == made
    parsed = program().commands["serve"].make_context("serve", made.arguments(), resilient_parsing=False)  # type: ignore[attr-defined]
    assert parsed.params["cors_origin"] == ["https://a.example", "https://b.example"]
    assert (parsed.params["auth"], parsed.params["rate_limit"], parsed.params["audience"]) == (
        True,
        0.5,
        ["https://records.example"],
    )


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
