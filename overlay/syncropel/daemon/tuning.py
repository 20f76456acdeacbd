"""What a process of the daemon's own does to its interpreter."""

from __future__ import annotations

import gc
import sys

# A batch is thousands of objects that live as long as its request. With the usual threshold of 700 the
# collector walks them again and again while they are made: a fifth of the rate of ingest.
# The other two keep what ended connections leave behind from lying about: what is frozen costs them nothing.
_THRESHOLDS = (10_000, 2, 2)
# The writer gives the interpreter's lock away at every statement, and beside a thread that reads the next
# batch it gets it back after this long at worst. With the usual 5 ms it waited longer than it wrote; below
# this, waking a thread is what takes long. What is left of the waiting is the business of the store's gate.
_SWITCH_SECONDS = 0.0003


def tune() -> None:
    """Let the collector leave alone what stays, and threads take turns more often.

    For a process that does nothing but serve, once everything is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    sys.setswitchinterval(_SWITCH_SECONDS)
