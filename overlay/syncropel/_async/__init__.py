"""Room 3: the clients, written once, asynchronously. `scripts/unasync` derives `_sync` from this folder."""
