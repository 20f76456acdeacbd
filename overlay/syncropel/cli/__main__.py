"""`python -m syncropel.cli`: the command line for an environment whose scripts are not on PATH."""

from __future__ import annotations

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
