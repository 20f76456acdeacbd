"""The questions that the built-in `records` responder understands: a small grammar in English.

::

    how many records [FILTERS]                     how many actors | kinds | threads | refs [FILTERS]
    top [N] actors | kinds | threads | refs [FILTERS]
    latest [N] [record | records] [FILTERS]        oldest [N] [record | records] [FILTERS]

    FILTERS, any number in any order:
        of kind KIND · by ACTOR (or: by actor ACTOR) · in thread THREAD · about REF (or: with ref REF)
        since DATE · before DATE · today · in the last [N] minutes | hours | days | weeks

`most active actors` is `top actors`; `newest`, `last`, `recent` are `latest`; `first`, `earliest` are
`oldest`; `count` and `number of` are `how many`. A value with spaces stands in double quotes. Dates are
`2026-11-22`, with `T10:30` when wanted, in UTC. Times are when the daemon took a record in.

The same as an object: `{"ask": "count" | "top" | "latest" | "oldest", "of": "records" | "actors" | "kinds" |
"threads" | "refs", "kind", "actor", "thread", "ref", "since", "before", "limit"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from .trouble import Declined

ASKS = ("count", "top", "latest", "oldest")
FIELDS = {"actors": "actor", "kinds": "body.kind", "threads": "thread", "refs": "body._refs.id"}
MAX_LIMIT = 100
MAX_TEXT = 10_000
"""Characters of a question: the time to read one grows with the square."""

_DEFAULT_LIMIT = {"top": 5, "latest": 1, "oldest": 1}
_UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_VALUE = r'(?:"(?P<quoted>[^"]+)"|(?P<bare>\S+))'
_N = r"(?: (?P<n>\d+))?"
_THINGS = r"(?P<of>record|actor|kind|thread|ref)s?\b"

_HEADS = (
    ("count", re.compile(rf"(?:how many|count|number of)(?: the)? {_THINGS}", re.I)),
    ("top", re.compile(rf"(?:top|(?:the )?most (?:active|used|frequent|mentioned)){_N}"
                       rf" {_THINGS}", re.I)),
    ("latest", re.compile(rf"(?:the )?(?:latest|newest|last|(?:most )?recent){_N}(?: records?)?\b", re.I)),
    ("oldest", re.compile(rf"(?:the )?(?:oldest|first|earliest){_N}(?: records?)?\b", re.I)),
)  # fmt: skip
_FILTERS = (
    ("kind", re.compile(rf"(?:of|with)(?: the)? kind {_VALUE}", re.I)),
    ("thread", re.compile(rf"(?:in|on|of)(?: the)? thread {_VALUE}", re.I)),
    ("ref", re.compile(rf"(?:about|(?:with|of|for)(?: the)? ref) {_VALUE}", re.I)),
    ("since", re.compile(rf"(?:since|after) {_VALUE}", re.I)),
    ("before", re.compile(rf"(?:before|until) {_VALUE}", re.I)),
    ("ago", re.compile(rf"(?:in|of) the (?:last|past){_N} (?P<unit>minute|hour|day|week)s?\b", re.I)),
    ("today", re.compile(r"(?:from |of )?today\b", re.I)),
    ("actor", re.compile(rf"by (?:the )?(?:actor )?{_VALUE}", re.I)),
)  # fmt: skip
_FILLER = re.compile(
    r"(?:(?:are there|do we have|are|is|were|what|which|who|and|show|list|please|me|the)\b|[,;])", re.I
)


@dataclass(frozen=True)
class Asked:
    """A question that was understood.

    Attributes:
        ask: `count`, `top`, `latest` or `oldest`.
        of: What is counted: `records`, or a member of `FIELDS`.
        kind: Only records of this kind.
        actor: Only records by this actor.
        thread: Only records on this thread.
        ref: Only records that refer to this id.
        since: Only records taken in at this time or later, unix seconds.
        before: Only records taken in before this time.
        limit: The most groups or records in the answer.
    """

    ask: str
    of: str = "records"
    kind: str | None = None
    actor: str | None = None
    thread: str | None = None
    ref: str | None = None
    since: int | None = None
    before: int | None = None
    limit: int = 1

    def filter(self) -> dict[str, Any]:
        """Return the filter of the rich query."""
        wanted = {
            "body.kind": self.kind,
            "actor": self.actor,
            "thread": self.thread,
            "body._refs.id": self.ref,
        }
        conditions: dict[str, Any] = {path: value for path, value in wanted.items() if value is not None}
        times = {"$gte": self.since, "$lt": self.before}
        times = {operator: at for operator, at in times.items() if at is not None}
        return {**conditions, "created_at": times} if times else conditions


def understand(question: Any, now: float) -> Asked:
    """Return what a question asks.

    Args:
        question: The input of the call: a text, an object with the text in `goal`, or the object form.
        now: The time, unix seconds.

    Raises:
        Declined: It is not understood.
    """
    if isinstance(question, Mapping) and isinstance(question.get("records"), Mapping):
        question = question["records"]
    if isinstance(question, Mapping) and "ask" in question:
        return _from_object(question)
    text = question.get("goal", question.get("question")) if isinstance(question, Mapping) else question
    if not isinstance(text, str):
        raise _not_understood("it is neither a text nor an object with `ask`")
    return _from_text(text, now)


def _from_object(value: Mapping[str, Any]) -> Asked:
    ask, of = value.get("ask"), value.get("of", "records")
    if ask not in ASKS or of not in ("records", *FIELDS):
        raise _not_understood(
            f"`ask` is one of {', '.join(ASKS)}; `of` is records or one of {', '.join(FIELDS)}"
        )
    texts: dict[str, Any] = {name: value.get(name) for name in ("kind", "actor", "thread", "ref")}
    wrong = [name for name, each in texts.items() if each is not None and not isinstance(each, str)]
    if wrong:
        raise _not_understood(f"`{wrong[0]}` is not a text")
    times: dict[str, Any] = {
        name: _moment(value[name]) for name in ("since", "before") if value.get(name) is not None
    }
    limit = value.get("limit", _DEFAULT_LIMIT.get(str(ask), 1))
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise _not_understood("`limit` is not a whole number")
    return _sensible(Asked(ask=ask, of=of, limit=limit, **texts, **times))


def _from_text(text: str, now: float) -> Asked:
    if len(text) > MAX_TEXT:
        raise _not_understood(f"it has {len(text)} characters; at most {MAX_TEXT} are read")
    rest = text.strip().rstrip("?.! ")
    rest = _skip(rest)
    for ask, pattern in _HEADS:
        match = pattern.match(rest)
        if match is None:
            continue
        groups = match.groupdict()
        of = f"{groups['of'].lower()}s" if groups.get("of") else "records"
        limit = int(groups["n"][:6]) if groups.get("n") else _DEFAULT_LIMIT.get(ask, 1)
        return _sensible(_filtered(Asked(ask=ask, of=of, limit=limit), _skip(rest[match.end() :]), now))
    raise _not_understood("it begins with none of: how many, top, latest, oldest")


def _skip(text: str) -> str:
    text = text.strip()
    while match := _FILLER.match(text):
        text = text[match.end() :].strip()
    return text


def _filtered(asked: Asked, rest: str, now: float) -> Asked:
    while rest:
        for name, pattern in _FILTERS:
            match = pattern.match(rest)
            if match is not None and (match.end() == len(rest) or rest[match.end()] in " ,;"):
                asked = _with(asked, name, match, now)
                rest = _skip(rest[match.end() :])
                break
        else:
            raise _not_understood(f"{rest[:60]!r} is no filter it knows")
    return asked


def _with(asked: Asked, name: str, match: re.Match[str], now: float) -> Asked:
    groups = match.groupdict()
    if name == "today":
        return replace(asked, since=int(now // 86400) * 86400)
    if name == "ago":
        seconds = int((groups["n"] or "1")[:6]) * _UNITS[groups["unit"].lower()]
        return replace(asked, since=max(int(now) - seconds, 0))
    value = groups["quoted"] or groups["bare"].rstrip(",;")
    changes: dict[str, Any] = {name: _moment(value) if name in ("since", "before") else value}
    return replace(asked, **changes)


def _moment(value: Any) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**62:
        return int(value)
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise _not_understood(f"{str(value)[:40]!r} is no date like 2026-11-22 or 2026-11-22T10:30") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())


def _sensible(asked: Asked) -> Asked:
    if asked.ask == "top" and asked.of == "records":
        raise _not_understood("top needs actors, kinds, threads or refs")
    if asked.ask in ("latest", "oldest") and asked.of != "records":
        raise _not_understood("latest and oldest go with records")
    if not 1 <= asked.limit <= MAX_LIMIT:
        raise _not_understood(f"it asks for {asked.limit}; from 1 to {MAX_LIMIT} are given")
    return asked


def _not_understood(why: str) -> Declined:
    return Declined("out_of_domain", f"the question is not understood: {why}")
