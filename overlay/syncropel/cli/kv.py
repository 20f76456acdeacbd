"""`spl kv get|set|del|exists|incr|decr|cas|mget|mset`: values, by their keys."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from . import exits
from .app import app
from .payload import File, Raw, content, members, preview, seconds, write_raw, write_text
from .session import Session
from .verbs import group, verb

kv = group(app, "kv", "Keys and values: texts or bytes under a name, with a time to live; and counters.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key.")]
Keys = Annotated[list[str], typer.Argument(metavar="KEY", help="The keys.")]
Value = Annotated[
    str | None,
    typer.Argument(metavar="VALUE", help="The value, as it is; - for stdin.", show_default=False),
]
Ttl = Annotated[
    str | None,
    typer.Option(
        "--ttl", metavar="TIME", help="How long it lives: 90, 30s, 15min, 12h, 7d. Default: it stays."
    ),
]
By = Annotated[int, typer.Option("--by", metavar="N", help="By how much.")]


@verb(
    kv, "get", examples=["spl kv get user:1", "spl kv get logo --raw > logo.png", "spl kv get user:1 --json"]
)
def get(session: Session, key: Key, raw: Raw = False) -> int:
    """Print the value of a key. Exit code 1 when there is no such key."""
    with session.store() as client:
        found = client.kv.get_bytes(key)
    if session.json:
        session.document({"key": key, **({"value": None} if found is None else members(found, "value"))})
        return exits.OK if found is not None else exits.FAILED
    if found is None:
        session.note(f"there is no key {key!r}")
        return exits.FAILED
    (write_raw if raw else write_text)(found)
    return exits.OK


@verb(
    kv,
    "set",
    examples=[
        "spl kv set user:1 'John Doe' --ttl 1h",
        "spl kv set logo --file logo.png",
        "date | spl kv set last-run -",
        "spl kv set lock:nightly $$ --nx --ttl 10min && ./nightly",
        "spl kv set degrees -- -5",
    ],
)
def set_value(
    session: Session,
    key: Key,
    value: Value = None,
    file: File = None,
    ttl: Ttl = None,
    nx: Annotated[bool, typer.Option("--nx", help="Only if there is no such key.")] = False,
    xx: Annotated[bool, typer.Option("--xx", help="Only if there is such a key.")] = False,
    keep_ttl: Annotated[bool, typer.Option("--keep-ttl", help="Leave the time it lives as it is.")] = False,
) -> int:
    """Store a value. What the key held is gone, and so is the time it had to live.

    Exit code 1 when --nx or --xx stood against it.
    """
    given = content(session, value, file, "VALUE")
    lives = seconds(ttl, "--ttl")
    with session.store() as client:
        written = client.kv.set(key, given, lives, nx=nx, xx=xx, keep_ttl=keep_ttl)
    if session.json:
        session.document({"key": key, "written": written})
    elif not written:
        session.note(f"not written: there is {'a' if nx else 'no'} key {key!r}{' already' if nx else ''}")
    return exits.OK if written else exits.FAILED


@verb(kv, "del", examples=["spl kv del user:1", "spl kv del user:1 user:2"])
def delete(session: Session, keys: Keys) -> int:
    """Delete keys. Exit code 1 when none of them was there."""
    with session.store() as client:
        gone = [key for key in dict.fromkeys(keys) if client.kv.delete(key)]
    if session.json:
        session.document({"deleted": gone})
    else:
        from .tables import counted

        session.say(f"{counted(len(gone), 'key')} deleted")
    return exits.OK if gone else exits.FAILED


@verb(kv, "exists", examples=["spl kv exists user:1 && echo there"])
def exists(session: Session, key: Key) -> int:
    """Tell whether a key is there, also by the exit code: 0 or 1."""
    with session.store() as client:
        found = client.kv.exists(key)
    if session.json:
        session.document({"key": key, "exists": found})
    else:
        session.say("yes" if found else "no")
    return exits.OK if found else exits.FAILED


@verb(kv, "incr", examples=["spl kv incr visits", "spl kv incr visits --by 10"])
def incr(session: Session, key: Key, by: By = 1) -> None:
    """Count up and print the new number; a key that is not there counts from 0."""
    _counted(session, key, by)


@verb(kv, "decr", examples=["spl kv decr seats", "spl kv decr seats --by 2"])
def decr(session: Session, key: Key, by: By = 1) -> None:
    """Count down and print the new number."""
    _counted(session, key, -by)


def _counted(session: Session, key: str, amount: int) -> None:
    with session.store() as client:
        number = client.kv.incrby(key, amount)
    if session.json:
        session.document({"key": key, "value": number})
    else:
        session.say(str(number))


@verb(
    kv,
    "cas",
    examples=["spl kv cas state running --expected idle", "spl kv cas leader me --absent --ttl 30s"],
)
def cas(
    session: Session,
    key: Key,
    value: Value = None,
    file: File = None,
    expected: Annotated[
        str | None, typer.Option("--expected", metavar="TEXT", help="What the key has to hold now.")
    ] = None,
    absent: Annotated[bool, typer.Option("--absent", help="The key must not be there.")] = False,
    ttl: Ttl = None,
) -> int:
    """Store a value if the key still holds what you expect. Exit code 1 when it does not."""
    if (expected is None) != absent:
        raise UsageError("what is expected? --expected TEXT, or --absent when the key must not be there")
    given = content(session, value, file, "VALUE")
    lives = seconds(ttl, "--ttl")
    with session.store() as client:
        stored = client.kv.compare_and_set(key, expected, given, lives)
    if session.json:
        session.document({"key": key, "swapped": stored})
    elif not stored:
        session.note(f"not written: {key!r} holds something else; spl kv get {key} shows it")
    return exits.OK if stored else exits.FAILED


@verb(kv, "mget", examples=["spl kv mget user:1 user:2", "spl kv mget user:1 user:2 --json"])
def mget(session: Session, keys: Keys) -> int:
    """Print the values of several keys, as they are at one moment. Exit code 1 when none of them is there."""
    with session.store() as client:
        values = client.kv.mget_bytes(keys)
    found = list(zip(keys, values, strict=True))
    if session.json:
        rows = [
            {"key": key, **({"value": None} if value is None else members(value, "value"))}
            for key, value in found
        ]
        session.document({"object": "list", "data": rows})
    else:
        from .tables import rows_table

        cells = [{"key": key, "value": "-" if value is None else preview(value)} for key, value in found]
        session.show(rows_table(cells, ["key", "value"]))
    return exits.OK if any(value is not None for value in values) else exits.FAILED


@verb(kv, "mset", examples=["spl kv mset user:1=John user:2=Jane", "spl kv mset a=1 b=2 --ttl 1h"])
def mset(
    session: Session,
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="Keys and their values.")],
    ttl: Ttl = None,
) -> None:
    """Store several values at once: all of them, or none."""
    from .parse import texts

    rows = texts(values, "KEY=VALUE")
    lives = seconds(ttl, "--ttl")
    with session.store() as client:
        client.kv.mset(rows, lives)
    if session.json:
        session.document({"written": list(rows)})
