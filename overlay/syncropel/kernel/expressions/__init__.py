"""Expressions in CEL: one evaluator over whichever kept library is installed (the extra `infer`)."""

from __future__ import annotations

from .evaluator import CelEvaluator

__all__ = ["CelEvaluator"]
