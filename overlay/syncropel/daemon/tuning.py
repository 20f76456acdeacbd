"""What a process of the daemon's own does to its interpreter."""

from __future__ import annotations

import gc

# A batch is thousands of objects that live as long as its request. With the usual first threshold of 700 the
# collector walks them again and again while they are made: a fifth of the rate of ingest.
_FIRST_THRESHOLD = 10_000


def spare_collector() -> None:
    """Let the garbage collector leave alone what stays, and look less often at what comes and goes.

    For a process that does nothing but serve, once everything is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_FIRST_THRESHOLD, *gc.get_threshold()[1:])
