"""`spl serve`: the daemon, in the foreground or in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from . import exits
from .app import app
from .session import Session
from .verbs import verb

if TYPE_CHECKING:
    from ..daemon.settings import Settings
    from ..daemon.state import State

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="sqlite:///PATH, postgresql://HOST/DATABASE or memory:. Default: a file in your data folder.",
    ),
]
Port = Annotated[int | None, typer.Option("--port", help="TCP port, 0 for any free one. Default: 9100.")]
Host = Annotated[
    str | None,
    typer.Option(
        "--host", help="Numeric address. Default: 127.0.0.1; any other than loopback needs an account."
    ),
]
_DOOR = "Who may enter"
Auth = Annotated[
    bool | None,
    typer.Option(
        "--auth/--no-auth", rich_help_panel=_DOOR, show_default=False,
        help="Whether callers need a token. Default: SYNCROPEL_AUTH, else off on loopback and on elsewhere.",
    ),
]  # fmt: skip
Insecure = Annotated[
    bool, typer.Option("--insecure-localhost", rich_help_panel=_DOOR, help="The same as --no-auth.")
]
TlsCert = Annotated[
    str | None,
    typer.Option(
        "--tls-cert", metavar="FILE", rich_help_panel=_DOOR,
        help="Certificate chain, PEM. Default: SYNCROPEL_TLS_CERT, else plain HTTP.",
    ),
]  # fmt: skip
TlsKey = Annotated[
    str | None,
    typer.Option("--tls-key", metavar="FILE", rich_help_panel=_DOOR, help="Its private key, PEM."),
]
RequireTls = Annotated[
    bool, typer.Option("--require-tls", rich_help_panel=_DOOR, help="Refuse plain HTTP off loopback.")
]
CorsOrigins = Annotated[
    list[str] | None,
    typer.Option(
        "--cors-origin", metavar="ORIGIN", rich_help_panel=_DOOR,
        help="Origin whose pages may call. May be repeated. Default: none.",
    ),
]  # fmt: skip
RateLimit = Annotated[
    float | None,
    typer.Option(
        "--rate-limit", metavar="N", rich_help_panel=_DOOR, show_default=False,
        help="Requests per second of one token, 0 for any number. Default: 1000.",
    ),
]  # fmt: skip
RequireSignatures = Annotated[
    bool, typer.Option("--require-signatures", rich_help_panel=_DOOR, help="Refuse unsigned records.")
]
DidWebHosts = Annotated[
    list[str] | None,
    typer.Option(
        "--did-web-host", metavar="HOST", rich_help_panel=_DOOR,
        help="Host whose DID documents may have a private address. May be repeated. Default: none.",
    ),
]  # fmt: skip
Audiences = Annotated[
    list[str] | None,
    typer.Option(
        "--audience", metavar="NAME", rich_help_panel=_DOOR,
        help="Further name under which self-issued tokens may address the daemon. May be repeated.",
    ),
]  # fmt: skip


TokenKey = Annotated[
    str | None,
    typer.Option(
        "--token-key", metavar="FILE", rich_help_panel=_DOOR,
        help="The key of the tokens, the same for every daemon of a store. Default: SYNCROPEL_TOKEN_KEY, "
        "else the store's own.",
    ),
]  # fmt: skip


@verb(
    app,
    "serve",
    examples=[
        "spl serve",
        "spl serve --daemon --store sqlite:///~/records.db",
        "spl serve --port 0 --store memory:",
        "spl serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem --store sqlite:///~/records.db",
        "spl serve --store postgresql://db.internal/records",
        "spl serve --status",
        "spl serve --stop",
    ],
)
def serve(
    session: Session,
    host: Host = None,
    port: Port = None,
    store: Store = None,
    daemon: Annotated[bool, typer.Option("--daemon", help="Run in the background.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the store's daemon.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Tell whether it runs, and where.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Stop it and start it again.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Print its log.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="With --logs: go on as it grows.")] = False,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log every request.")] = False,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="Configuration: who answers queries.")
    ] = None,
    auth: Auth = None,
    insecure_localhost: Insecure = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    require_tls: RequireTls = False,
    cors_origin: CorsOrigins = None,
    rate_limit: RateLimit = None,
    require_signatures: RequireSignatures = False,
    did_web_host: DidWebHosts = None,
    audience: Audiences = None,
    token_key: TokenKey = None,
) -> int:
    """Serve records, until Ctrl-C or SIGTERM: to this machine, or with --host to others that have a token.

    Every record is on disk before it is acknowledged. A daemon is known by its store, so --stop, --status,
    --restart and --logs take the same --store; where several serve one database, the same --port, too.
    A database's password is best left to PGPASSWORD or ~/.pgpass.
    """
    from ..daemon.settings import Settings

    chosen = {"--daemon": daemon, "--stop": stop, "--status": status, "--restart": restart, "--logs": logs}
    asked = [name for name, given in chosen.items() if given]
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} exclude each other: give one of them")
    if follow and not logs:
        raise UsageError("--follow goes with --logs")
    if insecure_localhost and auth:
        raise UsageError("--insecure-localhost is --no-auth: give it or --auth")
    settings = Settings.resolve(
        host=host,
        port=port,
        store=store,
        access_log=access_log,
        config=config,
        auth=False if insecure_localhost else auth,
        tls_cert=tls_cert,
        tls_key=tls_key,
        require_tls=require_tls,
        cors_origins=cors_origin or (),
        rate_limit=rate_limit,
        require_signatures=require_signatures,
        did_web_hosts=did_web_host or (),
        audiences=audience or (),
        token_key=token_key,
    )
    if not asked:
        return _foreground(session, settings)
    if logs:
        return _logs(session, settings, follow)
    return {"--daemon": _start, "--stop": _stop, "--status": _status, "--restart": _restart}[asked[0]](
        session, settings
    )


def _foreground(session: Session, settings: Settings) -> int:
    from ..daemon.serve import run

    def ready(url: str) -> None:
        if session.json:
            session.json_line({"status": "running", "url": url, "store": settings.store.url})
        else:
            session.say(f"serving {settings.store.url} at {url}{_elsewhere(settings.host)} (Ctrl-C stops it)")

    return run(settings, on_ready=ready)


def _start(session: Session, settings: Settings) -> int:
    from ..daemon import process

    return _running(session, process.start(settings))


def _restart(session: Session, settings: Settings) -> int:
    from ..daemon import process

    return _running(session, process.restart(settings))


def _running(session: Session, state: State) -> int:
    if session.json:
        session.document(_facts("running", state))
    else:
        where = f"{state.url}{_elsewhere(state.host)}"
        session.say(f"serving {state.store} at {where} (process {state.pid}); `spl serve --stop` ends it")
    return exits.OK


def _nobody(settings: Settings) -> str:
    """Say that no daemon is known; of those of a database on other machines nothing is known here."""
    here = " on this machine" if settings.store.database is not None else ""
    return f"no daemon{here} serves {settings.store.url}"


def _elsewhere(host: str) -> str:
    """Say where else a daemon answers than at its address on this machine."""
    return " and at every address of this machine" if host in {"0.0.0.0", "::"} else ""  # noqa: S104 - compared


def _stop(session: Session, settings: Settings) -> int:
    from ..daemon import process

    state = process.stop(settings)
    if session.json:
        session.document(_facts("stopped", state, settings))
    else:
        session.say(_nobody(settings) if state is None else f"stopped process {state.pid}")
    return exits.OK


def _status(session: Session, settings: Settings) -> int:
    from ..daemon import process

    found = process.status(settings)
    word = "stopped" if found.state is None else "running" if found.answering else "not answering"
    if session.json:
        session.document(_facts(word, found.state, settings))
    elif found.state is None:
        session.say(_nobody(settings))
    else:
        state = found.state
        session.say(f"{word}: {state.store} at {state.url} (process {state.pid}); {state.door}")
    return exits.OK if found.answering else exits.UNREACHABLE


def _logs(session: Session, settings: Settings, follow: bool) -> int:
    from ..daemon import process

    for line in process.logs(settings, follow=follow):
        if session.json:
            session.json_line({"line": line})
        else:
            print(line, flush=follow)
    return exits.OK


def _facts(word: str, state: State | None, settings: Settings | None = None) -> dict[str, Any]:
    if state is None:
        return {"status": word, "store": settings.store.url if settings else None}
    return {
        "status": word,
        "url": state.url,
        "pid": state.pid,
        "version": state.version,
        "store": state.store,
        "auth": state.auth,
        "tls": state.tls,
    }
