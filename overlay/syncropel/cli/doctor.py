"""`spl doctor`: what is installed, what is configured, and whether the daemon answers."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from ..errors import AuthenticationError, SyncropelError
from . import exits
from .app import app
from .session import ENV_IDENTITY_KEY, Session
from .store_check import Finding
from .verbs import verb

if TYPE_CHECKING:
    from .. import SyncClient
    from ..keys.identity import Identity

_PACKAGES = (
    *("httpx", "attrs", "jsonschema", "jsonschema-rs", "typer", "rich", "starlette", "uvicorn"),
    *("httptools", "orjson", "cryptography", "joserfc", "websockets", "psycopg"),
)
_OPTIONAL = {"jsonschema-rs": "fast", "starlette": "daemon", "uvicorn": "daemon"}
_OPTIONAL |= {"httptools": "fast", "orjson": "fast", "psycopg": "postgres"}
_OPTIONAL |= {"cryptography": "keys", "joserfc": "keys", "websockets": "store"}
_MARKS = {True: "ok", False: "no", None: "-"}
_SKEW_SECONDS = 2.0

Checked = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", show_default=False, help="Look at everything in this store instead."
    ),
]


@verb(
    app,
    "doctor",
    examples=[
        "spl doctor",
        "spl doctor --endpoint http://localhost:9200 --json",
        "spl doctor --store sqlite:///r.db",
    ],
)
def doctor(session: Session, store: Checked = None) -> int:
    """Look at the installation, the configuration and the daemon; or, with --store, at everything in a store.

    Exit code 3 when the daemon cannot be reached. A token is never shown, only whether there is one and
    where it comes from.

    Of a store, every id is computed again and every fact that is kept beside the records too; exit code 1
    when something is wrong. Nothing is changed, and daemons may serve it meanwhile.
    """
    if store is not None:
        return _look_at(session, store)
    findings = [*_installation(), *_configuration(session), *_store()]
    reached, answers = _daemon(session)
    findings += answers
    if session.json:
        session.document({"ok": reached, "findings": [finding._asdict() for finding in findings]})
    else:
        _show(session, findings)
    return exits.OK if reached else exits.UNREACHABLE


def _look_at(session: Session, store: str) -> int:
    from .store_check import check_store, code_of

    findings, problems = check_store(session, store)
    code = code_of(findings)
    if session.json:
        shown = [finding._asdict() for finding in findings]
        session.document({"ok": code == exits.OK, "findings": shown, "problems": problems})
        return code
    _show(session, findings)
    for problem in problems:
        session.say(f"{problem['check']}: {problem['where']}: {problem['what']}")
    return code


def _installation() -> Iterator[Finding]:
    enough = sys.version_info >= (3, 10)
    yield Finding(
        "python", enough, f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    yield Finding("syncropel", None, __version__)
    for name in _PACKAGES:
        try:
            yield Finding(name, None, installed_version(name))
        except PackageNotFoundError:
            extra = _OPTIONAL.get(name)
            yield Finding(name, None, "not installed", f"pip install 'syncropel[{extra}]'" if extra else "")


def _configuration(session: Session) -> Iterator[Finding]:
    from ..transport.config import ENV_ENDPOINT

    settings = session.settings()
    given = session.options
    yield Finding("endpoint", None, f"{settings.endpoint} ({_source(given.endpoint, ENV_ENDPOINT)})")
    me = settings.identity
    yield Finding("identity", None, f"{me.actor_did} ({_signing(session, me)})")
    token, source = session.token
    yield Finding("token", None, source if token is None else f"present (from {source})")
    yield Finding("timeout", None, f"{settings.timeout:g} s")


def _signing(session: Session, identity: Identity) -> str:
    from ..transport.config import ENV_IDENTITY

    if identity.signs:
        return f"signs with {session.options.identity_key or os.environ.get(ENV_IDENTITY_KEY)}"
    source = _source(session.options.did, ENV_IDENTITY)
    if source == "the default" and session.identity is not None:
        source = "the token's account"
    return f"{source}; not signed"


def _store() -> Iterator[Finding]:
    from ..daemon import process
    from ..daemon.settings import Settings

    try:
        settings = Settings.resolve()
        found = process.status(settings)
    except SyncropelError as error:
        yield Finding("store", False, str(error))
        return
    yield Finding("store", None, settings.store.url)
    serving = (
        "nobody serves it" if found.state is None else f"served at {found.state.url} ({found.state.door})"
    )
    yield Finding("store's daemon", None, serving)


def _daemon(session: Session) -> tuple[bool, list[Finding]]:
    with session.client() as client:
        client.health()  # the first call also loads what the second one is to be timed without
        began = time.time()
        health = client.health()
        ended = time.time()
        access = _access(client) if health.ok else ()
    if not health.ok:
        why = str(health.error)
        hint = exits.way_out(why) and "spl serve --daemon starts one; --endpoint names another"
        return False, [Finding("daemon", False, why, hint)]
    found = [Finding("daemon", True, f"{health.get('status')} in {(ended - began) * 1000:.1f} ms")]
    theirs = health.get("version")
    if theirs is not None:
        found.append(Finding("daemon version", None if theirs == __version__ else False, str(theirs)))
    # Ours lacks the number while it waits for its database, and is alive all the same.
    away = "store" in health and "records" not in health
    if away:
        hint = "its log says why: spl serve --logs"
        found.append(Finding("records", False, "the daemon cannot reach its store now", hint))
    elif "records" in health:
        found.append(Finding("records", None, f"{health['records']:,}"))
    found += access
    return not away, [*found, _skew(health.get("time"), began, ended)]


def _access(client: SyncClient) -> list[Finding]:
    """Ask the daemon who it takes us for: it answers for its health whoever asks."""
    try:
        facts = client.whoami().to_dict()
    except AuthenticationError as error:
        return [
            Finding("access", False, error.message, error.hint or "spl login keeps a token for this daemon")
        ]
    except SyncropelError:
        # Another daemon need not know the question.
        return []
    account = facts.get("service_account_id") if facts.get("is_authenticated") else None
    return [Finding("access", None if account is None else True, account or "no token is needed there")]


def _skew(theirs: Any, began: float, ended: float) -> Finding:
    """Compare the daemon's time, cut to the second, with this machine's while it was asked."""
    if isinstance(theirs, bool) or not isinstance(theirs, (int, float)):
        return Finding("clock", None, "the daemon does not tell its time")
    # The nearest moments at which the daemon can have read its clock: it may differ by nothing at all.
    skew = max(theirs - ended, began - (theirs + 1), 0.0)
    hint = "automatic clocks follow this machine's time; synchronise it" if skew > _SKEW_SECONDS else ""
    return Finding("clock", skew <= _SKEW_SECONDS, f"differs by {skew:.0f} s", hint)


def _source(given: str | None, *variables: str) -> str:
    if given is not None:
        return "from the command line"
    for name in variables:
        if os.environ.get(name):
            return f"from {name}"
    return "the default"


def _show(session: Session, findings: list[Finding]) -> None:
    from rich.table import Table

    from .tables import cell

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    styles: dict[Any, str] = {True: "green", False: "red", None: "dim"}
    for finding in findings:
        text = f"{finding.value} ({finding.hint})" if finding.hint else finding.value
        table.add_row(cell(_MARKS[finding.ok], styles[finding.ok]), cell(finding.name), cell(text))
    session.show(table)
