"""Whether records are what their authors signed: ids and signatures computed again, without any server.

What a verification cannot tell is in docs/decisions/0012-signatures.md: the order of arrival is the store's
word, and so is that nothing was left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain as concatenated
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import InvalidRecord, UsageError
from ..rules.hashing import record_id
from ..rules.plain import shown
from ..rules.signatures import (
    KeyChain,
    Signature,
    key_from_multibase,
    key_of_did,
    read_rotation,
    read_signature,
)
from .ed25519 import require
from .pool import MAX_PROCESSES, Claim, Pool, cores

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Literal

    Verdict = Literal["valid", "absent", "invalid", "unknown_key"]

PARALLEL_FROM = 2000
"""Records from which on helper processes are worth their start."""

_CHUNK = 256


class Verification(NamedTuple):
    """What was found out about one record. It is true in a condition when `ok` is.

    Attributes:
        ok: The id is the content's, and a signature, if there is one, is the author's.
        id_matches: Whether the id is the one that the content gives.
        expected_id: The id that the content gives; None when it cannot be computed.
        signature: `valid`; `absent`; `invalid` (malformed, or not made over this content by the key it
            names);
            `unknown_key` (made over this content by a key that is not the author's, or not any more).
        key: The key that the signature names, or None.
        reason: What is wrong, for people; empty when nothing is.
        record_id: The id that the record bears, or None.
    """

    ok: bool
    id_matches: bool
    expected_id: str | None
    signature: Verdict
    key: str | None
    reason: str
    record_id: str | None

    def __bool__(self) -> bool:
        return self.ok


def verify_record(record: Mapping[str, Any], chain: KeyChain | None = None) -> Verification:
    """Judge one record.

    Args:
        record: A `Record` or a row.
        chain: The keys of its author over time. Default: the one key of a `did:key`, and none for any other.

    Raises:
        MissingExtraError: The record is signed, and the `keys` extra is not installed.
    """
    found, claim = _examine(record, chain)
    return found if claim is None else _judged(found, claim.holds)


def verify_records(
    records: Iterable[Mapping[str, Any]], chains: Mapping[str, KeyChain] | None = None
) -> Iterator[Verification]:
    """Judge many records, in their order; thousands of them on every core.

    Args:
        records: Records or rows.
        chains: The keys of authors by DID, as `follow_rotations` finds them; who is not in it is judged as by
            `verify_record` without a chain.

    Raises:
        MissingExtraError: A record is signed, and the `keys` extra is not installed.
    """
    known = {} if chains is None else chains
    source = iter(records)
    first = list(islice(source, PARALLEL_FROM))
    processes = min(cores(), MAX_PROCESSES)
    if len(first) < PARALLEL_FROM or processes == 1:
        for record in concatenated(first, source):
            yield verify_record(record, _chain(record, known))
        return
    require("verifying signatures")
    yield from _in_parallel(concatenated(first, source), known, processes)


def follow_rotations(
    records: Iterable[Mapping[str, Any]], pinned: Mapping[str, Sequence[str]] | None = None
) -> dict[str, KeyChain]:
    """Return the keys over time of every actor that handed its signature over in these records.

    A rotation counts when it is a `LEARN` by the actor, its id and signature are right, and the key that it
    gives up is the one that signed it and was the actor's at that sequence. Records without a sequence do not
    count.

    Args:
        records: Records or rows of one store, in any order.
        pinned: First keys by DID, for actors that are no `did:key`; each gets a chain.

    Raises:
        MissingExtraError: The `keys` extra is not installed.
    """
    chains = {did: KeyChain(did, keys) for did, keys in (pinned or {}).items()}
    rotations = [
        (sequence, record)
        for record in records
        if (sequence := _sequence(record)) is not None and read_rotation(record.get("body")) is not None
    ]
    for sequence, record in sorted(rotations, key=lambda pair: pair[0]):
        keys, actor = read_rotation(record["body"]), record.get("actor")
        if keys is None or not isinstance(actor, str) or record.get("act") != "LEARN":
            continue
        chain = chains.get(actor) or KeyChain(actor)
        found = verify_record(record, chain)
        if found.signature == "valid" and found.ok and found.key == keys[0] and chain.rotate(sequence, *keys):
            chains[actor] = chain
    return chains


def _in_parallel(
    records: Iterator[Mapping[str, Any]], chains: Mapping[str, KeyChain], processes: int
) -> Iterator[Verification]:
    pool = Pool(processes)
    waiting: deque[tuple[list[_Examined], Future[list[bool]]]] = deque()
    try:
        while chunk := [_Examined(*_examine(row, _chain(row, chains))) for row in islice(records, _CHUNK)]:
            waiting.append((chunk, pool.submit([one.claim for one in chunk if one.claim is not None])))
            if len(waiting) > 2 * processes:
                yield from _answered(*waiting.popleft())
        while waiting:
            yield from _answered(*waiting.popleft())
    finally:
        pool.close()


class _Examined(NamedTuple):
    found: Verification
    claim: Claim | None


def _answered(chunk: list[_Examined], answers: Future[list[bool]]) -> Iterator[Verification]:
    held = iter(answers.result())
    for one in chunk:
        yield one.found if one.claim is None else _judged(one.found, next(held))


def _chain(record: Mapping[str, Any], chains: Mapping[str, KeyChain]) -> KeyChain | None:
    actor = record.get("actor")
    return chains.get(actor) if isinstance(actor, str) else None


def _examine(record: Mapping[str, Any], chain: KeyChain | None) -> tuple[Verification, Claim | None]:
    """Judge all but the signature itself; what is found stands unless the claim, if there is one, fails."""
    claimed = record.get("id")
    bears = claimed if isinstance(claimed, str) else None
    try:
        expected = record_id(record)
    except UsageError as error:
        return Verification(False, False, None, "invalid", None, f"no record: {error}", bears), None
    same = claimed == expected
    reason = "" if same else _other_id(claimed, expected)
    sig = record.get("sig")
    if sig is None:
        return Verification(same, same, expected, "absent", None, reason, bears), None
    try:
        signature = read_signature(sig)
    except InvalidRecord as error:
        return Verification(False, same, expected, "invalid", None, reason or str(error), bears), None
    stranger = _stranger(record, signature, chain)
    found = Verification(
        same and not stranger,
        same,
        expected,
        "unknown_key" if stranger else "valid",
        signature.key,
        reason or stranger,
        bears,
    )
    return found, Claim(key_from_multibase(signature.key), expected, signature.raw)


def _judged(found: Verification, holds: bool) -> Verification:
    """Complete what was found by whether the signature is one over the record's content."""
    if holds:
        return found
    reason = f"the signature is not one of {found.key} over this record"
    if found.id_matches:
        return found._replace(ok=False, signature="invalid", reason=reason)
    return found._replace(ok=False, signature="invalid", reason=f"{found.reason}; {reason}")


def _other_id(claimed: Any, expected: str) -> str:
    if claimed is None:
        return f"the record bears no id; its content gives {expected}"
    return f"altered: it bears the id {shown(claimed, 80)}, and its content gives {expected!r}"


def _stranger(record: Mapping[str, Any], signature: Signature, chain: KeyChain | None) -> str:
    """Say why a key is not the author's at the record's place, or return the empty text."""
    actor, sequence = record["actor"], _sequence(record)
    if chain is None and key_of_did(actor) == signature.key:
        return ""  # by far the most frequent case, and a fifth of the time of what comes before the signature
    keys = KeyChain(actor) if chain is None else chain
    if keys.did == actor and keys.holds(signature.key, sequence):
        return ""
    if any(span.key == signature.key for span in keys.spans):
        return f"the key {signature.key} of {actor!r} may not sign at sequence {sequence}: it was rotated"
    if not keys.spans:
        return f"no key of {actor!r} is known, so it is open whose {signature.key} is"
    return f"the key {signature.key} is not one of {actor!r}"


def _sequence(record: Mapping[str, Any]) -> int | None:
    sequence = record.get("sequence")
    return sequence if type(sequence) is int else None
