"""Field paths: what a query may name, and how each is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..refusals import Refusal

TEXT, NUMBER = "text", "number"

# Members of the envelope that are columns, with the JSON type of their values.
COLUMNS: dict[str, str] = {
    "id": TEXT,
    "thread": TEXT,
    "actor": TEXT,
    "act": TEXT,
    "clock": NUMBER,
    "data_type": TEXT,
    "namespace": TEXT,
    "created_at": NUMBER,
    "sequence": NUMBER,
}
# Columns that an index answers by themselves. A clock is only indexed within a thread.
INDEXED_COLUMNS = frozenset(("id", "thread", "actor", "sequence"))
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\Z")
MAX_SEGMENTS = 32


@dataclass(frozen=True)
class Column:
    """A member of the envelope, stored in a column of its own."""

    path: str
    name: str
    type: str


@dataclass(frozen=True)
class BodyPath:
    """A path into the body. It crosses arrays wherever it meets them."""

    path: str
    segments: tuple[str, ...]

    @property
    def ref_member(self) -> str | None:
        """`id` or `kind` when this is a path into `_refs` that the refs table answers."""
        if len(self.segments) == 2 and self.segments[0] == "_refs" and self.segments[1] in ("id", "kind"):
            return self.segments[1]
        return None


Field = Column | BodyPath
# `body.kind` is the record's kind: the text that it holds. Whatever else it might hold is no kind.
KIND = Column("body.kind", "kind", TEXT)


def parse_field(path: str) -> Field:
    """Return the field that a path names.

    Raises:
        Refusal: `INVALID_QUERY`, with the path in the message.
    """
    if path in COLUMNS:
        return Column(path, path, COLUMNS[path])
    if path == KIND.path:
        return KIND
    head, *segments = path.split(".")
    if head != "body" or not segments or len(segments) > MAX_SEGMENTS:
        raise unknown_field(path)
    if not all(_SEGMENT.match(segment) for segment in segments):
        raise unknown_field(path)
    return BodyPath(path, tuple(segments))


def unknown_field(path: str) -> Refusal:
    """Return the refusal of a path that names nothing."""
    fields = ", ".join(COLUMNS)
    hint = f"fields are {fields}, and body.<segment>... with segments of A-Z a-z 0-9 _ -"
    return Refusal("INVALID_QUERY", f"unknown field path: {path[:200]}", hint=hint)
