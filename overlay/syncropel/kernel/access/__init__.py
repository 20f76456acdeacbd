"""Who calls, what they may, and how they prove it."""
