"""The whole main job: rasters to a map, and a probability raster to a map.

`vectorize` goes from images over track probability to lines; `trace_probability` starts at the
probability. What lies between probability and lines is `lines_from_probability`, the same for both.
"""

from __future__ import annotations

from railmap.pipeline.images import vectorize
from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.probability import trace_probability
from railmap.pipeline.types import LineOptions, MapResult

__all__ = [
    "LineOptions",
    "MapResult",
    "lines_from_probability",
    "trace_probability",
    "vectorize",
]
