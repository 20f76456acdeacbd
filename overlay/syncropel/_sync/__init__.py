# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change the source and run it again.
"""Room 3: the clients, written once, asynchronously. `scripts/unasync` derives `_sync` from this folder."""
