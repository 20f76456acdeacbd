"""Obligations: what the chosen response fulfills, cancels and awaits, and what holds when others disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import SyncropelError
from .responses import Response, canonical_order

RESOLUTIONS = ("last_writer_wins", "fulfills_wins", "validation_error")


class ObligationConflict(SyncropelError):
    """Responses contradict each other about an obligation, and the query wants that to be an error.

    Attributes:
        targets: The record ids that one response fulfills and another cancels.
    """

    def __init__(self, targets: Sequence[str]) -> None:
        self.targets = list(targets)
        super().__init__(f"fulfilled by one response and cancelled by another: {', '.join(targets)}")


@dataclass(frozen=True)
class Obligations:
    """The modifiers of an answer.

    Attributes:
        fulfills: Ids of the records that it fulfills.
        cancels: Ids of the records that it cancels.
        awaits: What it waits for, as the response said it.
    """

    fulfills: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    awaits: tuple[Any, ...] = ()


def merge_obligations(
    chosen: Response | None, contributors: Iterable[Response], resolution: str
) -> Obligations:
    """Return the modifiers that the answer takes over from the chosen response.

    A record that the chosen response fulfills or cancels while any contributor says the opposite is settled
    by the resolution: the last of them in canonical order wins, or fulfilling wins, or it is an error.

    Args:
        chosen: The response whose body stands for the answer; None for none, and then no modifier survives.
        contributors: Every response that was folded.
        resolution: One of `RESOLUTIONS`.

    Raises:
        ObligationConflict: There is a contradiction and the resolution is `validation_error`.
    """
    if chosen is None:
        return Obligations()
    ordered = canonical_order(contributors)
    targets = sorted({*_ids(chosen, "fulfills"), *_ids(chosen, "cancels")})
    verdicts = {target: _claims(ordered, target) for target in targets}
    contested = [target for target, claims in verdicts.items() if len(set(claims)) > 1]
    if contested and resolution == "validation_error":
        raise ObligationConflict(contested)

    def winner(target: str) -> str:
        claims = verdicts[target]
        return "fulfills" if resolution == "fulfills_wins" and "fulfills" in claims else claims[-1]

    winners = {target: winner(target) for target in targets}
    return Obligations(
        fulfills=tuple(target for target in targets if winners[target] == "fulfills"),
        cancels=tuple(target for target in targets if winners[target] == "cancels"),
        awaits=tuple(_listed(chosen.body.get("awaits"))),
    )


def _claims(ordered: Sequence[Response], target: str) -> list[str]:
    """Return what the responses say of one record, in order; within one response fulfilling comes last."""
    return [
        claim for response in ordered for claim in ("cancels", "fulfills") if target in _ids(response, claim)
    ]


def _ids(response: Response, name: str) -> list[str]:
    return [each for each in _listed(response.body.get(name)) if isinstance(each, str) and each]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
