"""Input and output types of tracing: probability readers, parameters, links and nodes in pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["CERTAIN", "NO_DATA", "PixelNetwork", "ReadProbability", "TraceParameters"]

CERTAIN, NO_DATA = 254, 255
"""Probability raster (uint8): the value for p = 1, and the value for no data."""

ReadProbability = Callable[[int, int, int, int], NDArray[np.uint8]]
"""``read(row, col, height, width)``: ``(height, width)`` uint8, 0-254 = p * 254, 255 = no data."""


@dataclass(frozen=True, slots=True)
class TraceParameters:
    """Parameters of tracing, all in pixels of the probability raster.

    Parameters
    ----------
    threshold
        A pixel is track where ``probability >= threshold * 254`` (0-1) and not no data.
    open_radius, close_radius
        Half side of the square, or radius of the disc; 0 skips the step.
    min_area, max_hole
        Components smaller than `min_area` are removed, holes smaller than `max_hole` are filled
        (number of pixels).
    max_width
        Blobs wider than this become `track_area` and are not thinned (px).
    kernel
        Structuring element of opening and closing: ``square`` or ``disc``.
    """

    threshold: float = 0.5
    open_radius: int = 2
    close_radius: int = 4
    min_area: int = 200
    max_hole: int = 400
    max_width: int = 128
    kernel: str = "square"


@dataclass(frozen=True, slots=True)
class PixelNetwork:
    """Links and nodes of a skeleton with global pixel ids ``row * width + col``.

    The order is canonical (nodes ascending by pixel; links by their pixels), so the same mask
    gives the same bytes for every chunk size and thread count.

    Parameters
    ----------
    width, height
        Size of the raster in pixels.
    node_pixel
        ``(n,)`` int64, ascending.
    node_degree
        ``(n,)`` int32, number of link ends at the node. Degree 2 marks a closed loop's seam.
    link_node
        ``(m, 2)`` int64, indices into `node_pixel`: first and last.
    link_offset
        ``(m + 1,)`` int64: link i is ``link_pixel[link_offset[i]:link_offset[i + 1]]``.
    link_pixel
        int64 pixel ids in path order, both node pixels included.
    link_half_width
        float32 parallel to `link_pixel`: half the local width of the mask, px.
    area_run
        ``(k, 3)`` int64 rows ``row, first col, past-last col`` of blobs cut as too wide.
    """

    width: int
    height: int
    node_pixel: NDArray[np.int64]
    node_degree: NDArray[np.int32]
    link_node: NDArray[np.int64]
    link_offset: NDArray[np.int64]
    link_pixel: NDArray[np.int64]
    link_half_width: NDArray[np.float32]
    area_run: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
