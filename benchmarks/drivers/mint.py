"""Print a token that may do everything on a store that no daemon serves. Usage: mint.py STORE_URL."""

from __future__ import annotations

import json
import sys

from syncropel.daemon.offline import open_kernel

with open_kernel(sys.argv[1]) as kernel:
    print(json.dumps({"token": kernel.mint()}))
