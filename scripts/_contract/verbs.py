"""The four verbs of `scripts/generate`, each from its start to its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _contract import build, chain
from _contract.changes import Change
from _contract.compare import differences
from _contract.diff import compare
from _contract.document import ContractError, load
from _contract.lint import problems
from _toolbox import ROOT, fail


def lint() -> int:
    """Print every problem of the contract; 1 when there is one."""
    found = problems(build.read_contract())
    for problem in found:
        print(f"openapi.yaml: {problem}", file=sys.stderr)
    print(f"contract: {len(found)} problem{'s' * (len(found) != 1)}")
    return int(bool(found))


def generate() -> int:
    """Lint, build beside the old layer, and swap."""
    if lint():
        return 1
    chain.OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that putting it in place is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=".generate-", dir=chain.OUTPUT.parent) as place:
        fresh = Path(place) / chain.OUTPUT.name
        count = build.build(fresh)
        build.swap(fresh, chain.OUTPUT)
    print(f"wrote {count} operations to {chain.OUTPUT.relative_to(ROOT).as_posix()}")
    return 0


def check() -> int:
    """Build elsewhere and compare; 1 when a byte, a file or the contract is not as it should be."""
    if lint():
        return 1
    with tempfile.TemporaryDirectory(prefix="generate-") as place:
        fresh = Path(place) / chain.OUTPUT.name
        count = build.build(fresh)
        lines = differences(fresh, chain.OUTPUT)
    for line in lines:
        print(line, file=sys.stderr)
    if lines:
        print("generated/ is not what the contract gives: run scripts/generate", file=sys.stderr)
        return 1
    print(f"generated/ is what the contract gives: {count} operations")
    return 0


def diff(reference: str, *, as_json: bool) -> int:
    """Print every change of the contract since a revision; 1 when one breaks existing callers."""
    changes = compare(_old_contract(reference), build.read_contract())
    if as_json:
        print(json.dumps([change.as_dict() for change in changes], ensure_ascii=False, indent=2))
    else:
        _print_words(changes, reference)
    return int(any(change.breaking for change in changes))


def _print_words(changes: list[Change], reference: str) -> None:
    breaking = [change for change in changes if change.breaking]
    safe = [change for change in changes if not change.breaking]
    for title, listed in (("Breaks existing callers", breaking), ("Safe", safe)):
        if listed:
            print("\n  ".join([f"{title}:", *map(str, listed)]))
    if changes:
        print(f"{len(changes)} changed since {reference}, {len(breaking)} of them breaking existing callers")
    else:
        print(f"no change since {reference}")


def _old_contract(reference: str) -> dict[str, Any]:
    """Return the contract at a git revision, or in a file when the reference names one."""
    path = Path(reference)
    try:
        if path.suffix in {".yaml", ".yml", ".json"} and path.is_file():
            return load(path.read_text(encoding="utf-8"), reference)
        name = chain.CONTRACT.relative_to(ROOT).as_posix()
        done = subprocess.run(
            ["git", "show", f"{reference}:./{name}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise fail(f"git has no {name} at {reference!r}: {done.stderr.strip()}")
        return load(done.stdout, f"{reference}:{name}")
    except (ContractError, OSError) as error:
        raise fail(str(error)) from error
