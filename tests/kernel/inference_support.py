"""What the tests of inference share: a kernel with an executor, and short ways to ask and answer."""

from __future__ import annotations

from typing import Any

from syncropel.kernel.calls import CallReply, PendingCall, answered
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Advance, Executor

from .support import Caller, FakeTime


def query_body(*responders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a query for some responders, any kind by default."""
    body = {
        "kind": "infer.query.v1",
        "input": {"inline": {"goal": "2 + 2"}},
        "answer_shape": {"kind": "inference.answer.v1"},
        "responders": list(responders) or [{"kind": "any"}],
        "fold": {"function": "consensus"},
    }
    return {**body, **changes}


class Hub:
    """A kernel, its executor, and a test that plays the responders."""

    def __init__(self, ask: Caller, clock: FakeTime) -> None:
        self.ask = ask
        self.clock = clock
        self.executor = Executor(ask.kernel, QueryEvaluator(clock))

    def register(self, *names: str, kind: str = "system", **members: Any) -> None:
        """Register responders by the last part of their DIDs."""
        for name in names:
            reply = self.ask.post("/v1/actors", {"did": did(name, kind), "kind": kind, **members})
            assert reply.status in (200, 201), reply.body

    def query(self, body: dict[str, Any] | None = None, *, thread: str = "q", **fields: Any) -> str:
        """Emit a query and return its id."""
        reply = self.ask.emit(act="INTEND", thread=thread, body=body or query_body(), **fields)
        assert reply.status == 201, reply.body
        return str(reply.body["id"])

    def advance(self, query: str) -> Advance:
        """Carry a query on."""
        return self.executor.advance(query)

    def answer(self, call: PendingCall, answer: Any, **members: Any) -> bool:
        """Answer a call."""
        return self.reply(call, answered({"answer": answer, **members}))

    def reply(self, call: PendingCall, reply: CallReply) -> bool:
        """Reply to a call."""
        return self.executor.reply(call, reply)

    def rows(self, thread: str = "q") -> list[dict[str, Any]]:
        """Return the rows of a thread."""
        return self.ask.kernel.watch_page(thread, 0, 1000)

    def kinds(self, thread: str = "q") -> list[str]:
        """Return the kinds of a thread's records, in order."""
        return [row["body"].get("kind", "") for row in self.rows(thread)]

    def end(self, thread: str = "q") -> dict[str, Any]:
        """Return the body of a thread's last record, which ends its query."""
        body: dict[str, Any] = self.rows(thread)[-1]["body"]
        assert body["kind"] in ("infer.result.v1", "infer.error.v1"), body
        return body


def did(name: str, kind: str = "system") -> str:
    """Return the DID of a test's responder."""
    return f"did:sync:{kind}:{name}"
