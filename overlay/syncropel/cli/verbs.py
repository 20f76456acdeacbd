"""How a verb is declared: the options that all share, its examples, and what becomes of its failures."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from ..errors import SyncropelError
from . import exits
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


def verb(app: typer.Typer, name: str, *, examples: Sequence[str]) -> Callable[[Verb], Verb]:
    """Declare a verb on `app`.

    The function takes a `Session` first, then its own options, and returns an exit code or None for 0. The
    options that all verbs share are added here, so `spl --json query` and `spl query --json` are the same.
    Its docstring is the help text; the examples follow it.
    """

    def declare(function: Verb) -> Verb:
        paragraphs = [" ".join(part.split()) for part in (function.__doc__ or "").split("\n\n")]
        app.command(
            name,
            help="\n\n".join(paragraphs),
            short_help=paragraphs[0].partition(". ")[0].removesuffix("."),
            epilog=_epilog(examples),
        )(_command(function))
        return function

    return declare


def group(name: str, help_text: str) -> typer.Typer:
    """Return an empty group of verbs: `spl NAME ...`, which alone prints its help."""
    made = typer.Typer(name=name, help=help_text, rich_markup_mode="rich", add_completion=False)

    @made.callback(invoke_without_command=True)
    def show_help(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            typer.echo(ctx.get_help())
            raise typer.Exit(exits.OK)

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
    except BrokenPipeError:
        # The reader (`| head`) has had enough: nobody is left to complain to, and it is no failure.
        silence_stdout()
        return exits.OK
    return code


def silence_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not fail on a closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _epilog(examples: Sequence[str]) -> str:
    lines = [f"[bold]Example{'s' * (len(examples) != 1)}[/bold]"]
    # A blank line between them: typer joins what follows without one into a paragraph.
    return "\n\n".join([*lines, *(f"  $ {example}".replace("[", r"\[") for example in examples)])
