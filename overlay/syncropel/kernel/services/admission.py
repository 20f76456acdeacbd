"""Admission: what is asked of a record that comes from outside before it is stored.

Who may write it, whether its namespace is there, whether it is signed as it has to be. The engine's own
records, and replies that are written inside the process, are stored by `ingest` without any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from ...rules.canonical import canonical_json
from ...rules.infer.vocabulary import QUERY_KIND
from ...rules.records import Draft
from ...rules.scopes import ancestors, is_namespace
from ...rules.signatures import ROTATION_KIND, Signature
from ..access.caller import LOCAL, Caller
from ..access.identity_keys import keys_of, rotate
from ..access.reach import check_write
from ..access.signing import (
    SIGNED,
    Rotation,
    check_key,
    check_rotation,
    check_signature,
    has_signer,
    is_signer,
    note_signer,
    unsigned,
)
from ..inquiry import looks_back
from ..operations import Context
from ..refusals import Refusal
from ..store.base import Transaction
from .ingest import DEFAULT_NAMESPACE, Ready, make_ready, note_facts, note_quiet, place, place_many

# So many are sooner stored one by one than divided further.
FEW = 4


class Entry(NamedTuple):
    """A record with everything judged that needs no store.

    Attributes:
        context: The kernel it came to.
        ready: The record.
        now: When it came, unix seconds.
        signature: Its signature, verified over the record; whose key it is, only the store knows.
        rotation: The rotation that it is, if any.
        chain: Its namespace and those above it, when it is not `default`.
        reach: What its author may see, as JSON, when it asks the engine something and that is not everything.
        simple: Whether it may be stored together with its neighbours: unsigned, and it reads no other record.
        quiet: Whether nothing but its references and its place on its thread is noted beside it.
    """

    context: Context
    ready: Ready
    now: float
    signature: Signature | None
    rotation: Rotation | None
    chain: tuple[str, ...]
    reach: str | None
    simple: bool
    quiet: bool


def make_entry(context: Context, caller: Caller, draft: Draft, now: float) -> Entry:
    """Apply the rules that need no store.

    Args:
        context: The kernel to which it comes.
        caller: Who sends it.
        draft: The record.
        now: The time, unix seconds.

    Raises:
        Refusal: The record is refused.
    """
    ready = make_ready(draft)
    wire, namespace = draft.wire, ready.namespace
    check_write(caller, wire["actor"], wire["thread"], namespace)
    signature = rotation = None
    if "sig" in wire or context.access.require_signatures:
        signature = check_signature(draft)
    if ready.kind == ROTATION_KIND:
        rotation = check_rotation(draft, signature)
    chain: tuple[str, ...] = ()
    if namespace != DEFAULT_NAMESPACE:
        if not is_namespace(namespace):
            raise _rejected(namespace, "is no namespace: 1 to 4 segments of a-z 0-9 _ -, joined by slashes")
        chain = (*ancestors(namespace), namespace)
    reach = None
    if caller is not LOCAL and ready.kind == QUERY_KIND and not (seen := caller.visibility()).everything:
        reach = canonical_json(seen.to_json())
    quiet = ready.noted is None
    simple = signature is None and (quiet or not looks_back(draft))
    return Entry(context, ready, now, signature, rotation, chain, reach, simple, quiet and reach is None)


def admit_many(transaction: Transaction, entries: Sequence[Entry]) -> list[tuple[int, bool] | Refusal]:
    """Store records, in order, with everything that is kept beside them.

    The same is stored and answered as when each is admitted by itself. Most are new and break no rule, so
    neighbours that are alike are first tried together.

    Returns:
        For each its sequence and whether it is new, or why it is refused: nothing of it is written then.
    """
    if len(entries) == 1:
        return [_admit_alone(transaction, entries[0])]
    outcomes: list[tuple[int, bool] | Refusal] = []
    for simple, run in groupby(entries, attrgetter("simple")):
        alike = list(run)
        if simple and len(alike) > 1 and _nobody_minds(transaction, alike):
            outcomes += _admit_together(transaction, alike)
        else:
            outcomes += [_admit_alone(transaction, each) for each in alike]
    return outcomes


def _nobody_minds(transaction: Transaction, entries: Sequence[Entry]) -> bool:
    """Tell whether unsigned records of these actors may be stored in these namespaces, if they are new."""
    store = entries[0].context.store
    known = store.known
    if (known is None or known.get(SIGNED, True)) and has_signer(
        transaction, store, {each.ready.actor for each in entries}
    ):
        return False
    try:
        for entry in {each.chain: each for each in entries}.values():
            _check_namespaces(transaction, entry)
    except Refusal:
        return False
    return True


def _admit_together(transaction: Transaction, entries: Sequence[Entry]) -> list[tuple[int, bool] | Refusal]:
    """Try records together, then those in each half, down to the few that stand in the way."""
    if len(entries) <= FEW:
        return [_admit_alone(transaction, each) for each in entries]
    first = place_many(transaction, [(each.ready, each.now) for each in entries])
    if first is None:
        half = len(entries) // 2
        return [
            *_admit_together(transaction, entries[:half]),
            *_admit_together(transaction, entries[half:]),
        ]
    if all(each.quiet for each in entries):
        note_quiet(transaction, [each.ready for each in entries], first)
    else:
        for sequence, entry in enumerate(entries, first):
            _note(transaction, entry, sequence)
    return [(sequence, True) for sequence in range(first, first + len(entries))]


def _admit_alone(transaction: Transaction, entry: Entry) -> tuple[int, bool] | Refusal:
    try:
        sequence, new = admit(transaction, entry)
    except Refusal as refusal:
        # Raised before anything was written: an answer, and no reason to undo a group of writes.
        return refusal
    if new:
        _note(transaction, entry, sequence)
    return sequence, new


def _note(transaction: Transaction, entry: Entry, sequence: int) -> None:
    note_facts(transaction, entry.ready, sequence, entry.now)
    if entry.reach is not None:
        # What whoever asks may see is kept beside a new query.
        transaction.execute("UPDATE queries SET reach = ? WHERE sequence = ?", (entry.reach, sequence))


def admit(transaction: Transaction, entry: Entry) -> tuple[int, bool]:
    """Store a record that passes the rules that need the store; its facts are still to be noted.

    Returns:
        Its sequence, and whether it is new.

    Raises:
        Refusal: It is refused, and nothing was written.
    """
    context, ready, now = entry[:3]
    signature = entry.signature
    if signature is not None:
        return _admit_signed(transaction, entry, signature)
    known = context.store.known
    # Where nobody has ever signed, an unsigned record costs nothing more than before.
    signer = (known is None or known.get(SIGNED, True)) and is_signer(transaction, context.store, ready.actor)
    if signer or entry.chain:
        stored = _stored(transaction, ready.id)
        if stored is not None:
            return stored[0], False
        if signer:
            raise unsigned(ready.actor)
        _check_namespaces(transaction, entry)
    return place(transaction, ready, now)


def _admit_signed(transaction: Transaction, entry: Entry, signature: Signature) -> tuple[int, bool]:
    context, ready, now = entry[:3]
    actor, record_id = ready.actor, ready.id
    keys = keys_of(transaction, actor)
    known = _stored(transaction, record_id)
    if known is not None:
        sequence, signed = known
        check_key(keys, actor, signature, sequence, context.resolutions, now)
        if not signed:
            transaction.execute(
                "UPDATE records SET sig = ? WHERE sequence = ?", (canonical_json(signature.wire), sequence)
            )
            note_signer(transaction, context.store, actor)
        return sequence, False
    check_key(keys, actor, signature, None, context.resolutions, now)
    _check_namespaces(transaction, entry)
    rotation = entry.rotation
    if rotation is not None and any(each.key == rotation.new for each in keys):
        raise Refusal(
            "SIGNATURE_INVALID",
            f"$.body.new_key: {rotation.new} is or was a key of {actor}; a key that was given up stays so",
        )
    sequence, _ = place(transaction, ready, now)
    note_signer(transaction, context.store, actor)
    if rotation is not None:
        rotate(transaction, actor, keys, rotation.previous, rotation.new, sequence, record_id)
    return sequence, True


def _stored(transaction: Transaction, record_id: str) -> tuple[int, bool] | None:
    rows = transaction.execute("SELECT sequence, sig FROM records WHERE id = ?", (record_id,))
    return (rows[0][0], rows[0][1] is not None) if rows else None


def _check_namespaces(transaction: Transaction, entry: Entry) -> None:
    if not entry.chain:
        return
    marks = ", ".join("?" * len(entry.chain))
    rows = transaction.execute(
        f"SELECT id, active, require_signatures FROM namespaces WHERE id IN ({marks})",  # noqa: S608 - marks only
        entry.chain,
    )
    known = {name: (active, required) for name, active, required in rows}
    for name in entry.chain:
        if name not in known:
            raise _rejected(name, "is not registered", entry.chain)
        if not known[name][0]:
            raise _rejected(name, "is not active", entry.chain)
    strict = next((name for name in entry.chain if known[name][1]), None)
    if strict is not None and entry.signature is None:
        raise Refusal(
            "SIGNATURE_REQUIRED", f"$.sig: is missing; the namespace {strict} takes signed records only"
        )


def _rejected(name: str, why: str, chain: tuple[str, ...] = ()) -> Refusal:
    above = f", which is above {chain[-1]}," if chain and name != chain[-1] else ""
    hint = "name one that is registered, or leave it out"
    if is_namespace(name):
        command = f"create {name}" if "registered" in why else f"update {name} --active"
        hint = f"an administrator can change that: spl namespace {command}"
    return Refusal("NAMESPACE_REJECTED", f"$.body.namespace: {name[:200]!r}{above} {why}", hint=hint)
