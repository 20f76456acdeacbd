"""The pure rules of the protocol: no I/O, the standard library only (schema validation excepted)."""
