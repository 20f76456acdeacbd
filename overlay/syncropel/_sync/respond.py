# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Answering: what an actor replies to the calls of inferences, and what others think of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from syncropel._sync.emit import SyncEmit
from syncropel._sync.feed import SyncFeed, Watchers
from syncropel.errors import UsageError
from syncropel.rules.infer.vocabulary import ACCEPT_KIND, DECLINE_KIND, VERDICT_KIND
from syncropel.rules.records import check_record
from syncropel.rules.row import Record
from syncropel.transport import inference
from syncropel.transport.clock import CLOCKS
from syncropel.transport.query import check_text
from syncropel.transport.reconnect import Resumption
from syncropel.transport.request import Prepared
from syncropel.transport.results import EmitResult
from syncropel.transport.workers import SyncWorker

HEARTBEAT_SECONDS = 60.0


class SyncRespond(SyncEmit):
    """The part of the client that answers calls and judges answers.

    Replies are records like any other: delivered with retries, their outcome reported and not raised.
    """

    def respond(
        self,
        call: Mapping[str, Any],
        answer: Any,
        *,
        confidence: float | None = None,
        rationale: str | None = None,
        cost_usd: float | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Answer a call. The first answer, refusal or failure of a call counts, later ones do not.

        Args:
            call: The CALL record, as `inbound` or a read gives it.
            answer: The answer, any JSON value.
            confidence: How sure the responder is, 0 to 1.
            rationale: Why the answer is what it is.
            cost_usd: What it cost, in US dollars.
            body: Further members of the record's body, such as `fulfills`, `cancels` or `awaits`.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: It is no call, or one for another DID than the client's; or a number is out of range.
        """
        from syncropel.rules.infer import replies

        asked = replies.check_call(call, self._settings.identity.actor_did)
        content = replies.answer_body(
            asked, answer, confidence=confidence, rationale=rationale, cost_usd=cost_usd, more=body
        )
        return self._reply(call, replies.answer_kind(asked), content, timeout)

    def accept(
        self, call: Mapping[str, Any], eta_seconds: float, *, timeout: float | None = None
    ) -> EmitResult:
        """Take a call and ask for time: the query waits that much longer for the answer.

        Args:
            call: The CALL record.
            eta_seconds: Seconds.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: As for `respond`.
        """
        from syncropel.rules.infer import replies

        asked = replies.check_call(call, self._settings.identity.actor_did)
        content = replies.accept_body(asked, eta_seconds)
        return self._reply(call, ACCEPT_KIND, content, timeout)

    def decline(
        self,
        call: Mapping[str, Any],
        reason: str = "other",
        *,
        note: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Refuse a call, so that nobody waits for it.

        Args:
            call: The CALL record.
            reason: `out_of_domain`, `overbooked`, `conflict_of_interest` or `other`.
            note: More about it, for people.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: As for `respond`; also for another reason.
        """
        from syncropel.rules.infer import replies

        asked = replies.check_call(call, self._settings.identity.actor_did)
        content = replies.decline_body(asked, reason, note)
        return self._reply(call, DECLINE_KIND, content, timeout)

    def verdict(
        self,
        about: Mapping[str, Any] | str,
        verdict: str,
        *,
        domain: str = "general",
        subject: str | None = None,
        reason: str | None = None,
        thread: str | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Judge a piece of work, which is what trust is made of. Nobody's verdict on themselves counts.

        Args:
            about: The record judged; an `InferResult` stands for the response that was chosen; an id needs
                `thread`.
            verdict: `accept` or `reject`.
            domain: The field of the work.
            subject: The DID judged. Default: the author of the record.
            reason: Why.
            thread: The thread to write on. Default: that of the record.
            timeout: As for `emit`.

        Returns:
            The outcome, as from `emit`.

        Raises:
            UsageError: The verdict is another word, or there is no record or no thread to go by.
        """
        record_id, found = _judged(about)
        from syncropel.rules.infer import replies

        content = replies.verdict_body(verdict, record_id, domain, subject=subject, reason=reason)
        place = thread if thread is not None else found
        if place is None:
            raise UsageError("a verdict on a record's id needs thread=, the thread to write it on")
        return self.emit("KNOW", VERDICT_KIND, content, place, parents=[record_id], timeout=timeout)

    def inbound(
        self,
        did: str | None = None,
        *,
        reconnect_base_s: float = 0.5,
        reconnect_max_s: float = 30.0,
        heartbeat_timeout_s: float = HEARTBEAT_SECONDS,
    ) -> Iterator[Record]:
        """Go through the calls that wait for a responder: those open now, then new ones as they are made.

        Args:
            did: The responder. Default: the client's own DID.
            reconnect_base_s: As for `subscribe`.
            reconnect_max_s: As for `subscribe`.
            heartbeat_timeout_s: As for `subscribe`.

        Yields:
            CALL records, to be given to `respond`, `accept` or `decline`.

        Raises:
            ApiError: The server refuses for good.
            UsageError: The DID is empty.
        """
        responder = check_text(self._settings.identity.actor_did if did is None else did, "did")
        resumption = Resumption(base=reconnect_base_s, longest=reconnect_max_s)

        def prepare(_watch: Any, **options: Any) -> Prepared:
            return self._prepare(inference.watch_inbound_call(responder), **options)

        feed = SyncFeed(
            prepare,
            self._streams,
            self._settings.timeout,
            f"calls of {responder}",
            resumption,
            Watchers(),
            SyncWorker(),
            heartbeat_timeout=heartbeat_timeout_s,
            bearer=None,
            credential=self._settings.credential,
        )
        with closing(feed.records()) as records:
            for record in records:
                yield record

    def _reply(
        self, call: Mapping[str, Any], kind: str, body: dict[str, Any], timeout: float | None
    ) -> EmitResult:
        actor, thread = self._settings.identity.actor_did, call["thread"]
        # Not `emit`: the kind is the asker's, who may choose any text.
        record = {"act": "DO", "actor": actor, "body": {**body, "kind": kind}, "parents": [call["id"]]}
        draft = check_record({**record, "thread": thread, "clock": CLOCKS.next(actor, thread)})
        return self._deliver(draft, timeout, automatic=True)


def _judged(about: Mapping[str, Any] | str) -> tuple[str, str | None]:
    """Return the id of what is judged, and the thread it is on where that is known."""
    if isinstance(about, str):
        return check_text(about, "about"), None
    from syncropel.rules.infer.outcome import InferResult

    if isinstance(about, InferResult):
        if about.chosen_response_id is None:
            raise UsageError("no response stands for this answer; judge one of its provenance by its id")
        return about.chosen_response_id, about.thread_id
    if not isinstance(about, Mapping) or not about.get("id"):
        raise UsageError("about must be a record, an InferResult or the id of a record")
    return str(about["id"]), about.get("thread")
