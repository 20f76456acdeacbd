"""How much one answer may hold."""

from __future__ import annotations

from collections.abc import Sequence

from ...rules import limits
from ..operations import Call
from ..pages import text_size
from ..refusals import Refusal

# A comma and the quotes.
_BESIDE = 3
# Members of an event or a message beside what its publisher gave: an id, numbers, names of members.
_ROW = 256


def holds(call: Call, names: Sequence[str]) -> bool:
    """Make room in the answer of a request for a list of names; false when there is not so much left."""
    return call.takes(text_size("".join(names)) + _BESIDE * len(names))


def holds_rows(call: Call, sizes: Sequence[int]) -> bool:
    """Make room in the answer of a request for events or messages with values of such sizes; as `holds`."""
    return call.takes(sum(sizes) + _ROW * len(sizes))


def too_much() -> Refusal:
    """Return the refusal of a command whose answer would make the answer of its request too large."""
    most = limits.MAX_PAGE_BYTES
    return Refusal(
        "VALUE_TOO_LARGE", f"Invalid request: the answer is larger than {most} bytes; ask for less"
    )
