# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The client of keys, queues, streams and topics."""
