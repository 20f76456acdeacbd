"""`spl inbox list|answer|accept|decline`: the calls that wait for somebody, and what is said to them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NotFoundError
from ..rules.infer.vocabulary import CALL_KIND, ERROR_KIND, RESULT_KIND, reply_state
from . import exits
from .app import app
from .emit import report
from .parse import scalar
from .record import whole_id
from .session import Session
from .verbs import group, verb

if TYPE_CHECKING:
    from .. import SyncClient
    from ..rules.records import Record

inbox = group(app, "inbox", "What you are asked: calls of inferences that wait for your answer.")

CallId = Annotated[str, typer.Argument(metavar="CALL", help="The call's id, or its beginning.")]
_TOGETHER = 100


@verb(
    inbox,
    "list",
    examples=["spl inbox list --did did:sync:user:alice", "spl inbox list --did did:sync:user:alice --json"],
)
def list_calls(session: Session) -> int:
    """List the open calls for your DID (`--did`, or SYNCROPEL_DID), the oldest first."""
    with session.client() as client:
        did = client.identity.actor_did
        calls = open_calls(client, did)
    if session.json:
        session.document({"object": "list", "data": [call.to_row() for call in calls]})
        return exits.OK
    if not calls:
        session.note(f"nothing waits for {did}")
        return exits.OK
    from .tables import rows_table

    rows = [{"call": call.id[:10], "question": _question(call.body), "thread": call.thread} for call in calls]
    session.show(rows_table(rows, ["call", "question", "thread"]))
    return exits.OK


@verb(
    inbox,
    "answer",
    examples=[
        'spl inbox answer 59e9a2949a "Turn left" --did did:sync:user:alice --confidence 0.9',
        'spl inbox answer 59e9a2949a \'{"verdict": "fine"}\' --did did:sync:user:alice',
    ],
)
def answer(
    session: Session,
    call: CallId,
    answer: Annotated[str, typer.Argument(help="The answer: a text, or JSON.")],
    confidence: Annotated[
        float | None, typer.Option("--confidence", min=0, max=1, help="How sure you are.")
    ] = None,
    rationale: Annotated[str | None, typer.Option("--rationale", help="Why.")] = None,
) -> int:
    """Answer a call."""
    with session.client() as client:
        found = _call(session, client, call)
        result = client.respond(found, value_of(answer), confidence=confidence, rationale=rationale)
    return report(session, result)


@verb(inbox, "accept", examples=["spl inbox accept 59e9a2949a --eta 600 --did did:sync:user:alice"])
def accept(
    session: Session,
    call: CallId,
    eta: Annotated[float, typer.Option("--eta", min=0, metavar="SECONDS", help="Time you ask for.")],
) -> int:
    """Take a call and ask for time to answer it."""
    with session.client() as client:
        result = client.accept(_call(session, client, call), eta)
    return report(session, result)


@verb(
    inbox, "decline", examples=["spl inbox decline 59e9a2949a --reason overbooked --did did:sync:user:alice"]
)
def decline(
    session: Session,
    call: CallId,
    reason: Annotated[
        str, typer.Option("--reason", help="out_of_domain, overbooked, conflict_of_interest or other.")
    ] = "other",
    note: Annotated[str | None, typer.Option("--note", help="More about it.")] = None,
) -> int:
    """Refuse a call, so that nobody waits for it."""
    with session.client() as client:
        result = client.decline(_call(session, client, call), reason, note=note)
    return report(session, result)


def open_calls(client: SyncClient, did: str) -> list[Record]:
    """Return the calls of a responder that have no reply, of queries that have no answer."""
    wanted = {"act": "CALL", "body.kind": CALL_KIND, "body.responder_did": did}
    calls = client.iter_records(filter=wanted)
    found: list[Record] = []
    # So many at a time: those that were answered long ago are all among them.
    while some := list(itertools.islice(calls, _TOGETHER)):
        asked = sorted({str(call.body.get("correlation_id")) for call in some})
        related = {"act": {"$in": ["DO", "KNOW"]}, "body.correlation_id": {"$in": asked}}
        closed: set[Any] = set()
        for record in client.iter_records(filter=related):
            closed |= _closes(record, did)
        found += [each for each in some if not {each.id, each.body.get("correlation_id")} & closed]
    return found


def _closes(record: Record, did: str) -> set[str]:
    """Return the ids of calls and queries that a record ends."""
    kind = record.body.get("kind")
    if record.act == "KNOW":
        return {str(record.body["correlation_id"])} if kind in (RESULT_KIND, ERROR_KIND) else set()
    return set(record.parents) if record.actor == did and reply_state(record.body) != "accepted" else set()


def _call(session: Session, client: SyncClient, beginning: str) -> Record:
    found = client.record(whole_id(session, client, beginning.lower()))
    if found is None:
        raise session.failure(client.last_error)
    if found.act != "CALL":
        raise NotFoundError(404, f"{found.id} is no call", code="RECORD_NOT_FOUND")
    return found


def _question(body: Mapping[str, Any]) -> str:
    from .tables import telling

    question = body.get("input")
    inline = question.get("inline", question) if isinstance(question, Mapping) else question
    if isinstance(inline, Mapping):
        return telling(inline)
    return str(inline)


def value_of(text: str) -> Any:
    """Read a value given as JSON, or as a text.

    Raises:
        UsageError: It begins like JSON and is none.
    """
    if text[:1] in "{[":
        from .parse import json_argument

        return json_argument(text, "ANSWER")
    return scalar(text)
