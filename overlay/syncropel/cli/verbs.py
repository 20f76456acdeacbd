"""How a verb is declared: the options that all share, its examples, and what becomes of its failures."""

from __future__ import annotations

import errno
import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from ..errors import SyncropelError
from . import exits
from .building import Verbs
from .session import Globals, Session, complain

_PANEL = "Everywhere"

Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint", help="The daemon's URL. Default: SYNCROPEL_ENDPOINT, else http://localhost:9100.",
        rich_help_panel=_PANEL, show_default=False, metavar="URL",
    ),
]  # fmt: skip
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--token", "--api-key", rich_help_panel=_PANEL, show_default=False, metavar="TOKEN",
        help="Bearer token. Default: SYNCROPEL_API_KEY or SPL_TOKEN, else what `spl login` keeps; safer so.",
    ),
]  # fmt: skip
IdentityKey = Annotated[
    str | None,
    typer.Option(
        "--identity-key", rich_help_panel=_PANEL, show_default=False, metavar="FILE",
        help="Key that signs what is emitted. Default: SYNCROPEL_IDENTITY_KEY, else nothing is signed.",
    ),
]  # fmt: skip
Did = Annotated[
    str | None,
    typer.Option(
        "--did", rich_help_panel=_PANEL, show_default=False, metavar="DID",
        help="Who emits. Default: SYNCROPEL_DID, else who the key or the token stands for, else anonymous.",
    ),
]  # fmt: skip
Json = Annotated[
    bool | None,
    typer.Option(
        "--json", help="Print JSON and nothing else on stdout.", rich_help_panel=_PANEL, show_default=False
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", help="Seconds to wait for an answer. Default: 30.", min=0.001,
        rich_help_panel=_PANEL, show_default=False, metavar="SECONDS",
    ),
]  # fmt: skip
NoColor = Annotated[
    bool | None,
    typer.Option(
        "--no-color", help="No colours; NO_COLOR in the environment does the same.",
        rich_help_panel=_PANEL, show_default=False,
    ),
]  # fmt: skip

SHARED: dict[str, Any] = {
    "endpoint": Endpoint,
    "api_key": ApiKey,
    "did": Did,
    "identity_key": IdentityKey,
    "json": Json,
    "timeout": Timeout,
    "no_color": NoColor,
}

Verb = Callable[..., "int | None"]


def verb(app: Verbs, name: str, *, examples: Sequence[str]) -> Callable[[Verb], Verb]:
    """Declare a verb of `app`.

    The function takes a `Session` first, then its own options, and returns an exit code or None for 0. The
    options that all verbs share are added here, so `spl --json query` and `spl query --json` are the same.
    Its docstring is the help text; the examples follow it.
    """

    def declare(function: Verb) -> Verb:
        app.add(name, functools.partial(_built, name, function, examples))
        return function

    return declare


def _built(name: str, function: Verb, examples: Sequence[str]) -> Any:
    paragraphs = [" ".join(part.split()) for part in (function.__doc__ or "").split("\n\n")]
    alone = typer.Typer(rich_markup_mode="rich", add_completion=False, pretty_exceptions_enable=False)
    alone.command(
        name,
        help="\n\n".join(paragraphs),
        short_help=paragraphs[0].partition(". ")[0].removesuffix("."),
        epilog=_epilog(examples),
    )(_command(function))
    return typer.main.get_command(alone)


def group(app: Verbs, name: str, help_text: str) -> Verbs:
    """Return an empty group of verbs of `app`: `spl NAME ...`, which alone prints its help."""
    shell = typer.Typer(
        name=name,
        help=help_text,
        rich_markup_mode="rich",
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @shell.callback(invoke_without_command=True)
    def show_help(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            typer.echo(ctx.get_help())
            raise typer.Exit(exits.OK)

    made = Verbs(shell)
    app.add(name, made.command)
    return made


def shared_parameters() -> list[inspect.Parameter]:
    """Return the shared options as parameters for a signature, all defaulting to None (not given)."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, keyword, default=None, annotation=SHARED[name]) for name in SHARED]


def _command(function: Verb) -> Callable[..., None]:
    # Not `get_type_hints`: on Python 3.10 it wraps what defaults to None, and typer would not see options.
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *own,
    ]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters] + shared_parameters()

    def run(**values: Any) -> None:
        context: typer.Context = values.pop("ctx")
        given = Globals(**{name: values.pop(name) for name in SHARED})
        before = context.obj if isinstance(context.obj, Globals) else Globals()
        raise typer.Exit(guarded(functools.partial(function, Session(before.overridden_by(given)), **values)))

    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    return run


def guarded(work: Callable[[], int | None]) -> int:
    """Run a verb's work and turn whatever ends it into an exit code and at most one line on stderr."""
    try:
        code = work() or exits.OK
        sys.stdout.flush()
    except SyncropelError as error:
        complain(exits.line_of(error))
        return exits.code_of(error)
    except KeyboardInterrupt:
        complain("interrupted")
        return exits.INTERRUPTED
    except OSError as error:
        return unwritten(error)
    return code


def unwritten(error: OSError) -> int:
    """Tell of an answer, or another file, that cannot be written or read, and return the exit code."""
    # Else the interpreter's last flush fails again, and tells in its way.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        # The reader (`| head`) has had enough: nobody is left to complain to, and it is no failure.
        return exits.OK
    where = "the answer cannot be written" if error.filename is None else error.filename
    complain(f"{where}: {error.strerror or error}")
    return exits.FAILED


def _epilog(examples: Sequence[str]) -> str:
    lines = [f"[bold]Example{'s' * (len(examples) != 1)}[/bold]"]
    # A blank line between them: typer joins what follows without one into a paragraph.
    return "\n\n".join([*lines, *(f"  $ {example}".replace("[", r"\[") for example in examples)])
