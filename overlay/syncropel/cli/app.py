"""The program: which verbs there are, and the way from the process's words to an exit code."""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import io
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from . import exits
from .building import Verbs
from .session import Globals, Session, complain
from .verbs import ApiKey, Did, Endpoint, IdentityKey, Json, NoColor, Timeout, guarded, unwritten

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

CATALOGUE: dict[str, dict[str, tuple[str, ...]]] = {
    "The daemon": {
        "serve": ("serve",),
        "doctor": ("doctor",),
        "backup": ("backup",),
        "restore": ("restore",),
        "compact": ("compact",),
        "version": ("version",),
    },
    "Records": {
        "emit": ("emit",),
        "query": ("query",),
        "record": ("record",),
        "thread": ("thread", "verify"),
        "import": ("import_git", "import_jsonl"),
        "export": ("export",),
        "outbox": ("outbox",),
        "validate": ("validate",),
        "kind": ("kind",),
        "ref": ("ref",),
    },
    "Keys, queues, streams and topics": {
        "kv": ("kv", "kv_keys"),
        "queue": ("queue", "queue_take", "queue_work", "queue_top", "queue_dead"),
        "stream": ("stream", "stream_tail"),
        "pub": ("pubsub",),
        "sub": ("pubsub",),
    },
    "Questions and answers": {
        "infer": ("infer",),
        "inbox": ("inbox",),
        "decisions": ("decisions",),
        "actor": ("actor",),
        "verdict": ("verdict",),
        "trust": ("trust",),
    },
    "Who you are, and who may do what": {
        "login": ("login",),
        "logout": ("login",),
        "whoami": ("login",),
        "identity": ("identity",),
        "service-account": ("service_account",),
        "token": ("tokens",),
        "namespace": ("namespace",),
    },
}
"""Every first word, in the order of the help and under its headings, with the modules that declare it."""

app = Verbs(typer.Typer(name="spl", rich_markup_mode="rich", pretty_exceptions_enable=False))


@app.shell.callback(invoke_without_command=True, help=_HELP, epilog=_CODES)
def root(
    ctx: typer.Context,
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    did: Did = None,
    identity_key: IdentityKey = None,
    json: Json = None,
    timeout: Timeout = None,
    no_color: NoColor = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, as spl version does.")
    ] = False,
) -> None:
    """Keep the shared options that stand before the verb."""
    ctx.obj = Globals(endpoint, api_key, did, identity_key, json, timeout, no_color)
    if version:
        from .version import version as printed

        raise typer.Exit(guarded(functools.partial(printed, Session(ctx.obj))))
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(exits.OK)


@functools.cache
def program() -> Any:
    """Return the program. A verb is imported and built when it is looked up in it."""
    return app.command(
        {
            word: functools.partial(_declared, word, modules, panel)
            for panel, words in CATALOGUE.items()
            for word, modules in words.items()
        }
    )


def _declared(word: str, modules: Sequence[str], panel: str) -> Any:
    for module in modules:
        importlib.import_module(f".{module}", __package__)
    made = app.made(word)
    made.rich_help_panel = panel
    return made


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program on these words (default: the process's own) and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    logging.getLogger("syncropel").addHandler(_WARNINGS)
    _prepare_streams()
    try:
        with _plain(words):
            done: Any = program().main(args=words, prog_name="spl", standalone_mode=False)
    except typer.Abort:
        complain("interrupted")
        return exits.INTERRUPTED
    except SystemExit as error:
        # The shell's questions end so, and a help text whose reader has left.
        pipe = _closed_pipe(error)
        if pipe is None:
            raise
        return unwritten(pipe)
    except OSError as error:
        return unwritten(error)
    except Exception as error:
        # Usage errors have a class of their own in each version of typer, and these two members in all of
        # them.
        explain, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
        if explain is None or code is None:
            raise
        text = " ".join(str(explain()).split())
        dash = re.search(r"No such option:? '?(-[0-9.][^\s']*)", text)
        complain(
            f"{text}{f' (a value goes behind --: -- {dash[1]})' if dash else ''} (see {_help_of(error)})"
        )
        return int(code)
    return int(done or exits.OK)


@contextlib.contextmanager
def _plain(words: Sequence[str]) -> Iterator[None]:
    """Have help texts without colours, too: they are printed while the words are read."""
    before = os.environ.get("NO_COLOR")
    own = words[: words.index("--")] if "--" in words else words
    if before or "--no-color" not in own:
        yield
        return
    os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        os.environ.pop("NO_COLOR")
        if before is not None:
            os.environ["NO_COLOR"] = before


def _prepare_streams() -> None:
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed by the caller: the next file or socket would get its number, and what is printed.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the run
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show every character gets escapes instead of a traceback.
        sys.stdout.reconfigure(errors="backslashreplace")


def _closed_pipe(error: BaseException | None) -> OSError | None:
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            return error
        error = error.__context__
    return None


def _help_of(error: Exception) -> str:
    path = getattr(getattr(error, "ctx", None), "command_path", None) or "spl"
    return f"{path} --help"
