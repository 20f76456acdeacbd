"""`spl infer`: one question, one answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ..errors import InferFailed, UsageError
from ..rules.infer.outcome import InferOptions, InferPending, InferResult, ProvenanceEntry
from . import exits
from .app import app
from .parse import given, json_object
from .responders import FORMS, predicate
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from .. import SyncClient

Responder = Annotated[
    list[str] | None,
    typer.Option("--responder", "-r", metavar="WHO", help=f"Who may answer; repeatable: {FORMS}."),
]
Fold = Annotated[
    str | None,
    typer.Option(
        "--fold", metavar="FUNCTION", show_default=False,
        help="consensus (default), best_of, waterfall_first, ensemble_weighted or expression.",
    ),
]  # fmt: skip
Resolution = Annotated[
    str | None,
    typer.Option(
        "--obligation-resolution", metavar="RULE", show_default=False,
        help="last_writer_wins (lwd), fulfills_wins or validation_error.",
    ),
]  # fmt: skip
Waiting = Annotated[
    float, typer.Option("--wait", min=0.001, metavar="SECONDS", help="How long to wait for the answer.")
]


@verb(
    app,
    "infer",
    examples=[
        'spl infer "How many records are there?" --responder system:data',
        'spl infer "Summarise @notes" -r llm:~sonnet -r llm:~gpt-4o --min-quorum 2 --max-cost 0.30 --watch',
        "spl infer @request.json --no-wait --json",
    ],
)
def infer(
    session: Session,
    goal: Annotated[
        str, typer.Argument(metavar="GOAL", help="The question; @FILE for a text or a request in JSON.")
    ],
    responder: Responder = None,
    fold: Fold = None,
    expression: Annotated[
        str | None, typer.Option("--expression", metavar="CEL", help="For the fold `expression`.")
    ] = None,
    min_quorum: Annotated[int | None, typer.Option("--min-quorum", min=1, help="Fewest answers.")] = None,
    answer_kind: Annotated[
        str | None, typer.Option("--answer-kind", metavar="KIND", help="The kind of the answer.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", min=0, metavar="USD", help="What it may cost.")
    ] = None,
    max_latency: Annotated[
        float | None, typer.Option("--max-latency", min=0, metavar="SECONDS", help="How long it may take.")
    ] = None,
    obligation_resolution: Resolution = None,
    thread: Annotated[str | None, typer.Option("--thread", "-t", help="Default: a new thread.")] = None,
    wait: Waiting = 300.0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only ask; print where.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show the responders while they answer.")] = False,
) -> int:
    """Ask a question and print the answer. Exit code 1 when there is none: the error says why.

    What the options say goes into the request; a request from a file keeps the rest.
    """
    request = request_of(goal)
    if responder:
        request["responders"] = [predicate(text) for text in responder]
    if not request.get("responders"):
        raise UsageError(f"who may answer? give --responder, such as {FORMS}")
    folding = {"function": fold, "expression": expression, "min_quorum": min_quorum}
    request["fold"] = {"function": "consensus", **request.get("fold", {}), **given(**folding)}
    if answer_kind is not None:
        request["answer_shape"] = {**request.get("answer_shape", {}), "kind": answer_kind}
    rule = "last_writer_wins" if obligation_resolution == "lwd" else obligation_resolution
    effects = {"max_cost_usd": max_cost, "max_latency_secs": max_latency, "obligation_resolution": rule}
    if given(**effects):
        request["side_effects"] = {**request.get("side_effects", {}), **given(**effects)}
    options = InferOptions(wait=False, poll_timeout_ms=wait * 1000, thread=thread)
    with session.client() as client:
        pending = cast("InferPending", client.infer(request, options))
        if no_wait:
            _show_pending(session, pending)
            return exits.OK
        return _answer(session, client, pending, options, watch=watch)


def request_of(text: str) -> dict[str, Any]:
    """Return the request that a goal, or the file it names, stands for.

    Raises:
        UsageError: The file cannot be read, is no text, or begins like a request and is none.
    """
    if not text.startswith("@"):
        return {"input": {"goal": text}}
    try:
        data = Path(text[1:]).read_bytes()
    except OSError as error:
        raise UsageError(f"GOAL: cannot read {text[1:]!r}: {error}") from error
    if data.lstrip()[:1] == b"{":
        # A slip in a request must not become the question: it would be asked, and paid for.
        value = json_object(text, "GOAL")
        if "input" not in value:
            raise UsageError(f"GOAL: {text[1:]!r} holds a JSON object without `input`, so it is no request")
        return value
    try:
        return {"input": {"goal": data.decode()}}
    except UnicodeDecodeError as error:
        raise UsageError(f"GOAL: {text[1:]!r} is no text: {error}") from error


def _answer(
    session: Session, client: SyncClient, pending: InferPending, options: InferOptions, *, watch: bool
) -> int:
    # With `--watch` it is the last of many lines.
    told = session.json_line if watch else session.document
    try:
        if watch:
            from .infer_view import watched

            result = watched(session, client, pending, options)
        else:
            result = client.infer_result(pending, options)
    except InferFailed as error:
        if session.json:
            told(_failure(error))
        raise
    if session.json:
        told({**result.to_dict(), "correlation_id": pending.correlation_id})
    else:
        show_result(session, result)
    return exits.OK


def _failure(error: InferFailed) -> dict[str, Any]:
    names = ("code", "message", "details", "partial_responses", "thread_id", "correlation_id")
    return {"object": "infer_error", **{name: getattr(error, name) for name in names}}


def _show_pending(session: Session, pending: InferPending) -> None:
    if session.json:
        session.document(pending.to_dict())
    else:
        session.say(f"{pending.correlation_id} on {pending.thread_id}")


def show_result(session: Session, result: InferResult) -> None:
    """Print an answer, who gave it, and what it cost."""
    from .session import json_text
    from .tables import counted, rows_table

    answer = result.answer
    session.say(answer if isinstance(answer, str) else json_text(answer, indent=2))
    if result.provenance:
        numbers = ["weight", "trust"]
        rows = [_contribution(each, result.chosen_response_id) for each in result.provenance]
        session.say("")
        session.show(rows_table(rows, ["responder", *numbers, "match", "response"], numbers))
    latency = "" if result.latency_ms is None else f", {result.latency_ms / 1000:.2f} s"
    contributors = counted(result.trust_summary.n_contributors, "responder")
    session.say("")
    session.say(
        f"{result.fold_function or 'answer'} of {contributors}, trust {result.trust_summary.mean:.2f}, "
        f"${result.cost_actual_usd:.4f}{latency}; spl thread show {result.thread_id}"
    )


def _contribution(entry: ProvenanceEntry, chosen: str | None) -> dict[str, str]:
    from .tables import short_actor

    mark = " *" if entry.response_record_id == chosen else ""
    return {
        "responder": short_actor(entry.responder_did),
        "weight": f"{entry.weight:.3f}",
        "trust": f"{entry.trust_at_dispatch:.2f}",
        "match": entry.match_level or "-",
        "response": entry.response_record_id[:10] + mark,
    }
