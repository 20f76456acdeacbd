"""Scripted inferences for tests of the clients: the engine's records, written by a client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from syncropel import Identity, InferPending, SyncClient
from syncropel.testing import MockKernel

NOBODY = "did:example:nobody"
ENGINE = "did:example:engine"
"""Not the executor's DID, so that the server under test does not take these records for its own."""
REQUEST: dict[str, Any] = {
    "input": {"goal": "Which way?"},
    # Somebody who never says a word, so that the course of the query stays with the test.
    "responders": [{"kind": "actor", "did": NOBODY}],
    "fold": {"function": "consensus"},
}


def register_nobody(**options: Any) -> None:
    """Register the responder who never says a word."""
    client = SyncClient(**{"endpoint": "http://mock", **options})
    client.register_actor(NOBODY, "actor")
    client._abandon()


def quiet_mock() -> MockKernel:
    """Return a mock whose only responder never says a word."""
    kernel = MockKernel()
    register_nobody(transport=kernel.transport())
    kernel.calls.clear()
    return kernel


class Engine:
    """Writes what an executor would write about one query, by a client of its own.

    Args:
        pending: The query.
        options: Of the client (`endpoint`, `transport`).
    """

    def __init__(self, pending: InferPending, **options: Any) -> None:
        self.pending = pending
        self._options = options

    def write(self, act: str, kind: str, body: dict[str, Any], actor: str = ENGINE, **more: Any) -> str:
        """Write one record on the query's thread and return its id."""
        client = SyncClient(**{"endpoint": "http://mock", **self._options}, identity=Identity.static(actor))
        try:
            content = {"correlation_id": self.pending.correlation_id, **body}
            result = client.emit(act, kind, content, self.pending.thread_id, **more)
        finally:
            client._abandon()
        assert result.success, result.error
        return str(result.record_id)

    def noise(self, count: int) -> None:
        """Write records on the thread that have nothing to do with the query."""
        client = SyncClient(**{"endpoint": "http://mock", **self._options})
        for number in range(count):
            assert client.emit("LEARN", "test.cli.noise", {"n": number}, self.pending.thread_id)
        client._abandon()

    def call(self, did: str, **body: Any) -> str:
        """Call a responder."""
        shape = {"answer_shape": {"kind": "inference.answer.v1"}}
        content = {"responder_did": did, **shape, **body}
        return self.write("CALL", "infer.call.v1", content, parents=[self.pending.correlation_id])

    def answer(self, answer: Any = "left", **body: Any) -> str:
        """Write the answer."""
        content = {"fulfills": self.pending.correlation_id, "answer": answer, **body}
        return self.write("KNOW", "infer.result.v1", content)

    def fail(self, code: str = "quorum_not_met", **body: Any) -> str:
        """Write the failure."""
        content = {"fulfills": self.pending.correlation_id, "code": code, "message": "1 of 2", **body}
        return self.write("KNOW", "infer.error.v1", content)


def soon(work: Callable[[], Any], seconds: float = 0.1) -> threading.Timer:
    """Do something in another thread a moment later, while the caller waits."""
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer
