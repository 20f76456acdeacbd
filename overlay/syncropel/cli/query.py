"""`spl query`: records that match, or figures about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from ..rules.limits import MAX_PAGE
from .app import app
from .filters import aggregates_of, filter_of, names_of, sort_of, value_at
from .parse import json_object
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..transport.results import QueryResult

Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="FIELD=VALUE", help="What the body holds; repeatable.")
]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="JSON", help="A condition in the filter language, or @FILE.")
]
Select = Annotated[
    list[str] | None, typer.Option("--select", metavar="FIELD,...", help="The fields to show.")
]
GroupBy = Annotated[
    list[str] | None, typer.Option("--group-by", metavar="FIELD,...", help="Count by these fields.")
]
Aggregate = Annotated[
    list[str] | None,
    typer.Option(
        "--aggregate", metavar="NAME=OP:FIELD", help="count, sum, avg, min or max of a field; repeatable."
    ),
]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="[-]FIELD", help="Sort by it; - for the largest first.")
]

_EXAMPLE = '{"body.title": "Glow"}'


@verb(
    app,
    "query",
    examples=[
        "spl query --kind music.catalog.track --where title=Glow",
        "spl query --thread ops.deploys --sort -clock --limit 5 --json",
        'spl query --filter \'{"body.insertions": {"$gt": 500}}\' --select commit,subject',
        "spl query --kind code.history.commit --group-by _refs.id --sort -count --limit 5",
    ],
)
def query(
    session: Session,
    kind: Annotated[str | None, typer.Option("--kind", "-k", help="body.kind, exactly.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", "-a", help="The actor's DID.")] = None,
    thread: Annotated[str | None, typer.Option("--thread", "-t", help="The thread.")] = None,
    since: Annotated[
        int | None, typer.Option("--since", metavar="CLOCK", help="Clocks from here on.")
    ] = None,
    where: Where = None,
    filter_text: Filter = None,
    sort: Sort = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="Rows or groups at most.")] = 100,
    select: Select = None,
    group_by: GroupBy = None,
    aggregate: Aggregate = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how the daemon answers.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every row, however many; as JSON lines.")
    ] = False,
) -> None:
    """Find records. Conditions given together must all hold; without any, every record matches.

    A field is one of id, thread, actor, act, clock, data_type, namespace, created_at, sequence, or a path
    in the body (`title` and `body.title` are the same); a path may cross an array (`_refs.id`).
    """
    given = None if filter_text is None else json_object(filter_text, "--filter", example=_EXAMPLE)
    condition = filter_of(kind=kind, actor=actor, thread=thread, since=since, where=where or [], given=given)
    grouped = bool(group_by or aggregate)
    options: dict[str, Any] = {
        "filter": condition,
        "sort": sort_of(sort, aggregated=grouped),
        "explain": explain,
    }
    if grouped:
        if everything or select:
            raise UsageError("--all and --select are for rows, and --group-by and --aggregate give figures")
        options |= {"group_by": names_of(group_by or []), "limit": limit}
        options["aggregates"] = aggregates_of(aggregate or []) or {"count": {"$count": True}}
        _figures(session, options)
    elif everything:
        _stream(session, options, names_of(select or []))
    else:
        _rows(session, options | {"limit": limit}, names_of(select or []), ["kind"] if kind else [])


def _ask(session: Session, options: dict[str, Any]) -> QueryResult:
    with session.client() as client:
        return session.read(client.rich_query(**options))


def _rows(session: Session, options: dict[str, Any], fields: list[str], omit: list[str]) -> None:
    result = _ask(session, options | {"select": fields or None})
    rows = [record.to_row() for record in result.records]
    if session.json:
        session.document({"object": "list", **result, "records": rows})
        return
    _table(session, rows, fields, omit)
    _explain(session, result)
    if result.capped:
        total = f" of {result.matched_total:,}" if result.matched_total is not None else ""
        # A page is as large as it was asked for, or as the daemon makes them.
        further = "--limit N shows more, " if options["limit"] < MAX_PAGE else ""
        session.note(f"{len(rows):,}{total} shown; {further}--all streams every one")


def _stream(session: Session, options: dict[str, Any], fields: list[str]) -> None:
    """Print a JSON line per row, page after page."""
    cursor: str | None = None
    with session.client() as client:
        while True:
            page = session.read(
                client.rich_query(**options, select=fields or None, limit=1000, cursor=cursor)
            )
            for record in page.records:
                session.json_line(record.to_row())
            cursor = page.next_cursor
            if cursor is None:
                return


def _figures(session: Session, options: dict[str, Any]) -> None:
    result = _ask(session, options)
    if session.json:
        session.document({"object": "aggregation", **{k: v for k, v in result.items() if k != "records"}})
        return
    if not result.groups:
        session.note("no records match")
        return
    from .tables import rows_table

    rows = [{**group["key"], **group["aggregates"]} for group in result.groups]
    numbers = list(options["aggregates"])
    session.show(rows_table(rows, [*options["group_by"], *numbers], numbers))
    _explain(session, result)


def _table(session: Session, rows: list[dict[str, Any]], fields: list[str], omit: list[str]) -> None:
    from .tables import records_table, rows_table

    if not rows:
        session.note("no records match")
    elif fields:
        session.show(rows_table([{name: value_at(row, name) for name in fields} for row in rows], fields))
    else:
        session.show(records_table(rows, omit=omit))


def _explain(session: Session, result: QueryResult) -> None:
    plan = result.plan
    if not plan or "indexed_fields" not in plan:
        return
    indexed, scanned = plan["indexed_fields"], plan.get("unindexed_fields") or []
    session.say(
        f"by index: {', '.join(indexed) or 'nothing'}; by reading rows: {', '.join(scanned) or 'nothing'}"
    )
    if "sql" in plan:
        session.say(plan["sql"])
