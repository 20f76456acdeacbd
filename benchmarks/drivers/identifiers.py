"""Compute the id of one record many times and print the microseconds of one. Usage: identifiers.py COUNT

Works with this package and with the published one, whose helper hashes six fields unless told otherwise.
"""

from __future__ import annotations

import json
import sys
import time

from syncropel import record_id

RECORD = {
    "act": "PUT",
    "actor": "did:example:bench",
    "body": {
        "_refs": [{"id": "isrc:USJI19810404", "kind": "@music.track"}],
        "_v": 1,
        "artists": ["Zonke", "Somebody Else"],
        "kind": "music.catalog.track",
        "note": "a sentence of some length that brings the whole record to about four hundred bytes",
        "title": "Glow",
        "year": 2015,
    },
    "clock": 1790000000000,
    "data_type": "SCALAR",
    "parents": ["0" * 64],
    "thread": "music.library",
}


def main() -> None:
    count = int(sys.argv[1])
    found = record_id(RECORD, fields=7)
    for _ in range(count // 10):
        record_id(RECORD, fields=7)
    start = time.process_time()
    for _ in range(count):
        record_id(RECORD, fields=7)
    print(json.dumps({"us": (time.process_time() - start) * 1e6 / count, "id": found}))


main()
