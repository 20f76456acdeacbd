"""The daemon: the kernel on a loopback socket.

`settings` says what to serve and `serve` does it in the foreground; `process` starts, finds and stops one
in the background; `local` runs one on a thread, for tests and examples. Importing this package loads
nothing else.
"""
