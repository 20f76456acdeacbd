"""The daemon's memory over many emits."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from _harness import Figure, Scale, daemon_command, drive, free_port, product_python, progress, server

TITLE = "Memory"
PEER = "the same daemon after the first tenth of the records"
GOAL = "flat: at most 1.1 of the peer"


def measure(scale: Scale) -> list[Figure]:
    """Resident memory after each tenth; the first tenth fills the caches and is the peer of the others."""
    python, port = product_python(), free_port()
    tenth = scale.size(100_000, 3_200) // 32 * 32
    sizes = []
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        command = daemon_command(python, port, f"sqlite:///{Path(folder) / 'daemon.db'}")
        with server(command, f"http://127.0.0.1:{port}/health", core=0) as child:
            for number in range(10):
                drive(Path(sys.executable), "load.py", port, 32, tenth, number, core=1)
                sizes.append(_resident_megabytes(child))
                progress(f"{(number + 1) * tenth:,} records, {sizes[-1]:.0f} MB")
    progress("")
    return [Figure(f"resident memory up to {tenth * 10:,} emits", sizes[1:], [sizes[0]] * 9, "MB", "<= 1.1")]


def _resident_megabytes(child: subprocess.Popen[bytes]) -> float:
    lines = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
