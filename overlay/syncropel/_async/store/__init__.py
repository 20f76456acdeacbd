"""The client of keys, queues, streams and topics."""
