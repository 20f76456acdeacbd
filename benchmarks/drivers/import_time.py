"""Import one module in this fresh process and print the seconds it took. Usage: import_time.py MODULE

`json` is not imported: it would be paid for before the clock starts.
"""

from __future__ import annotations

import sys
import time

module = sys.argv[1]
wall, cpu = time.perf_counter(), time.process_time()
__import__(module)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(f'{{"wall": {wall}, "cpu": {cpu}}}')
