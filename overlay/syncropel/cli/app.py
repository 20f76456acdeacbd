"""The program: all verbs together, and the way from the process's words to an exit code."""

from __future__ import annotations

import errno
import functools
import logging
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer

from . import exits
from .session import Globals, complain
from .verbs import ApiKey, Did, Endpoint, IdentityKey, Json, NoColor, Timeout, silence_stdout

_HELP = "Records, keys, queues, streams and topics from the command line; and the daemon that keeps them."
_CODES = "\n\n".join(
    ["[bold]Exit codes[/bold]", *(f"  {code:>3}  {meaning}" for code, meaning in exits.MEANINGS.items())]
)


class _Warnings(logging.Handler):
    """Shows what the client warns about an endpoint. What it logs of failures is told by the verbs, once."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.module == "endpoint":
            complain(record.getMessage())


_WARNINGS = _Warnings(logging.WARNING)

app = typer.Typer(name="spl", rich_markup_mode="rich", pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True, help=_HELP, epilog=_CODES)
def root(
    ctx: typer.Context,
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    did: Did = None,
    identity_key: IdentityKey = None,
    json: Json = None,
    timeout: Timeout = None,
    no_color: NoColor = None,
) -> None:
    """Keep the shared options that stand before the verb."""
    ctx.obj = Globals(endpoint, api_key, did, identity_key, json, timeout, no_color)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(exits.OK)


@functools.cache
def program() -> Any:
    """Return the program with all its verbs; putting it together takes longer than most of them."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program on these words (default: the process's own) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    logging.getLogger("syncropel").addHandler(_WARNINGS)
    try:
        done: Any = program().main(args=words, prog_name="spl", standalone_mode=False)
    except typer.Abort:
        complain("interrupted")
        return exits.INTERRUPTED
    except SystemExit as error:
        # The shell's questions end so, and a help text whose reader has left.
        if not _pipe_closed(error):
            raise
        silence_stdout()
        return exits.OK
    except Exception as error:
        # Usage errors have a class of their own in each version of typer, and these two members in all of
        # them.
        explain, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
        if explain is None or code is None:
            raise
        text = " ".join(str(explain()).split())
        dash = re.search(r"No such option: (-[0-9.]\S*)", text)
        complain(
            f"{text}{f' (a value goes behind --: -- {dash[1]})' if dash else ''} (see {_help_of(error)})"
        )
        return int(code)
    return int(done or exits.OK)


def _pipe_closed(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            return True
        error = error.__context__
    return False


def _help_of(error: Exception) -> str:
    path = getattr(getattr(error, "ctx", None), "command_path", None) or "spl"
    return f"{path} --help"


def _register() -> None:
    """Import the verbs: each declares itself on `app`."""
    from . import doctor, emit, import_git, kind, query, record, ref, serve, thread, validate, version  # noqa: F401, I001
    from . import actor, decisions, inbox, infer, trust, verdict  # noqa: F401
    from . import import_jsonl  # noqa: F401
    from . import backup, compact, export, restore  # noqa: F401
    from . import outbox  # noqa: F401
    from . import identity, login, namespace, service_account, tokens, verify  # noqa: F401
    from . import kv, kv_keys, pubsub, stream, stream_tail  # noqa: F401
    from . import queue, queue_dead, queue_take, queue_top, queue_work  # noqa: F401


_register()
