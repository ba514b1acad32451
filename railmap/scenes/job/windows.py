"""Views of an orthophoto along the tracks, with the track upwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from railmap.raster.source import RasterSource
from railmap.raster.types import PixelWindow

__all__ = ["SIDE_PX", "TrackWindow", "views_along", "windows_along"]

SIDE_PX = 224
_MIN_VALID = 0.6  # fraction of a view that must have data


@dataclass(frozen=True, slots=True)
class TrackWindow:
    """Section of a link with its midpoint.

    Parameters
    ----------
    link
        Index of the link.
    m_from, m_to
        Ends of the section, metres along the link.
    x, y
        Midpoint, CRS of the lines.
    heading
        Direction of the link there, radians counterclockwise from the x axis.
    """

    link: int
    m_from: float
    m_to: float
    x: float
    y: float
    heading: float


def windows_along(lines: NDArray[Any], step_m: float) -> Iterator[TrackWindow]:
    """Divide each line into equal sections of about `step_m` metres and yield them.

    Parameters
    ----------
    lines
        ``(N,)`` shapely LineStrings in a projected CRS in metres.
    step_m
        Length of a section, metres.
    """
    for link, line in enumerate(lines):
        length = float(line.length)
        count = max(1, round(length / step_m))
        for number in range(count):
            a, b = length * number / count, length * (number + 1) / count
            at = line.interpolate((a + b) / 2)
            back, ahead = line.interpolate(max(a, 0)), line.interpolate(min(b, length))
            heading = math.atan2(ahead.y - back.y, ahead.x - back.x)
            yield TrackWindow(link, a, b, at.x, at.y, heading)


def views_along(
    source: RasterSource, lines: NDArray[Any], crs: Any, *, step_m: float, side_m: float
) -> Iterator[tuple[TrackWindow, NDArray[np.uint8]]]:
    """Yield views of the tracks, ``(SIDE_PX, SIDE_PX, 3)`` uint8 RGB, with the track upwards.

    Views of which the raster shows less than 60 % are skipped.

    Parameters
    ----------
    source
        Opened at a GSD of ``side_m / SIDE_PX``.
    lines
        ``(N,)`` shapely LineStrings in `crs`.
    crs
        CRS of the lines.
    step_m
        Length of track per view, metres.
    side_m
        Side of a view on the ground, metres.
    """
    grid = source.grid
    move = pyproj.Transformer.from_crs(crs, pyproj.CRS.from_user_input(grid.crs), always_xy=True)
    projected = shapely.transform(lines, lambda xy: np.column_stack(move.transform(*xy.T)))
    reach = math.ceil(side_m / grid.gsd * math.sqrt(0.5)) + 2
    for window in windows_along(projected, step_m):
        col = (window.x - grid.transform.c) / grid.gsd
        row = (grid.transform.f - window.y) / grid.gsd
        corner_row, corner_col = math.floor(row) - reach, math.floor(col) - reach
        patch = source.read(PixelWindow(corner_row, corner_col, 2 * reach, 2 * reach))
        view, valid = _rotate(
            patch.pixels, patch.mask, row - corner_row, col - corner_col,
            window.heading, side_m / grid.gsd,
        )  # fmt: skip
        if valid >= _MIN_VALID:
            yield window, view


def _rotate(
    pixels: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    row: float,
    col: float,
    heading: float,
    side_px: float,
) -> tuple[NDArray[np.uint8], float]:
    """Resample a square around a point, heading upwards; also return its fraction with data."""
    scale = side_px / SIDE_PX
    # The view's upwards is (cos, -sin) of the heading in (column, row), its right (sin, cos).
    cos, sin = math.cos(heading) * scale, math.sin(heading) * scale
    matrix = np.array([[sin, cos], [-cos, sin]])  # (row, col) of the patch per (row, col) here
    offset = np.array([row - 0.5, col - 0.5]) - matrix @ np.full(2, (SIDE_PX - 1) / 2)
    shape = (SIDE_PX, SIDE_PX)
    view = np.stack(
        [
            ndimage.affine_transform(band, matrix, offset, shape, order=1, mode="constant")
            for band in pixels
        ],
        axis=2,
    )
    valid = ndimage.affine_transform(mask.astype(np.uint8), matrix, offset, shape, order=0)
    return view, float(valid.mean())
