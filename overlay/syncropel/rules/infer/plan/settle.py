"""One round's end: wait for the replies, take what is valid (steps 5 and 6), fold it (7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..folds import Fold, FoldFailed, FoldOutcome, QuorumNotMet, fold
from ..responses import Response, canonical_order
from .progress import Call
from .situation import Situation
from .steps import Problem


@dataclass(frozen=True)
class Waiting:
    """A round that is not over.

    Attributes:
        until: Unix time at which it is over, whatever arrives.
    """

    until: float


def settle(situation: Situation, calls: Sequence[Call], quorum: int) -> list[Response] | Waiting | Problem:
    """Return the valid responses of a round in canonical order, or that it goes on, or why it failed.

    A round is over when no call waits any more. With the quorum reached, what arrived counts. Without:
    silence of anyone is `latency_timeout`; responders of whom none was reached are `responder_unavailable`;
    anything else is `quorum_not_met`.
    """
    waiting = [call.deadline for call in calls if call.is_open(situation.now)]
    if waiting:
        return Waiting(max(waiting))
    responses = [call.response() for call in calls]
    valid = canonical_order(each for each in responses if each is not None)
    if len(valid) >= max(quorum, 1):
        return valid
    return _why(calls, len(valid), quorum)


def _why(calls: Sequence[Call], valid: int, quorum: int) -> Problem:
    silent = sorted(call.did for call in calls if call.reply is None)
    outcomes = {call.did: "silent" if call.reply is None else call.reply.outcome for call in calls}
    errors = {
        call.did: call.reply.body.get("error", call.reply.body.get("reason"))
        for call in calls
        if call.reply is not None and call.reply.outcome != "answered"
    }
    details = {"valid": valid, "min_quorum": quorum, "outcomes": outcomes, "errors": errors}
    if silent:
        return Problem(
            "latency_timeout",
            f"the deadline passed without {', '.join(silent)}; {valid} valid of {quorum} needed",
            details,
        )
    if calls and all(call.reply is not None and call.reply.unavailable for call in calls):
        return Problem("responder_unavailable", "none of the responders could be reached", details)
    return Problem(
        "quorum_not_met", f"every responder is done; {valid} valid responses of {quorum} needed", details
    )


def folded(situation: Situation, how: Fold, responses: Sequence[Response]) -> FoldOutcome | Problem:
    """Fold valid responses, or say why that gives no answer."""
    try:
        return fold(how, responses, situation.evaluator)
    except QuorumNotMet as error:
        return Problem("quorum_not_met", str(error), {"valid": error.valid, "min_quorum": error.needed})
    except FoldFailed as error:
        return Problem("fold_failed", str(error), dict(error.details))


def without_quorum(how: Fold) -> Fold:
    """Return the fold for a round of single calls, where the query's quorum has no meaning."""
    return replace(how, min_quorum=1)
