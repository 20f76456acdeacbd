"""`spl version`: what is installed."""

from __future__ import annotations

import platform

from .. import __version__
from .app import app
from .session import Session
from .verbs import verb


@verb(app, "version", examples=["spl version", "spl version --json"])
def version(session: Session) -> None:
    """Print the version of this package and of the Python that runs it."""
    if session.json:
        session.document({"syncropel": __version__, "python": platform.python_version()})
    else:
        session.say(f"syncropel {__version__} (Python {platform.python_version()})")
