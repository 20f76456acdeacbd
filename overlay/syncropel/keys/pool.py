"""Many signatures at once, on every core: helper processes that verify and do nothing else.

The library that verifies holds the interpreter's lock meanwhile, so threads gain nothing (measured: two are
no faster than one). They are started by hand because `multiprocessing` would import the caller's main
module in each of them. What goes to them is bytes alone, 128 for each signature, and one byte comes back.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..rules.signatures import PUBLIC_BYTES, SIGNATURE_BYTES, signed_message
from .ed25519 import verify

ID_BYTES = 32
FRAME_BYTES = PUBLIC_BYTES + ID_BYTES + SIGNATURE_BYTES
MAX_PROCESSES = 8
_HELLO = b"syncropel-verify-1\n"
_COUNT_BYTES = 4
_START = "import sys; sys.path[:] = sys.argv[1:]; from syncropel.keys.pool import serve; serve()"


class Claim(NamedTuple):
    """That a key signed a record: what has to be verified.

    Attributes:
        public: The 32 bytes of the key.
        record_id: The record's id, in hexadecimal.
        signature: The 64 bytes.
    """

    public: bytes
    record_id: str
    signature: bytes

    @property
    def holds(self) -> bool:
        """Whether it is true."""
        return verify(self.public, signed_message(self.record_id), self.signature)


def cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class Pool:
    """Helper processes behind futures. Whatever goes wrong with one, the answer is computed here instead."""

    def __init__(self, processes: int) -> None:
        """Start nothing yet: each process starts with its first job."""
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="syncropel-verify")
        self._idle: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        for _ in range(processes):
            self._idle.put(None)
        self._started: list[_Process] = []

    def submit(self, claims: Sequence[Claim]) -> Future[list[bool]]:
        """Return the future answers to some claims, in their order."""
        return self._threads.submit(self._verify, claims)

    def close(self) -> None:
        """End the processes. Jobs that have not begun are dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in self._started:
            process.close()

    def _verify(self, claims: Sequence[Claim]) -> list[bool]:
        process = self._idle.get()
        try:
            if process is None:
                process = _Process()
                self._started.append(process)
            return process.verify(claims)
        except (OSError, ValueError, EOFError):
            # It could not be started, or was killed: slower, and as sure.
            return [claim.holds for claim in claims]
        finally:
            self._idle.put(process)


class _Process:
    """One helper process."""

    def __init__(self) -> None:
        if getattr(sys, "frozen", False) or not Path(sys.executable or "").name.startswith(
            ("python", "pypy")
        ):
            raise ValueError("the program that runs is no Python interpreter")
        self._popen = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._greeted = False

    def verify(self, claims: Sequence[Claim]) -> list[bool]:
        """Return the answers; raises `OSError`, `ValueError` or `EOFError` when the process is of no use."""
        stdin, stdout = self._pipes()
        if not self._greeted:
            if _exactly(stdout, len(_HELLO)) != _HELLO:
                raise ValueError("another program answered")
            self._greeted = True
        frames = [claim.public + bytes.fromhex(claim.record_id) + claim.signature for claim in claims]
        stdin.write(len(frames).to_bytes(_COUNT_BYTES, "big") + b"".join(frames))
        stdin.flush()
        return [answer == 1 for answer in _exactly(stdout, len(frames))]

    def close(self) -> None:
        """End it: its input ends, and with that it does."""
        stdin, stdout = self._pipes()
        for pipe in (stdin, stdout):
            with contextlib.suppress(OSError):  # it is gone, and something was left to be written
                pipe.close()
        try:
            self._popen.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._popen.stdin, self._popen.stdout
        if stdin is None or stdout is None:  # pragma: no cover - both were asked for
            raise ValueError("no pipe")
        return stdin, stdout


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data


def serve(stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> None:
    """Verify for another process until the input ends."""
    import signal

    # An interrupt of the terminal reaches the whole group; the one who asked decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source: Any = sys.stdin.buffer if stdin is None else stdin
    target: Any = sys.stdout.buffer if stdout is None else stdout
    target.write(_HELLO)
    target.flush()
    while len(head := source.read(_COUNT_BYTES)) == _COUNT_BYTES:
        count = int.from_bytes(head, "big")
        target.write(bytes(_holds(_exactly(source, FRAME_BYTES)) for _ in range(count)))
        target.flush()


def _holds(frame: bytes) -> bool:
    record_id = frame[PUBLIC_BYTES : PUBLIC_BYTES + ID_BYTES].hex()
    return Claim(frame[:PUBLIC_BYTES], record_id, frame[PUBLIC_BYTES + ID_BYTES :]).holds
