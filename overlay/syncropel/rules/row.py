"""`Record`: a stored record as reads return it, with attribute and mapping access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import UsageTypeError

if TYPE_CHECKING:
    from typing import TypeAlias

    Row: TypeAlias = Mapping[str, Any]

_HASHED = ("act", "actor", "body", "clock", "data_type", "parents", "thread")
_FIELDS = ("id", *_HASHED, "judged_by", "sig", "sequence")
_FIELD_SET = frozenset(_FIELDS)
_OPTIONAL = frozenset(("judged_by", "sig", "sequence"))


class Record(Mapping[str, Any]):
    """A record that a server holds. Frozen, compared by content, and usable as the mapping it came from.

    `record.thread` and `record["thread"]` are the same; `dict(record)` is the row as the server sent it.
    Its body is the decoded JSON object itself: treat it as read-only, because records never change.

    Attributes:
        id: The content address, 64 hexadecimal digits.
        act: What the record does, one of `ACTS`; a newer server may send others.
        actor: The DID of its author.
        body: The content; `body["kind"]` tells what it is.
        clock: The author's logical time on the thread.
        data_type: What the body stands for, one of `DATA_TYPES`.
        parents: Ids of the records it builds on, ascending (a tuple; `record["parents"]` is a list).
        thread: The thread it is on.
        judged_by: Id of the judgement it reflects, or None.
        sig: The signature beside it as it was sent, unverified, or None; `client.verify` judges it.
        sequence: Its place in the store's order of arrival, or None where the server does not tell.
        extra: Whatever else the row held (`score` in search hits), also reachable as attributes.
    """

    __slots__ = (*_FIELDS, "extra")

    id: str
    act: str
    actor: str
    body: dict[str, Any]
    clock: int
    data_type: str
    parents: tuple[str, ...]
    thread: str
    judged_by: str | None
    sig: dict[str, Any] | None
    sequence: int | None
    extra: dict[str, Any]

    def __init__(
        self,
        *,
        id: str = "",  # noqa: A002 - the field's name on the wire
        act: str = "",
        actor: str = "",
        body: dict[str, Any] | None = None,
        clock: int = 0,
        data_type: str = "SCALAR",
        parents: tuple[str, ...] | list[str] = (),
        thread: str = "",
        judged_by: str | None = None,
        sig: dict[str, Any] | None = None,
        sequence: int | None = None,
        extra: Row | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "id", id)
        put(self, "act", act)
        put(self, "actor", actor)
        put(self, "body", {} if body is None else body)
        put(self, "clock", clock)
        put(self, "data_type", data_type)
        put(self, "parents", tuple(parents))
        put(self, "thread", thread)
        put(self, "judged_by", judged_by)
        put(self, "sig", sig)
        put(self, "sequence", sequence)
        put(self, "extra", {} if extra is None else dict(extra))

    @classmethod
    def from_row(cls, row: Row) -> Record:
        """Return the record of a server's row. Absent fields take their defaults, unknown ones go to `extra`.

        Raises:
            UsageTypeError: The row is not a mapping, its body not an object, or its parents not a list.
        """
        if isinstance(row, Record):
            return row
        if not isinstance(row, Mapping):
            raise UsageTypeError(f"a record's row is an object, not {type(row).__name__}")
        known = {name: row[name] for name in _FIELDS if name in row}
        if not isinstance(known.get("body", {}), dict):
            raise UsageTypeError(f"$.body: must be an object, not {type(known['body']).__name__}")
        if not isinstance(known.get("parents", ()), (list, tuple)):
            raise UsageTypeError(f"$.parents: must be a list, not {type(known['parents']).__name__}")
        extra = {name: value for name, value in row.items() if name not in _FIELD_SET and name != "object"}
        return cls(**known, extra=extra)

    def to_row(self) -> dict[str, Any]:
        """Return the record as a plain dict in the server's form; `None` fields are left out."""
        return {name: self[name] for name in self}

    def __getitem__(self, key: str) -> Any:
        if key == "object":
            return "record"
        if key == "parents":
            return list(self.parents)
        if key in _FIELD_SET:
            value = getattr(self, key)
            if value is None and key in _OPTIONAL:
                raise KeyError(key)
            return value
        return self.extra[key]

    def __iter__(self) -> Iterator[str]:
        yield "object"
        for name in _FIELDS:
            if name not in _OPTIONAL or getattr(self, name) is not None:
                yield name
        yield from self.extra

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getattr__(self, name: str) -> Any:
        # Runs only for names that are no field: what a newer server sent beside them.
        if not name.startswith("__") and name != "extra" and name in self.extra:
            return self.extra[name]
        raise AttributeError(f"a Record has no {name!r}; it has {', '.join(self)}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Record is frozen: {name!r} cannot be set; emit a correction instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Record is frozen: {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            row = dict(other)
            for name in _OPTIONAL:
                if name in row and row[name] is None:
                    del row[name]
            return self.to_row() == row
        return NotImplemented

    def __hash__(self) -> int:
        return hash((Record, self.id, self.thread, self.clock))

    def __repr__(self) -> str:
        kind = self.body.get("kind")
        return (
            f"<Record {self.id[:12]} {self.act} {kind} on {self.thread!r} by {self.actor!r} at {self.clock}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.to_row(),)


def _restore(row: dict[str, Any]) -> Record:
    return Record.from_row(row)
