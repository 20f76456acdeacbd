"""Inference in the daemon: the executor, its workers, and those who carry calls out, put together."""

from __future__ import annotations

import os
import socket
from functools import partial

from ..kernel.claims import Shared
from ..kernel.core import Kernel
from ..kernel.evaluation import QueryEvaluator
from ..kernel.executor import Executor
from ..kernel.refusals import Refusal
from ..kernel.registry import replace_sources
from .errors import DaemonError
from .providers import Providers, builtin_responders
from .settings import Settings
from .workers import Workers


def build_workers(kernel: Kernel, settings: Settings) -> Workers:
    """Register whom the settings name, and return the workers of a kernel, not yet open.

    Raises:
        DaemonError: The configuration cannot be read, or the registry has no room for it.
    """
    configured = settings.configuration()
    own = builtin_responders() if configured.builtin_responders else ()
    try:
        kernel.store.write(partial(replace_sources, responders=(*own, *configured.responders)))
    except Refusal as refusal:
        raise DaemonError(f"the configured responders cannot be registered: {refusal}") from None
    providers = Providers(kernel, now=kernel.now)
    executor = Executor(kernel, QueryEvaluator(kernel.now), providers.estimate)
    claims = None
    if isinstance(kernel.store, Shared):
        claims = kernel.store.claims(f"{socket.gethostname()}:{os.getpid()}", settings.lease_seconds)
    return Workers(kernel, executor, providers, claims=claims)
