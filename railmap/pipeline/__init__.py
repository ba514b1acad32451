"""The main job: images to probability, probability to lines, lines to map.

`vectorize` does all of it, `segment_images` the first step, `trace_probability` the rest.
`lines_from_probability` is the step that `vectorize` and `trace_probability` share.
"""

from __future__ import annotations

from railmap.pipeline.each import EachImage, vectorize_each
from railmap.pipeline.images import vectorize
from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.options import ComputeOptions, LineOptions, ReadOptions, SourceOptions
from railmap.pipeline.probability import trace_probability
from railmap.pipeline.segmentation import segment_images
from railmap.pipeline.types import MapResult

__all__ = [
    "ComputeOptions",
    "EachImage",
    "LineOptions",
    "MapResult",
    "ReadOptions",
    "SourceOptions",
    "lines_from_probability",
    "segment_images",
    "trace_probability",
    "vectorize",
    "vectorize_each",
]
