"""Inference as pure rules: queries, folds, trust, relevance, the dial, obligations and the planner."""
