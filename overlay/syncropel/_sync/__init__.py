# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Room 3: the clients, written once, asynchronously. `scripts/unasync` derives `_sync` from this folder."""
