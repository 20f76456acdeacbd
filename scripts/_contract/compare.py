"""Comparing what is checked in with what the contract gives today, byte for byte."""

from __future__ import annotations

from pathlib import Path

from _contract.build import STAMP


def differences(fresh: Path, kept: Path) -> list[str]:
    """Return one line per file that differs, is missing or does not belong.

    Args:
        fresh: A folder that was just generated.
        kept: The folder that is checked in.
    """
    wanted, found = _files(fresh), _files(kept)
    same_inputs = found.get(STAMP) == wanted[STAMP]
    reason = "edited by hand" if same_inputs else "older than the contract, the templates or the generator"
    lines = [f"missing: {name}" for name in sorted(wanted.keys() - found.keys())]
    lines += [f"stray: {name}" for name in sorted(found.keys() - wanted.keys())]
    lines += [
        f"{reason}: {name}" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]
    ]
    return lines


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
