"""Processes that end right after a call: a native thread must not be in the interpreter's way."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from tests.support.servers import answer, scripted

ENDS = 16
AT_ONCE = 4

CODE = """
    import asyncio, sys
    from syncropel import Client, Identity
    client = Client(sys.argv[1], Identity.static("did:example:test"), coalesce=False)
    async def main():
        emits = (client.emit("PUT", "a.b.c", {}, f"t{n}") for n in range(20))
        assert all(await asyncio.gather(*emits))
    asyncio.run(main())
"""


def test_a_process_ends_in_peace() -> None:
    """However a program leaves its client, it ends with its own status and says nothing of its own accord."""
    command = [sys.executable, "-c", textwrap.dedent(CODE)]
    ends = set()
    with scripted(answer(201, json={"clock": 1})) as server:
        for _ in range(ENDS // AT_ONCE):
            running = [
                subprocess.Popen([*command, server.url], stderr=subprocess.PIPE, text=True)
                for _ in range(AT_ONCE)
            ]
            ends |= {(process.communicate(timeout=60)[1], process.returncode) for process in running}
    assert ends == {("", 0)}
