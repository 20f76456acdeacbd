"""Room 4, the engine: synchronous, transactional, without HTTP, and it never waits for anything but its store."""
