"""Settings of the property tests of this folder."""

from __future__ import annotations

from hypothesis import settings

# No deadline per example: a shared machine stalls, and a property is not about time.
settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
