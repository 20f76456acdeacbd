"""The demo inside its environment: options, then the story."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

STORE = Path(os.environ.get("SYNCROPEL_ENVS", ROOT / ".envs")) / "demo-store" / "signed.db"


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    made = argparse.ArgumentParser(
        prog="demo",
        description="Start a daemon on a SQLite file, import a git history as signed records, ask about it.",
        epilog="Run it twice: the second time nothing is stored, since ids are hashes of content.",
    )
    made.add_argument("--path", type=Path, help="a git repository; default: this one")
    made.add_argument(
        "--store", type=Path, default=STORE, help=f"the database file; default: {_short(STORE)}"
    )
    made.add_argument("--limit", type=int, metavar="N", help="import the first N commits only")
    made.add_argument("--keep", action="store_true", help="leave the daemon running, and say how to stop it")
    made.add_argument("--json", action="store_true", help="print what was found as one JSON document instead")
    made.add_argument(
        "--export", type=Path, metavar="FILE", help="write the history to a file, addresses removed; no demo"
    )
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    chosen = parser().parse_args(arguments)
    if chosen.limit is not None and chosen.limit < 1:
        parser().error("--limit has to be 1 or more")
    from _demo import history, story
    from syncropel.errors import SyncropelError

    # Being told to end takes the way of Ctrl-C: through the blocks that stop the daemon.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if chosen.export is not None:
            count = history.export(chosen.path or ROOT, chosen.export)
            print(f"{count} commits written to {chosen.export}")
            return 0
        facts = story.tell(
            history.source(chosen.path, ROOT, chosen.limit),
            store=chosen.store,
            schemas=ROOT / "examples" / "schemas",
            keep=chosen.keep,
            quiet=chosen.json,
        )
    except SyncropelError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; the daemon is stopped", file=sys.stderr)
        return 130
    if chosen.json:
        print(json.dumps(facts, indent=2))
    return 0


def _interrupt(*_: Any) -> None:
    signal.raise_signal(signal.SIGINT)


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    sys.exit(main())
