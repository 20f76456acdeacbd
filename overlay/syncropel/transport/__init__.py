"""Room 2: pure policies of the clients, and the one place where requests leave the process.

Everything with a decision worth testing (settings, retry, clocks, decoding, event streams, reconnection) is a
plain function or a small class here; the loops in `_async` only act on what these return.
"""
