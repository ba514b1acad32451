"""Trace track probability to links and nodes in pixel coordinates."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from railmap.tracing.pruning import link_lengths, prune_spurs
    from railmap.tracing.tracer import trace
    from railmap.tracing.types import PixelNetwork, TraceParameters

__all__ = ["PixelNetwork", "TraceParameters", "link_lengths", "prune_spurs", "trace"]

_MODULES = {
    "PixelNetwork": "types",
    "TraceParameters": "types",
    "link_lengths": "pruning",
    "prune_spurs": "pruning",
    "trace": "tracer",
}


def __getattr__(name: str) -> Any:
    # Lazy: importing numba takes longer than `railmap --help` may.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
