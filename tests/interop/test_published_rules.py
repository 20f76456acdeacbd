"""The rules give what the published package gives, byte for byte, over many values."""

from __future__ import annotations

import json
import random
import struct
import subprocess
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

import pytest

from syncropel.rules.canonical import canonical_json
from syncropel.rules.hashing import hash_levels, record_id
from syncropel.rules.kinds import is_kind

PIECES = [*'ab"\\/\x00\x1f\x7f\u2028é\uffff😀\n\t ', "e\u0301", ".0,", "1e+16", "\ue000"]
FLOATS = [0.0, -0.0, 1e15, 1e16, 1e21, 1e22, 1e-4, 1e-5, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, 2.5]


class Values:
    """Values drawn from a seeded source, so that a difference can be found again."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        """Draw a short text of awkward characters."""
        return "".join(self.random.choice(PIECES) for _ in range(self.random.randrange(6)))

    def number(self) -> float | int:
        """Draw an integer of any length, a whole float, or any finite float there is."""
        choice = self.random.randrange(5)
        if choice == 0:
            return self.random.randrange(-(10**30), 10**30)
        if choice == 1:
            return float(self.random.randrange(10 ** self.random.randrange(1, 25)))
        if choice == 2:
            return self.random.choice(FLOATS)
        if choice == 3:
            return self.random.random() * 10.0 ** self.random.randrange(-12, 25)
        value: float = struct.unpack("d", self.random.randbytes(8))[0]
        return value if isfinite(value) else 0.5

    def value(self, depth: int = 0) -> Any:
        """Draw any JSON value."""
        choice = self.random.randrange(8 if depth < 4 else 6)
        if choice == 0:
            return self.random.choice([None, True, False])
        if choice < 3:
            return self.text()
        if choice < 6:
            return self.number()
        if choice == 6:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return {self.text(): self.value(depth + 1) for _ in range(self.random.randrange(6))}

    def record(self) -> dict[str, Any]:
        """Draw a record, its parents in the order in which they are hashed."""
        body = {self.text(): self.value() for _ in range(4)}
        for name in ("domain", "operation", "input_shape"):
            if self.random.random() < 0.3:
                body[name] = self.text()
        return {
            "act": self.random.choice(["INTEND", "PUT", "GET"]),
            "actor": self.text(),
            "body": body,
            "clock": self.random.randrange(2**63),
            "data_type": "SCALAR",
            "parents": sorted(self.text() for _ in range(self.random.randrange(4))),
            "thread": self.text(),
        }

    def kind(self) -> str:
        """Draw a text that is a kind, or nearly one."""
        parts = ["core", "@a", "@", "a", "b-_9", "", "v1", "v", "V2", "é", "a b"]
        return ".".join(self.random.choice(parts) for _ in range(self.random.randrange(6)))


@pytest.fixture(scope="module")
def compared(peer: Callable[..., list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The questions, and what the published package answers."""
    drawn = Values(20260101)
    questions = {
        "values": [drawn.value() for _ in range(10_000)],
        "records": [drawn.record() for _ in range(2_000)],
        "kinds": [drawn.kind() for _ in range(5_000)],
    }
    command = [*peer()[:-1], str(Path(__file__).with_name("peer_rules.py"))]
    done = subprocess.run(
        command, input=json.dumps(questions), capture_output=True, text=True, timeout=100, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return questions, json.loads(done.stdout)


def test_canonical_texts(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Canonical JSON is byte-identical."""
    questions, answers = compared
    assert [canonical_json(value) for value in questions["values"]] == answers["texts"]


def test_record_ids(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Seven-field ids are the same."""
    questions, answers = compared
    assert [record_id(record) for record in questions["records"]] == answers["ids"]


def test_match_levels(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Match levels are the same."""
    questions, answers = compared
    ours = [list(hash_levels(record["act"], record["body"])) for record in questions["records"]]
    assert ours == answers["levels"]


def test_kinds(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The grammar accepts the same texts, among them many that are and many that are not."""
    questions, answers = compared
    assert [is_kind(kind) for kind in questions["kinds"]] == answers["accepted"]
    assert 100 < sum(answers["accepted"]) < 4_900
