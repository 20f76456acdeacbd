"""Helper processes that verify: what they answer, and what happens when they do not."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest

from syncropel.keys import pool as pooling
from syncropel.keys.identity import Identity
from syncropel.keys.pool import Claim, Pool, cores, serve
from syncropel.rules.signatures import key_from_multibase

ME = Identity.key(bytes([1]) * 32)


def claims(count: int) -> list[Claim]:
    """Return claims of which every third is false."""
    made = []
    for n in range(count):
        record_id = f"{n:064x}"
        signature = ME.sign(record_id)
        assert signature is not None
        told = record_id if n % 3 else "f" * 64
        made.append(Claim(key_from_multibase(signature.key), told, signature.raw))
    return made


EXPECTED = [bool(n % 3) for n in range(30)]


def test_answers_come_in_order() -> None:
    """Several jobs in several processes are each answered in the order of their claims."""
    pool = Pool(2)
    try:
        futures = [pool.submit(claims(30)[n:]) for n in range(6)]
        assert [future.result(60) for future in futures] == [EXPECTED[n:] for n in range(6)]
        assert pool.submit([]).result(60) == []
    finally:
        pool.close()


def test_a_process_that_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its jobs are done here instead, and closing finds nothing to wait for."""
    pool = Pool(1)
    try:
        assert pool.submit(claims(30)).result(60) == EXPECTED
        (process,) = pool._started
        os.kill(process._popen.pid, signal.SIGKILL)
        process._popen.wait(10)
        assert pool.submit(claims(30)).result(60) == EXPECTED
        assert pool.submit(claims(30)).result(60) == EXPECTED
    finally:
        pool.close()


@pytest.mark.parametrize("start", ["print('hello', 'x' * 100)", "raise SystemExit(3)"])
def test_another_program_in_its_place(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that does not greet as ours, or ends, is given no say."""
    monkeypatch.setattr(pooling, "_START", start)
    pool = Pool(1)
    try:
        assert pool.submit(claims(30)).result(60) == EXPECTED
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("executable", ""), ("executable", "/opt/app/app"), ("executable", "/nowhere/python"), ("frozen", True)],
)
def test_where_no_interpreter_can_be_started(name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a frozen or embedded program nothing is started, and the answers are the same."""
    monkeypatch.setattr(sys, name, value, raising=False)
    pool = Pool(2)
    try:
        assert pool.submit(claims(30)).result(60) == EXPECTED
    finally:
        pool.close()
    assert pool._started == []


def test_nothing_stays_behind() -> None:
    """After closing no process is left, whatever was asked of it."""
    me = psutil.Process()
    before = {child.pid for child in me.children()}
    pool = Pool(2)
    for _ in range(8):
        pool.submit(claims(30))
    pool.close()
    assert {child.pid for child in me.children()} <= before


def test_a_process_ends_with_its_input() -> None:
    """One whose parent is gone ends by itself, with what it had read answered."""
    frames = b"".join(one.public + bytes.fromhex(one.record_id) + one.signature for one in claims(30))
    done = subprocess.run(
        [sys.executable, "-c", pooling._START, *sys.path],
        input=(30).to_bytes(4, "big") + frames + b"\x00\x00",
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == b"syncropel-verify-1\n" + bytes(EXPECTED)


def test_the_loop_itself() -> None:
    """Frames in, answers out; half a frame at the end is an end."""
    before = signal.getsignal(signal.SIGINT)
    one = claims(2)[1]
    frame = one.public + bytes.fromhex(one.record_id) + one.signature
    target = io.BytesIO()
    try:
        serve(io.BytesIO((1).to_bytes(4, "big") + frame), target)
        with pytest.raises(EOFError):
            serve(io.BytesIO((2).to_bytes(4, "big") + frame), io.BytesIO())
    finally:
        signal.signal(signal.SIGINT, before)
    assert target.getvalue() == b"syncropel-verify-1\n\x01"


def test_the_callers_main_module_is_not_run_again(tmp_path: Any) -> None:
    """A script without a guard around its main part verifies in parallel, and runs once."""
    script = tmp_path / "script.py"
    script.write_text(
        "from syncropel.keys.pool import Claim, Pool\n"
        "print('started')\n"
        "pool = Pool(2)\n"
        "print(pool.submit([Claim(bytes(32), '0' * 64, bytes(64))]).result(60), len(pool._started))\n"
        "pool.close()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["started", "[False]", "1"]


def test_cores() -> None:
    """There is one at least, also where the system does not say which ones are allowed."""
    assert cores() >= 1


def test_cores_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an affinity all processors count."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == os.cpu_count()
