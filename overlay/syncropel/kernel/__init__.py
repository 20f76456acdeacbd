"""Room 4, the engine: synchronous, transactional, without HTTP, and waiting for nothing but its store."""
