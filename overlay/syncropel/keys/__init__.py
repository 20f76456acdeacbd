"""Keys: identities that sign, the formats and files they are kept in, tokens they issue, and verification.

The only room that knows `cryptography` and `joserfc`, both of the `keys` extra. They are imported inside
functions, when a key is first used: an identity without one needs neither.
"""
