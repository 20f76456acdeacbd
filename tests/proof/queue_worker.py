"""One worker process of the proof of queues: `python -m tests.proof.queue_worker URL LOG`.

It writes a line before it works on a message and one after it asked for the next one, each with one write, so
that a kill loses no line that was written and leaves no part of one. What was not acknowledged after all is
written as lost.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

from syncropel.store import Message, SynapClient

QUEUE = "jobs"


class Lost(logging.Handler):
    """Hears which messages were not acknowledged: their deadline had passed, or the daemon was away.

    Args:
        log: Where to write it down.
    """

    def __init__(self, log: int) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Note the id in a record about a message."""
        told = ("could not be resolved" in record.msg, "ran out" in record.msg)
        if any(told) and isinstance(record.args, tuple):
            os.write(self._log, f"lost {record.args[0]} 0 0\n".encode())


def main(url: str, path: str) -> None:
    """Work until SIGTERM."""
    client = SynapClient(url)
    worker = client.queue.worker(QUEUE)
    # From here on, which the log's being there tells, SIGTERM is a wish; a worker minds it only at work.
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(what: str, message: Message) -> None:
        line = f"{what} {message.message_id} {message.payload.decode()} {message.retry_count}\n"
        os.write(log, line.encode())

    logging.getLogger("syncropel").addHandler(Lost(log))
    with client:
        before: Message | None = None
        for message in worker:
            if before is not None:
                write("acked", before)
            write("begun", message)
            before = message
        if before is not None:
            write("acked", before)


if __name__ == "__main__":
    main(*sys.argv[1:])
