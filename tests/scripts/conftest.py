"""What the tests of the generation chain need: an interpreter that the pinned generator runs on.

On a machine whose only Python is 3.10 nothing can be generated, and the two modules that generate are left
out; the summary says so. What was generated is tested all the same, in tests/generated.
"""

from __future__ import annotations

import pytest

from _contract import chain


def _lacking() -> str:
    try:
        chain.interpreter()
    except SystemExit as error:
        return str(error)
    return ""


LACKING = _lacking()
collect_ignore = ["test_generate.py", "test_template_kit.py"] if LACKING else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and why."""
    if LACKING:
        terminalreporter.write_line(f"left out: the tests that generate ({LACKING})")
