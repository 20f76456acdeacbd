"""Sign and verify, and print microseconds of processor time for one. Usage:

keys.py ours COUNT      a record: canonical form, id and signature; and their verification
keys.py bare COUNT      the library by itself, over a message of the same length
keys.py make COUNT FILE write a thread of signed records, one a line
keys.py thread FILE     verify them on every processor, and print records per second by the clock
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from syncropel import Identity, record_id
from syncropel.keys.verify import verify_record, verify_records

SEED = bytes(range(32))
ME = Identity.key(SEED)


def record(clock: int) -> dict[str, Any]:
    """Return a record of about four hundred bytes."""
    return {
        "act": "PUT",
        "actor": ME.actor_did,
        "body": {
            "_refs": [{"id": "isrc:USJI19810404", "kind": "@music.track"}],
            "_v": 1,
            "artists": ["Zonke", "Somebody Else"],
            "kind": "music.catalog.track",
            "note": "a sentence of some length that brings the whole to about four hundred bytes",
            "title": "Glow",
            "year": 2015,
        },
        "clock": clock,
        "data_type": "SCALAR",
        "parents": ["0" * 64],
        "thread": "music.library",
    }


def signed(clock: int) -> dict[str, Any]:
    """Return a signed record as a store returns it."""
    fields = record(clock)
    identifier = record_id(fields)
    signature = ME.sign(identifier)
    assert signature is not None
    return {**fields, "id": identifier, "sequence": clock + 1, "sig": signature.wire}


def timed(count: int, call: Callable[[int], Any]) -> float:
    """Return the microseconds of processor time of one call."""
    for number in range(count // 10):
        call(number)
    start = time.process_time()
    for number in range(count):
        call(number)
    return (time.process_time() - start) * 1e6 / count


def ours(count: int) -> dict[str, float]:
    rows = [signed(clock) for clock in range(count)]
    fields = [record(clock) for clock in range(count)]

    def sign(number: int) -> None:
        signature = ME.sign(record_id(fields[number]))
        assert signature is not None
        fields[number]["sig"] = signature.wire

    def check(number: int) -> None:
        if not verify_record(rows[number]):
            raise SystemExit("a record that was signed here does not verify")

    return {"sign": timed(count, sign), "verify": timed(count, check)}


def bare(count: int) -> dict[str, float]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(SEED)
    public, message = private.public_key(), b"m" * 52
    signature = private.sign(message)
    return {
        "sign": timed(count, lambda _: private.sign(message)),
        "verify": timed(count, lambda _: public.verify(signature, message)),
    }


def make(count: int, path: str) -> dict[str, float]:
    with Path(path).open("w", encoding="utf-8") as file:
        for clock in range(count):
            file.write(json.dumps(signed(clock)) + "\n")
    return {"count": count}


def thread(path: str) -> dict[str, float]:
    with Path(path).open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    start = time.perf_counter()
    right = sum(1 for found in verify_records(rows) if found)
    seconds = time.perf_counter() - start
    if right != len(rows):
        raise SystemExit(f"{len(rows) - right} records do not verify")
    return {"rate": len(rows) / seconds}


def main() -> None:
    verb, *rest = sys.argv[1:]
    if verb in ("ours", "bare"):
        figures = (ours if verb == "ours" else bare)(int(rest[0]))
    else:
        figures = make(int(rest[0]), rest[1]) if verb == "make" else thread(rest[0])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
