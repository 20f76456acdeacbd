"""Files of keys: their owner's alone, whole or not there."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from syncropel.errors import ConfigurationError, UsageTypeError
from syncropel.keys import files
from syncropel.keys.files import MAX_SECRET_BYTES, read_secret_file, write_secret_file
from syncropel.keys.identity import Identity


def mode(path: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    """Return what a folder holds."""
    return [path.name for path in folder.iterdir()]


def test_a_new_key_is_its_owners_alone(tmp_path: Path) -> None:
    """The file has mode 0600 under any umask, new folders have 0700, and nothing else is left behind."""
    before = os.umask(0)
    try:
        identity = Identity.generate(tmp_path / "new" / "folder" / "key.pem")
    finally:
        os.umask(before)
    path = tmp_path / "new" / "folder" / "key.pem"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert names(path.parent) == ["key.pem"]
    assert Identity.key(path) == identity


@pytest.mark.parametrize("bits", [0o604, 0o640, 0o644, 0o660, 0o601, 0o666, 0o444])
def test_a_file_that_others_reach_is_refused_with_what_mends_it(bits: int, tmp_path: Path) -> None:
    """The message has the command, and after the command the key is read."""
    path = tmp_path / "my key's.pem"
    identity = Identity.generate(path)
    path.chmod(bits)
    with pytest.raises(ConfigurationError, match=rf"mode {bits:04o}\): chmod 600 ") as caught:
        Identity.key(path)
    command = shlex.split(str(caught.value).partition("): ")[2])
    assert command == ["chmod", "600", str(path)]
    subprocess.run(command, check=True, timeout=10)
    assert Identity.key(path) == identity


def test_a_read_only_key_is_good(tmp_path: Path) -> None:
    """A file that its owner cannot write either is as private."""
    path = tmp_path / "key.pem"
    identity = Identity.generate(path)
    path.chmod(0o400)
    assert Identity.key(path) == identity


def test_a_link_is_judged_by_what_it_leads_to(tmp_path: Path) -> None:
    """A symbolic link, which has no mode of its own, leads to the key."""
    identity = Identity.generate(tmp_path / "key.pem")
    (tmp_path / "link").symlink_to("key.pem")
    assert Identity.key(tmp_path / "link") == identity
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Identity.key(tmp_path / "link")


def test_a_pipe_is_read(tmp_path: Path) -> None:
    """A key may come through a pipe that is its owner's alone, so it need not lie on a disk."""
    identity = Identity.generate(tmp_path / "key.pem")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    writer = threading.Thread(target=pipe.write_bytes, args=((tmp_path / "key.pem").read_bytes(),))
    writer.start()
    try:
        assert Identity.key(pipe) == identity
    finally:
        writer.join(10)


def test_no_file(tmp_path: Path) -> None:
    """A missing key file is told with the command that makes one."""
    with pytest.raises(ConfigurationError, match=r"there is no key file .*spl identity new PATH"):
        Identity.key(tmp_path / "none.pem")
    with pytest.raises(ConfigurationError, match="there is no token file") as caught:
        read_secret_file(tmp_path / "none", "token")
    assert "spl identity" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    """A folder, a file that is too large and a name that none can have are refused as what they are."""
    with pytest.raises(ConfigurationError, match="is a folder"):
        Identity.key(tmp_path)
    large = tmp_path / "large"
    large.write_bytes(b"a" * (MAX_SECRET_BYTES + 1))
    large.chmod(0o600)
    with pytest.raises(ConfigurationError, match=f"more than {MAX_SECRET_BYTES} bytes"):
        Identity.key(large)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Identity.key("a\0b")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Identity.key(large / "below")


@pytest.mark.parametrize("source", [None, 5, ["a"], object()])
def test_what_names_no_key(source: Any) -> None:
    """A source of another type is the caller's mistake."""
    with pytest.raises(UsageTypeError, match="path, text or bytes, not"):
        Identity.key(source)


def test_home_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde stands for the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    identity = Identity.generate("~/key.pem")
    assert Identity.key("~/key.pem") == identity
    assert (tmp_path / "key.pem").exists()
    with pytest.raises(ConfigurationError, match="names no file"):
        Identity.key("~nobody-has-this-name/key.pem")


def test_a_key_is_never_replaced_unasked(tmp_path: Path) -> None:
    """An existing file stays as it is unless overwriting is asked for; then it is replaced whole (0600)."""
    path = tmp_path / "key.pem"
    first = Identity.generate(path)
    with pytest.raises(ConfigurationError, match="left as it is"):
        Identity.generate(path)
    assert Identity.key(path) == first
    path.chmod(0o644)
    second = Identity.generate(path, overwrite=True)
    assert second != first
    assert Identity.key(path) == second
    assert names(tmp_path) == ["key.pem"]


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    """A new key is not written to where somebody else's link leads."""
    (tmp_path / "key.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="left as it is"):
        Identity.generate(tmp_path / "key.pem")
    assert not (tmp_path / "elsewhere").exists()


def test_only_one_of_many_wins(tmp_path: Path) -> None:
    """When several write the same new file at once one succeeds, and the file is that one's."""
    won: list[bytes] = []
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        data = bytes([number]) * 1000
        barrier.wait(10)
        try:
            write_secret_file(tmp_path / "key", data)
        except ConfigurationError:
            return
        won.append(data)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert won == [(tmp_path / "key").read_bytes()]
    assert names(tmp_path) == ["key"]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file cannot get a second name the key is written all the same, and replaces nothing."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = write_secret_file(tmp_path / "key", b"one")
    assert (path.read_bytes(), mode(path)) == (b"one", 0o600)
    with pytest.raises(ConfigurationError, match="left as it is"):
        write_secret_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert names(tmp_path) == ["key"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_disk_that_fills_up(
    links: bool, overwrite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the bytes cannot be written down nothing is left: no half key, and no file of the way there."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ConfigurationError, match="cannot be written: No space left on device"):
        write_secret_file(tmp_path / "key", b"one", overwrite=overwrite)
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A path below a file is refused with the system's reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written: "):
        Identity.generate(tmp_path / "file" / "key.pem")
