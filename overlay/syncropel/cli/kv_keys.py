"""`spl kv ttl|expire|persist|keys|scan|stats`: which keys there are, and how long they live."""

from __future__ import annotations

import itertools
import sys
from typing import Annotated, Any

import typer

from . import exits
from .kv import Key, kv
from .payload import seconds
from .session import Session
from .verbs import verb


@verb(kv, "ttl", examples=["spl kv ttl user:1"])
def ttl(session: Session, key: Key) -> None:
    """Print how many seconds a key has left. Exit code 1 when there is no such key."""
    with session.store() as client:
        left = client.kv.ttl(key)
    if session.json:
        session.document({"key": key, "ttl": left})
    else:
        session.say("it stays" if left is None else f"{left:.3f}".rstrip("0").rstrip("."))


@verb(kv, "expire", examples=["spl kv expire user:1 30min"])
def expire(
    session: Session,
    key: Key,
    time: Annotated[str, typer.Argument(metavar="TIME", help="90, 30s, 15min, 12h, 7d; 0 ends it now.")],
) -> int:
    """Have a key live so long from now on. Exit code 1 when there is no such key."""
    lives = seconds(time, "TIME")
    with session.store() as client:
        found = client.kv.expire(key, lives or 0)
    return _told(session, key, found)


@verb(kv, "persist", examples=["spl kv persist user:1"])
def persist(session: Session, key: Key) -> int:
    """Have a key stay. Exit code 1 when there is no such key."""
    with session.store() as client:
        found = client.kv.persist(key)
    return _told(session, key, found)


def _told(session: Session, key: str, found: bool) -> int:
    if session.json:
        session.document({"key": key, "found": found})
    elif not found:
        session.note(f"there is no key {key!r}")
    return exits.OK if found else exits.FAILED


@verb(kv, "keys", examples=["spl kv keys", "spl kv keys 'user:*' --json"])
def keys(
    session: Session,
    pattern: Annotated[
        str, typer.Argument(help="* stands for any text, ? for a character, [ab] for one.")
    ] = "*",
) -> None:
    """List the keys that a pattern fits, sorted. For very many of them there is spl kv scan."""
    with session.store() as client:
        found = client.kv.keys(pattern)
    if session.json:
        session.document({"object": "list", "data": found})
        return
    for key in found:
        _line(key)
    if not found:
        session.note(f"no key fits {pattern!r}" if pattern != "*" else "there are no keys")


@verb(
    kv,
    "scan",
    examples=["spl kv scan --prefix user:", "spl kv scan --pattern '*:tmp' --json | wc -l"],
)
def scan(
    session: Session,
    prefix: Annotated[str, typer.Option("--prefix", metavar="TEXT", help="Only keys that begin so.")] = "",
    pattern: Annotated[str | None, typer.Option("--pattern", help="Only keys that it fits.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Keys at most. Default: all.")
    ] = None,
) -> None:
    """Go through the keys in their order, page by page, a line each; with --json each line is JSON."""
    most = None if limit is None else min(limit, sys.maxsize)
    with session.store() as client:
        for key in itertools.islice(client.kv.scan(prefix, pattern=pattern), most):
            if session.json:
                session.json_line(key)
            else:
                _line(key)


@verb(kv, "stats", examples=["spl kv stats"])
def stats(session: Session) -> None:
    """Print how many keys and bytes there are, and what was asked of them."""
    with session.store() as client:
        figures: dict[str, Any] = dict(client.kv.stats())
    if session.json:
        session.document(figures)
        return
    from .tables import fields_table

    asked = figures.pop("operations", {})
    rates = f"{figures.pop('hit_rate', 0.0):.1%}"
    lines = {
        "keys": figures["total_keys"],
        "bytes": figures["total_memory_bytes"],
        **asked,
        "hit rate": rates,
    }
    session.show(
        fields_table({name: f"{each:,}" if isinstance(each, int) else each for name, each in lines.items()})
    )


def _line(key: str) -> None:
    from .harmless import printable

    print(printable(key) if sys.stdout.isatty() else key)
