"""What the demo does, in order. Every answer comes from the daemon."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console

from _demo import asking, proving, queueing
from _demo.daemon import Daemon
from _demo.history import Source
from syncropel import SyncClient, schemas
from syncropel.cli.git_records import KIND, drafts
from syncropel.cli.importing import Summary, send_all
from syncropel.cli.progress import Bar
from syncropel.cli.tables import counted, records_table, rows_table
from syncropel.daemon import process
from syncropel.daemon.settings import Settings
from syncropel.errors import SyncropelError, ValidationError

Facts = dict[str, Any]
_SHOWN = 5
_ALIKE = ("kind", "act", "actor")


def tell(source: Source, *, store: Path, schemas: Path, keep: bool = False, quiet: bool = False) -> Facts:
    """Run the whole demo and return what it found.

    Args:
        source: The commits to import.
        store: The database file; made when it is not there.
        schemas: Folder of the schemas to validate with.
        keep: Start a daemon in the background at the end.
        quiet: Print nothing.

    Raises:
        SyncropelError: A step failed. The daemon is stopped all the same.
    """
    stage = Stage(quiet)
    facts: Facts = {}
    store.absolute().parent.mkdir(parents=True, exist_ok=True)
    me = proving.signer(store.absolute().parent)
    exported = store.absolute().with_name("thread.jsonl")
    with Daemon(store) as daemon, SyncClient(endpoint=daemon.url, identity=me, max_retries=1) as client:
        stage.heading("A daemon, and a key")
        stage.line(f"serving {_short(daemon.store)} at {daemon.url}")
        stage.line(f"signing as {me.actor_did}")
        told = _Told(stage, client, source, facts)
        told.importing()
        told.commits()
        told.most_changed()
        told.one_file()
        told.thread()
        told.schema(schemas)
        facts["consensus"] = asking.consensus(stage, client, told.name)
        facts["waterfall"] = asking.waterfall(stage, client, told.name)
        files = [row["file"] for row in facts["most_changed"]]
        facts["queue"] = queueing.review(stage, daemon.url, files)
        rows = [record.to_row() for record in client.iter_records(thread=told.name)]
        proving.keep(rows, exported)
        told.fail_open(daemon)
    facts["verified"] = proving.prove(stage, rows, exported, _short(exported))
    _end(stage, store, keep, facts)
    return facts


class Stage:
    """Where the demo speaks; silent when asked to be."""

    def __init__(self, quiet: bool) -> None:
        plain = True if os.environ.get("NO_COLOR") else None
        self.console = Console(quiet=quiet, highlight=False, emoji=False, no_color=plain)
        self.progress = Console(stderr=True, quiet=quiet, highlight=False, emoji=False, no_color=plain)

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.console.print()
        self.console.print(f"── {text}", style="bold cyan", markup=False)

    def line(self, text: str, style: str = "") -> None:
        """Print a line."""
        self.console.print(text, style=style, markup=False, soft_wrap=True)

    def code(self, text: str) -> None:
        """Print the call that gives the answer below it."""
        self.line(f"   {text}", "dim")


class _Told:
    """The sections, one method each; what they find goes into `facts`."""

    def __init__(self, stage: Stage, client: SyncClient, source: Source, facts: Facts) -> None:
        self.stage = stage
        self.client = client
        self.source = source
        self.facts = facts
        self.name = source.origin.thread

    def importing(self) -> None:
        """Send a record per commit."""
        self.stage.heading("Real input")
        self.stage.line(f"{self.source.total:,} commits from {self.source.where}")
        summary = self._send()
        if summary.refused:
            raise SyncropelError(f"{summary.refused} records were refused, such as {summary.refusals[0]}")
        self.stage.line(
            f"{summary.sent:,} records sent in {summary.seconds:.1f} s{summary.rate}: {summary.new:,} new, "
            f"{summary.known:,} stored already"
        )
        self.facts["import"] = {"thread": self.name, "where": self.source.where, **summary.to_json()}

    def _send(self) -> Summary:
        summary = Summary()
        records = drafts(self.source.commits, self.source.origin, signer=self.client.identity)
        with Bar(self.stage.progress, "importing", self.source.total, delay=0.0) as bar:
            send_all(self.client, records, bar.advance, summary)
        return summary

    def commits(self) -> None:
        """Count."""
        self.stage.heading("How many commits?")
        self.stage.code(
            'rich_query({"body.kind": KIND}, thread, aggregates={"commits": {"$count": True}, ...})'
        )
        sums = {"added": {"$sum": "body.insertions"}, "removed": {"$sum": "body.deletions"}}
        groups = self._figures(aggregates={"commits": {"$count": True}, **sums})
        found = groups[0]["aggregates"]
        self.stage.line(
            f"{found['commits']:,} commits, {found['added']:,} lines added, {found['removed']:,} removed"
        )
        self.facts["commits"] = found["commits"]

    def most_changed(self) -> None:
        """Group by the references of the files."""
        self.stage.heading("Which five files changed most often?")
        self.stage.code('rich_query(..., group_by=["body._refs.id"], sort={"changes": -1}, limit=5)')
        groups = self._figures(
            group_by=["body._refs.id"],
            aggregates={"changes": {"$count": True}},
            sort={"changes": -1},
            limit=_SHOWN,
        )
        rows = [{"file": g["key"]["body._refs.id"], "changes": g["aggregates"]["changes"]} for g in groups]
        self.stage.console.print(rows_table(rows, ["file", "changes"], ["changes"]))
        self.facts["most_changed"] = rows

    def one_file(self) -> None:
        """Find by canonical reference."""
        reference = self.facts["most_changed"][0]["file"]
        self.stage.heading("What touched one file?")
        self.stage.code(
            f'rich_query({{"body._refs.id": "{reference}"}}, sort={{"clock": -1}}, limit={_SHOWN})'
        )
        found = self._checked(
            self.client.rich_query({"body._refs.id": reference}, sort={"clock": -1}, limit=_SHOWN)
        )
        rows = [record.to_row() for record in found.records]
        self.stage.console.print(records_table(rows, omit=_ALIKE))
        count = len(rows) if found.matched_total is None else found.matched_total
        self.stage.line(f"{counted(count, 'record')}; the newest {len(rows)} are shown")
        self.facts["one_file"] = {"ref": reference, "records": count}

    def thread(self) -> None:
        """Show the thread: its folded state, its first records."""
        self.stage.heading("The thread")
        self.stage.code(f"thread_state({self.name!r}); query_thread({self.name!r}, limit={_SHOWN})")
        state = self.client.thread_state(self.name)
        if state is None:
            raise self.client.last_error or SyncropelError("the thread has no state")
        page = self._checked(self.client.query_thread(self.name, limit=_SHOWN))
        self.stage.console.print(records_table([record.to_row() for record in page], omit=_ALIKE))
        self.stage.line(
            f"{self.name}: {state.status}, {counted(state.record_count, 'record')} "
            f"by {counted(len(state.participants), 'actor')}"
        )
        self.facts["thread"] = {"records": state.record_count, "actors": len(state.participants)}

    def schema(self, folder: Path) -> None:
        """Judge a body that fits and one that does not."""
        self.stage.heading("A record against its schema")
        schemas.register_folder(folder)
        self.stage.code(f"schemas.register_folder({_short(folder)!r}); client.validate({KIND!r}, body)")
        record = self._checked(self.client.query_thread(self.name, limit=1))[0]
        self.client.validate(KIND, record.body)
        self.stage.line(f"{record.id[:12]} fits the schema of {KIND}")
        broken = {**record.body, "commit": "not a commit id", "insertions": -1}
        try:
            self.client.validate(KIND, broken)
        except ValidationError as error:
            self.stage.line("the same body with two fields spoilt:")
            for violation in error.violations:
                self.stage.line(f"  {violation}", "yellow")
            self.facts["violations"] = [violation.path for violation in error.violations]

    def fail_open(self, daemon: Daemon) -> None:
        """Stop the daemon, then emit once more."""
        self.stage.heading("The daemon goes away, and nothing raises")
        daemon.stop()
        self.stage.code('client.emit("KNOW", "ops.demo.finished", {"ok": True}, "ops.demo")')
        result = self.client.emit("KNOW", "ops.demo.finished", {"ok": True}, "ops.demo")
        self.stage.line(f"success={result.success}  retried={result.retried}  error={result.error}")
        self.facts["fail_open"] = {"success": result.success, "error": result.error}

    def _figures(self, **options: Any) -> list[dict[str, Any]]:
        """Return the groups of an aggregation over the imported commits."""
        return self._checked(self.client.rich_query({"body.kind": KIND}, self.name, **options)).groups

    def _checked(self, result: Any) -> Any:
        if result.error is not None:
            raise result.error
        return result


def _end(stage: Stage, store: Path, keep: bool, facts: Facts) -> None:
    stage.heading("Done")
    if not keep:
        stage.line("nothing is left running; run it again and no commit is stored twice")
        return
    settings = Settings.resolve("127.0.0.1", 0, f"sqlite:///{store.absolute()}", auth=False)
    state = process.start(settings)
    stage.line(f"a daemon still serves the records at {state.url} (process {state.pid})")
    stage.line(f"try: spl query --endpoint {state.url} --limit 5")
    stage.line(f"stop it with: spl serve --stop --store {settings.store.url}")
    facts["kept"] = {"url": state.url, "pid": state.pid, "store": settings.store.url}


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
