"""The canonical bytes against the rules written down again, on random values, with each encoder."""

from __future__ import annotations

import math
import os
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncropel.rules import compiled_json
from syncropel.rules.canonical import canonical_bytes
from syncropel.rules.hashing import canonical_record

VALUES = int(os.environ.get("SYNCROPEL_CANONICAL_VALUES", "60000"))
"""How many random values each encoder is tried on; 10**6 takes some minutes."""

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
INTERESTING = (*(chr(code) for code in range(0x22)), '"', "\\", "/", "\x7f", "\x80", "é", "e\u0301", "\u2028")
INTERESTING += ("\u2029", "\ud7ff", "\ue000", "\uffff", "\U00010000", "😀", "\U0010ffff", "a", "Z", "0")


def reference(value: Any) -> str:
    """Return the canonical text by the published rules, one rule a line, nothing shared with the product."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(c) or (c if c >= " " else f"\\u{ord(c):04x}") for c in value) + '"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value == math.floor(value) else repr(value)
    if isinstance(value, list):
        return "[" + ",".join(map(reference, value)) + "]"
    members = sorted(value.items(), key=lambda member: [ord(c) for c in member[0]])
    return "{" + ",".join(f"{reference(key)}:{reference(member)}" for key, member in members) + "}"


def text(chance: random.Random) -> str:
    """Return a random text: letters, or what encoders treat apart."""
    if chance.random() < 0.5:
        return "".join(chance.choices("abcdefghij", k=chance.randrange(12)))
    return "".join(chance.choices(INTERESTING, k=chance.randrange(6)))


def number(chance: random.Random) -> int | float:
    """Return a random number: any bit pattern, decimals of every magnitude, integers near borders."""
    way = chance.randrange(6)
    if way == 0:
        value: float = struct.unpack("<d", chance.randbytes(8))[0]
        return value if math.isfinite(value) else 0.5
    if way == 1:
        return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-9, 23)
    if way == 2:
        return round(chance.uniform(-1000, 1000), chance.randrange(5))
    if way == 3:
        return float(chance.randrange(-(10**4), 10**4)) * 10.0 ** chance.randrange(-6, 18)
    if way == 4:
        border = 1 << chance.choice((8, 31, 32, 53, 63, 64, 65, 100))
        return chance.choice((-1, 1)) * border + chance.randrange(-2, 3)
    return chance.randrange(-100, 100)


def value_of(chance: random.Random, depth: int = 0) -> Any:
    """Return a random JSON value."""
    way = chance.randrange(10 if depth < 3 else 7)
    if way < 3:
        return number(chance)
    if way < 6:
        return text(chance)
    if way < 7:
        return chance.choice((None, True, False))
    if way < 8:
        return [value_of(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {text(chance): value_of(chance, depth + 1) for _ in range(chance.randrange(5))}


@pytest.fixture(params=["standard", "compiled"])
def _encoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each of the two encoders, whatever the process asked for before."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "compiled":
            assert compiled_json.load(), "install orjson (the `fast` extra): its text is compared here"
        else:
            patch.setattr(compiled_json, "sorted_writer", None)
        yield


def disagreement(write: Callable[[Any], bytes], count: int) -> tuple[Any, bytes] | None:
    """Return the first random value of which something else is written, with that, or None."""
    chance = random.Random(20260101)
    for _ in range(count):
        value = value_of(chance)
        written = write(value)
        if written != reference(value).encode():
            return value, written
    return None


@pytest.mark.usefixtures("_encoder")
@pytest.mark.timeout(1800)
def test_random_values_are_written_by_the_rules() -> None:
    """Whatever encoder is used, the bytes are those of the published rules."""
    assert disagreement(canonical_bytes, VALUES) is None


@pytest.mark.usefixtures("_encoder")
def test_random_records_are_written_by_the_rules() -> None:
    """A record's bytes, put together from its fields, are those of the object with these fields."""
    chance = random.Random(7)
    for _ in range(2000):
        record = {
            "act": "PUT",
            "actor": text(chance),
            "body": {"value": value_of(chance)},
            "clock": chance.randrange(2**53),
            "data_type": "SCALAR",
            "parents": sorted(text(chance) for _ in range(chance.randrange(3))),
            "thread": text(chance),
        }
        assert canonical_record(record) == reference(record).encode()


def test_the_comparison_can_fail() -> None:
    """An encoder that is trusted without the checks is found out."""
    assert compiled_json.load()
    assert compiled_json.sorted_writer is not None
    assert disagreement(compiled_json.sorted_writer, 200) is not None
