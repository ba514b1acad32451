"""Trace track probability to links and nodes in pixel coordinates."""

from railmap.tracing.pruning import link_lengths, prune_spurs
from railmap.tracing.tracer import trace
from railmap.tracing.types import PixelNetwork, TraceParameters

__all__ = ["PixelNetwork", "TraceParameters", "link_lengths", "prune_spurs", "trace"]
