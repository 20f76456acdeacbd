"""The pure executor: from the records of a thread to the records that come next.

`Progress.from_records` folds a thread; `decide` says what to append and when to ask again. Nothing here
reads a clock, waits or writes, so any prefix of a thread can be continued by any process.
"""

from __future__ import annotations

from ..candidate import Candidate
from .decide import decide, decide_progress, decide_records, unreadable
from .progress import Approval, Call, Progress, Reply
from .situation import QueryInput, World
from .steps import (
    CODES,
    ENGINE_DID,
    Decision,
    EmitApproval,
    EmitCall,
    EmitError,
    EmitResult,
    EmitState,
    Problem,
    Step,
)

__all__ = [
    "Approval",
    "CODES",
    "Call",
    "Candidate",
    "Decision",
    "ENGINE_DID",
    "EmitApproval",
    "EmitCall",
    "EmitError",
    "EmitResult",
    "EmitState",
    "Problem",
    "Progress",
    "QueryInput",
    "Reply",
    "Step",
    "World",
    "decide",
    "decide_progress",
    "decide_records",
    "unreadable",
]
