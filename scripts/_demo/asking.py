"""The last questions of the demo: asked of responders, which answer from the imported records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncropel.cli.git_records import KIND
from syncropel.cli.tables import rows_table

if TYPE_CHECKING:
    from _demo.story import Stage
    from syncropel import InferResult, SyncClient

_COMMITS = 40
_LEAST = 2


def consensus(stage: Stage, client: SyncClient, thread: str) -> dict[str, Any]:
    """Ask every built-in responder the same question and fold what comes back."""
    stage.heading("Ask whoever can answer: a consensus")
    question = f'how many records of kind {KIND} in thread "{thread}"'
    request = {
        "input": {"goal": question},
        "responders": [{"kind": "system"}],
        "fold": {"function": "consensus"},
    }
    stage.code('client.infer({"input": {"goal": question}, "responders": [{"kind": "system"}],')
    stage.code('              "fold": {"function": "consensus"}})')
    stage.line(f"question: {question}")
    return _shown(stage, client.infer(request))


def waterfall(stage: Stage, client: SyncClient, thread: str) -> dict[str, Any]:
    """Ask in stages: who answers questions about records declines a text, so the summariser is asked."""
    stage.heading("Ask one after the other: a waterfall")
    records = client.query_thread(thread, limit=_COMMITS)
    if len(records) < _LEAST:
        stage.line(f"left out: {len(records)} commits are too few for a summary")
        return {"answer": None, "responders": []}
    text = " ".join(f"{record.body['subject'].rstrip('.')}." for record in records)
    stages = [{"responders": [{"kind": "system", "domain": domain}]} for domain in ("data", "research")]
    request = {
        "input": {"inline": {"goal": "summarise in two sentences", "text": text}},
        "responders": [{"kind": "system"}],
        "fold": {"function": "waterfall_first"},
        "orchestration": {"pattern": "waterfall", "stages": stages},
    }
    stage.code('client.infer({"input": {"inline": {"goal": "summarise in two sentences", "text": subjects}},')
    stage.code('              "orchestration": {"pattern": "waterfall", "stages": [data, research]}, ...})')
    return _shown(stage, client.infer(request))


def _shown(stage: Stage, result: InferResult) -> dict[str, Any]:
    stage.line(f"answer: {result.answer}")
    rows = [
        {
            "responder": entry.responder_did,
            "weight": f"{entry.weight:.2f}",
            "record": entry.response_record_id[:10],
        }
        for entry in result.provenance
    ]
    stage.console.print(rows_table(rows, ["responder", "weight", "record"], ["weight"]))
    trust = result.trust_summary
    stage.line(
        f"{result.fold_function}, trust {trust.mean:.2f} from {trust.n_contributors} contributing, "
        f"${result.cost_actual_usd:.4f}, {result.latency_ms or 0:.0f} ms, thread {result.thread_id[:12]}"
    )
    return {"answer": result.answer, "responders": [entry.responder_did for entry in result.provenance]}
