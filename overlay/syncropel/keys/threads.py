"""Whether a whole thread is what its authors wrote: every record judged, and what one record cannot show.

A signature that was taken away leaves no trace in the record itself. It shows beside others: an actor who has
signed here before does not stop signing, which is the rule that a daemon keeps too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..rules.signatures import KeyChain, KeySpan, key_of_did
from .verify import Verification, follow_rotations, verify_records


class ThreadVerification(NamedTuple):
    """What was found out about the records of a thread. It is true in a condition when `ok` is.

    Attributes:
        records: How many records were judged.
        signed: How many of them carry a good signature of their author.
        unsigned: How many carry none, and none was to be expected.
        invalid: What is wrong, one entry for each record that is not as its author wrote it.
    """

    records: int
    signed: int
    unsigned: int
    invalid: list[Verification]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.invalid

    def __bool__(self) -> bool:
        return self.ok

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "ok": self.ok,
            "records": self.records,
            "signed": self.signed,
            "unsigned": self.unsigned,
            "invalid": [found._asdict() for found in self.invalid],
        }


def verify_rows(
    rows: Sequence[Mapping[str, Any]],
    *,
    thread: str | None = None,
    rotations: Iterable[Mapping[str, Any]] = (),
    pinned: Mapping[str, Sequence[KeySpan]] | None = None,
) -> ThreadVerification:
    """Judge records together, without any server.

    Args:
        rows: Records or rows of one store, in any order when they bear their sequences, else as they were
            stored.
        thread: The thread that all of them must be on. Default: they may be on several.
        rotations: Records from elsewhere by which actors handed their signature over; those among `rows`
            count by themselves.
        pinned: Keys by DID of actors whose DID is no key (`did:web`), with the sequences at which each may
            sign.

    Raises:
        MissingExtraError: A record is signed, and the `keys` extra is not installed.
    """
    chains = _chains([*rotations, *rows], pinned or {})
    judged = list(verify_records(rows, chains))
    signers: set[str] = set()
    for place in _in_order(rows):
        # Rows come from anywhere: an actor may be what no set holds.
        row, actor = rows[place], str(rows[place].get("actor"))
        judged[place] = found = _beside_others(row, judged[place], thread, unsigned_is_odd=actor in signers)
        if found.ok and found.signature == "valid":
            signers.add(actor)
    invalid = [found for found in judged if not found.ok]
    signed = sum(found.ok and found.signature == "valid" for found in judged)
    return ThreadVerification(len(judged), signed, len(judged) - signed - len(invalid), invalid)


def _in_order(rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Return the places of the rows in the order of arrival: by sequence, or as given where one has none."""
    if not all(type(row.get("sequence")) is int for row in rows):
        return range(len(rows))
    return sorted(range(len(rows)), key=lambda place: int(rows[place]["sequence"]))


def _chains(
    records: Sequence[Mapping[str, Any]], pinned: Mapping[str, Sequence[KeySpan]]
) -> dict[str, KeyChain]:
    """Return the keys over time of the actors that have more than the one that their DID is."""
    chains = follow_rotations(records, {did: [span.key for span in spans] for did, spans in pinned.items()})
    for did, given in pinned.items():
        chain, named = chains[did], {span.key for span in given}
        ends = {span.key: span.until for span in chain.spans}
        kept = [span for span in chain.spans if span.key not in named]
        # A key may have been published, forgotten and published again: every such time counts by itself.
        chain.spans = [*kept, *(_ended(span, ends[span.key]) for span in given)]
    return chains


def _ended(span: KeySpan, rotated: int | None) -> KeySpan:
    """Return the time of a published key, cut off where its actor handed over to another."""
    if rotated is None or (span.until is not None and span.until < rotated):
        return span
    return span._replace(until=rotated)


def strangers(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the DIDs of authors that sign by a key which their DID does not name, in order of appearance.

    Their keys must come from elsewhere: from rotations, or from the document of a `did:web`.
    """
    found: dict[str, None] = {}
    for row in rows:
        sig, actor = row.get("sig"), row.get("actor")
        if isinstance(sig, Mapping) and isinstance(actor, str) and sig.get("key") != key_of_did(actor):
            found[actor] = None
    return list(found)


def _beside_others(
    row: Mapping[str, Any], found: Verification, thread: str | None, *, unsigned_is_odd: bool
) -> Verification:
    """Return what was found about a record, with what only its neighbours can show."""
    if not found.ok:
        return found
    if thread is not None and row.get("thread") != thread:
        return found._replace(ok=False, reason=f"the record belongs to the thread {row.get('thread')!r}")
    if found.signature == "absent" and unsigned_is_odd:
        reason = f"the record is not signed, and {row.get('actor')!r} signed before: "
        return found._replace(
            ok=False, reason=reason + "the signature was taken away, or somebody else wrote it"
        )
    return found
