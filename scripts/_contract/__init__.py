"""What `scripts/generate` does: read the contract, lint it, write the low-level layer, compare, tell changes.

`chain` runs on any Python 3.10 and finds or makes the environment of the generator, in which the other
modules run.
"""
