"""The daemon's configuration file: who answers queries, said by whoever starts the daemon.

::

    {
      "builtin_responders": true,
      "responders": [
        {"did": "did:sync:llm:small", "kind": "llm", "model": "small-1",
         "config": {"base_url": "http://localhost:8000/v1", "api_key_env": "SMALL_KEY"}},
        {"did": "did:sync:system:forecast", "kind": "system", "config": {"command": ["forecast", "--json"]}}
      ]
    }
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UsageError
from ..kernel.calls import Responder
from ..kernel.refusals import Refusal
from ..kernel.registration import read_registration
from ..kernel.registry import CONFIG
from ..rules.strict_json import parse_json
from .errors import DaemonError
from .providers import check_responder

_MEMBERS = ("builtin_responders", "responders")


class Configuration(NamedTuple):
    """What the file says.

    Attributes:
        responders: Who may be called, beside those registered through the API.
        builtin_responders: Whether the daemon's own two are registered.
    """

    responders: tuple[Responder, ...] = ()
    builtin_responders: bool = True


def load_configuration(path: Path) -> Configuration:
    """Read the file.

    Raises:
        DaemonError: It cannot be read, or a member is wrong; one line with the file and the JSON path.
    """
    try:
        value = parse_json(path.read_bytes())
    except OSError as error:
        raise DaemonError(f"the configuration {path} cannot be read: {error.strerror or error}") from error
    except UsageError as error:
        raise DaemonError(f"the configuration {path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise DaemonError(f"the configuration {path} must be an object")
    for name in value:
        if name not in _MEMBERS:
            raise DaemonError(f"the configuration {path} has {name!r}; it takes {' and '.join(_MEMBERS)}")
    builtin = value.get("builtin_responders", True)
    listed = value.get("responders", [])
    if not isinstance(builtin, bool) or not isinstance(listed, list):
        raise DaemonError(f"the configuration {path}: responders is a list, builtin_responders true or false")
    found = [_responder(path, index, each) for index, each in enumerate(listed)]
    if len({each.did for each in found}) != len(found):
        raise DaemonError(f"the configuration {path} registers one DID twice")
    return Configuration(tuple(found), builtin)


def _responder(path: Path, index: int, value: Any) -> Responder:
    try:
        responder = read_registration(value, int(time.time()), CONFIG)
        check_responder(responder, trusted=True)
    except (Refusal, UsageError) as error:
        raise DaemonError(f"the configuration {path}: responders[{index}]: {error}") from None
    return responder
