"""Zoom levels of the web map and their scale."""

from __future__ import annotations

import math

__all__ = ["PIXELS_PER_MM", "metres_per_pixel", "zoom_of_scale"]

# A CSS pixel is 1/96 inch.
PIXELS_PER_MM = 96 / 25.4
_EQUATOR_M = 2 * math.pi * 6378137.0
_TILE_PIXELS = 512


def metres_per_pixel(zoom: float, latitude: float) -> float:
    """Return the ground length of a CSS pixel in MapLibre at `zoom`, metres."""
    return _EQUATOR_M * math.cos(math.radians(latitude)) / (_TILE_PIXELS * 2.0**zoom)


def zoom_of_scale(denominator: float, latitude: float) -> float:
    """Return the zoom at which the map has the scale ``1:denominator``."""
    metres = denominator / (1000 * PIXELS_PER_MM)
    return math.log2(metres_per_pixel(0, latitude) / metres)
