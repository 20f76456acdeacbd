"""Responders that the daemon calls by itself: models, programs, HTTP addresses, patterns and its own two."""

from __future__ import annotations

from .providers import Providers, builtin_responders
from .settings import check_responder

__all__ = ["Providers", "builtin_responders", "check_responder"]
