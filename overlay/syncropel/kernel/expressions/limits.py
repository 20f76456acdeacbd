"""How large an expression and its value may be; everything here is checked before or around evaluation."""

from __future__ import annotations

MAX_LENGTH = 4096
"""Characters of an expression."""

MAX_NESTING = 24
"""Brackets inside brackets."""

MAX_MACROS = 8
"""Comprehensions (`map`, `filter`, `all`, `exists`, `exists_one`) in one expression."""

MAX_MACRO_NESTING = 3
"""Comprehensions inside comprehensions."""

MAX_GROWTH = 64
"""How often chained `map`s may repeat their element: `x.map(y, y + y).map(z, z + z)` grows by 4."""

MAX_TURNS = 10_000
"""Turns of all comprehensions in one evaluation, where the library counts them (the compiled one)."""

MAX_WORK = 1 << 28
"""Characters that one evaluation may go through: what each place uses, as often as it may come back there."""

MAX_SECONDS = 1.0
"""Time for one evaluation, where the library lets itself be stopped (the pure one)."""

MAX_VALUE_NODES = 100_000
"""Values inside the value of an expression."""

MAX_VALUE_CHARACTERS = 1 << 20
"""Characters of all texts inside the value of an expression, and of one text that a function makes."""
