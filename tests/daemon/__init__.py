"""The daemon, tested through real processes and sockets."""
