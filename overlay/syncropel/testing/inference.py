"""Inference on the mock: the daemon's executor over scripted responders, on the fake clock.

Nothing waits. Every call that reaches the mock, and every move of its clock, carries open queries as far as
they go; a delayed answer arrives at its own moment, in order with deadlines, however far the clock jumps.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncropel.errors import UsageError
from syncropel.kernel import registry
from syncropel.kernel.calls import CallReply, PendingCall, answered, declined, failed
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Executor
from syncropel.kernel.refusals import Refusal
from syncropel.kernel.registration import read_registration

if TYPE_CHECKING:
    from syncropel.kernel.calls import Responder
    from syncropel.kernel.core import Kernel
    from syncropel.kernel.messages import Commit

    from .clock import FakeClock

DEFAULT_RESPONDER = "did:sync:system:mock"
_MEMBERS = ("kind", "model", "capability", "domain")


@dataclass
class Script:
    """What a scripted responder does when it is called.

    Attributes:
        reply: Makes the reply to a call.
        delay: Seconds on the clock until it arrives.
        times: How many calls it is for; None for all that come.
    """

    reply: Callable[[PendingCall], CallReply]
    delay: float = 0.0
    times: int | None = None


def script_of(
    answer: Any, body: Mapping[str, Any] | None, decline: str | None, fail: str | None, cost_usd: float
) -> Callable[[PendingCall], CallReply]:
    """Return what makes a reply, from exactly one of `answer`, `body`, `decline` and `fail`.

    Raises:
        UsageError: None of them is given, or several are.
    """
    given = [
        name for name, value in (("body", body), ("decline", decline), ("fail", fail)) if value is not None
    ]
    if answer is not ...:
        given.append("answer")
    if len(given) != 1:
        named = ", ".join(given) or "none"
        raise UsageError(f"give one of answer, body, decline and fail, not {named}")
    if decline is not None:
        return lambda _: declined(decline)
    if fail is not None:
        return lambda _: failed(fail, f"the mock fails with {fail!r}, as the test asked", cost_usd=cost_usd)
    if body is not None:
        return lambda _: answered(body, cost_usd=cost_usd)
    return lambda call: answered({"answer": answer(call) if callable(answer) else answer}, cost_usd=cost_usd)


def responder_of(responder: str | Mapping[str, Any], members: Mapping[str, Any]) -> Responder:
    """Return the responder that a DID, or a predicate as in a query, stands for.

    Raises:
        UsageError: No responder can be registered so.
    """
    wanted: dict[str, Any] = dict(members)
    if isinstance(responder, str):
        wanted["did"] = responder
    else:
        wanted |= {name: responder[name] for name in ("did", *_MEMBERS) if name in responder}
    for single, several in (("capability", "capabilities"), ("domain", "domains")):
        if single in wanted:
            wanted[several] = [wanted.pop(single)]
    wanted["model"] = str(wanted.get("model", "")).lstrip("~")
    kind = wanted.get("kind")
    wanted["kind"] = "system" if kind in (None, "any") else kind
    wanted.setdefault("did", f"did:sync:{wanted['kind']}:{wanted['model'] or 'mock'}")
    try:
        return read_registration(wanted, 0)
    except Refusal as refusal:
        raise UsageError(refusal.message) from None


class Inference:
    """Carries the queries of one mock on.

    Args:
        kernel: The mock's kernel.
        clock: Its clock.
    """

    def __init__(self, kernel: Kernel, clock: FakeClock) -> None:
        self._kernel = kernel
        self._clock = clock
        self._at: float | None = None
        self._lock = threading.RLock()
        self._touched: deque[str] = deque()
        self._scripts: dict[str, list[Script]] = {}
        self._given: set[str] = set()
        self._due: list[tuple[float, PendingCall, CallReply]] = []
        self._wakes: dict[str, float] = {}
        self._executor = Executor(kernel, QueryEvaluator(self._now), now=self._now)
        kernel.on_commit(self._committed)

    def add(self, responder: Responder, script: Script) -> None:
        """Register a responder and what it does; what is for all calls replaces what was for all calls."""
        with self._lock:
            self._kernel.store.write(lambda transaction: registry.put(transaction, responder))
            kept = [old for old in self._scripts.get(responder.did, []) if old.times is not None]
            self._scripts[responder.did] = [*kept, script]

    def settle(self) -> None:
        """Carry every open query as far as it goes by now."""
        with self._lock:
            if self._at is not None:
                return
            now = self._clock.now()
            try:
                self._carry_on()
                while (moment := self._next()) is not None and moment <= now:
                    self._at = moment
                    self._arrive(moment)
                    self._carry_on()
            finally:
                self._at = None

    def _now(self) -> float:
        return self._clock.now() if self._at is None else self._at

    def _committed(self, commits: Sequence[Commit]) -> None:
        self._touched.extend(query for commit in commits for query in commit.queries)

    def _next(self) -> float | None:
        moments = [moment for moment, _, _ in self._due] + list(self._wakes.values())
        return min(moments) if moments else None

    def _arrive(self, moment: float) -> None:
        """Let arrive what is due at a moment, and look at the queries that asked for it."""
        arriving = [entry for entry in self._due if entry[0] <= moment]
        self._due = [entry for entry in self._due if entry[0] > moment]
        for _, call, reply in arriving:
            self._executor.reply(call, reply)
        for query in [query for query, wake in self._wakes.items() if wake <= moment]:
            del self._wakes[query]
            self._touched.append(query)

    def _carry_on(self) -> None:
        while self._touched:
            query = self._touched.popleft()
            advance = self._executor.advance(query)
            self._wakes.pop(query, None)
            if advance.finished:
                continue
            if advance.wake_at is not None:
                # A deadline has passed only when the clock stands behind it.
                self._wakes[query] = max(advance.wake_at, self._now())
            for call in advance.pending:
                self._answer(call)

    def _answer(self, call: PendingCall) -> None:
        script = self._script(call.responder.did)
        if call.call_id in self._given or script is None:
            return
        self._given.add(call.call_id)
        if script.times is not None:
            script.times -= 1
        reply = script.reply(call)
        if script.delay:
            self._due.append((self._now() + script.delay, call, reply))
        else:
            self._executor.reply(call, reply)

    def _script(self, did: str) -> Script | None:
        scripts = self._scripts.get(did, [])
        return next((script for script in scripts if script.times is None or script.times > 0), None)
