"""Run a PostgreSQL server, durable, until the standard input ends; print its URL first.

Usage: postgres_server.py FOLDER-OF-THE-CHECKOUT
"""

from __future__ import annotations

import sys

sys.path.insert(0, sys.argv[1])

from tests.support.postgres import OwnServer

with OwnServer(settings=("shared_buffers=256MB", "max_wal_size=4GB")) as server:
    print(server.url, flush=True)
    sys.stdin.read()
