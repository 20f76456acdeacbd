"""The command line: `syncropel`, and the same under its short name `spl`. One verb per module.

Exit codes: 0 done, 1 refused or failed, 2 usage or configuration, 3 the daemon cannot be reached, 130
interrupted.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: Words after the program's name. Default: those of the process.
    """
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        from ..errors import MissingExtraError

        print(f"spl: {MissingExtraError('the command line', 'cli')}", file=sys.stderr)
        return 2
    try:
        from .app import run

        return run(arguments)
    except KeyboardInterrupt:
        # While the verbs are put together; later each ends itself.
        print("spl: interrupted", file=sys.stderr)
        return 130
