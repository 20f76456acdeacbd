"""A person's word before calls whose effects cannot be undone.

The contract asks for a human's approval of effects at a dial of 2/3 or more. A query says with
`side_effects.reversible` whether it has effects of that kind: where it is false, no call of a round at such a
dial is made before somebody decided the KNOW that asks for it (a record that `awaits` an `actor_decision`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..dial import needs_approval
from ..relevance import Chosen
from ..vocabulary import APPROVAL_KIND, AWAITED_DECISION
from .situation import Situation
from .steps import Decision, EmitApproval, Problem

APPROVE, REJECT = "approve", "reject"


def approved(
    situation: Situation, chosen: Sequence[Chosen], *, stage: int, role: str, quorum: int, dial: float
) -> list[Chosen] | Decision | Problem:
    """Return whom a round may call: all that are chosen, or of them those that a person agreed to.

    Returns:
        A decision while nobody has decided; a problem when the answer was no, or when too few of those that
        were agreed to can still be called.
    """
    if situation.query.side_effects.reversible or not needs_approval(dial):
        return list(chosen)
    approval = situation.progress.approvals.get((stage, role))
    if approval is None:
        return Decision((_question(situation, chosen, stage, role, dial),))
    if approval.approved is None:
        return Decision(wake_at=situation.deadline)
    details = {"stage": stage, "approval_record_id": approval.id, "decision_record_id": approval.decided_by}
    if not approval.approved:
        reason = f": {approval.reason}" if approval.reason else ""
        message = f"the calls of stage {stage} were not approved{reason}"
        return Problem("responder_unavailable", message, {**details, "reason": approval.reason})
    # Agreed to were these responders: one that was registered since is another question.
    kept = [each for each in chosen if each.candidate.did in approval.responders]
    if len(kept) < max(quorum, 1):
        message = f"{len(kept)} of the responders that were approved can be called now"
        return Problem("responder_unavailable", message, {**details, "approved": list(approval.responders)})
    return kept


def _question(
    situation: Situation, chosen: Sequence[Chosen], stage: int, role: str, dial: float
) -> EmitApproval:
    dids = [each.candidate.did for each in chosen]
    query_id = situation.progress.query_id
    body: dict[str, Any] = {
        "kind": APPROVAL_KIND,
        "correlation_id": query_id,
        "awaits": AWAITED_DECISION,
        "summary": f"Call {', '.join(dids)} at a dial of {dial:g}? What it does cannot be undone."[:1000],
        "options": [APPROVE, REJECT],
        "stage": stage,
        "dial": dial,
        "responders": dids,
        "cost_estimate_usd": math.fsum(each.candidate.cost_estimate_usd for each in chosen),
        "input": situation.question.value,
    }
    if role:
        body["role"] = role
    return EmitApproval("KNOW", body, (query_id,))
