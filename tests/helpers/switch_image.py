"""An image of a switch, and a map that lacks its leg."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio

from railmap.geometry.constants import GAUGE
from railmap.geometry.turnouts.search import leg_offset
from railmap.geometry.types import Link, Node, TrackNetwork
from tests.helpers.line_scenes import X0, Y0, arc
from tests.helpers.rail_image import Picture, rail_image

SIZE = (150.0, 40.0)
_X = np.arange(0.0, SIZE[0], 0.25)
STRAIGHT = np.stack([_X, np.full(len(_X), 15.0)], 1)
LEG = np.stack([_X, 15.0 + leg_offset(np.maximum(_X - 40.0, 0.0), 9.0, 190.0)], 1)
CURVE = arc(-2.0, 10.0, -8.0, 300.0, 155.0)
"""Tracks in metres from the lower left corner of the image."""


def switch_picture(gsd: float = 0.1, head: int = 215) -> Picture:
    """A straight track whose leg begins at 40 m."""
    return rail_image([STRAIGHT, LEG], SIZE, gsd, GAUGE, head)


def write_switch_image(path: Path) -> Path:
    """Write `switch_picture` as a GeoTIFF."""
    picture = switch_picture()
    with rasterio.open(
        path, "w", driver="GTiff", width=picture.grid.width, height=picture.grid.height, count=1,
        dtype="uint8", crs=picture.grid.crs, transform=picture.grid.transform,
    ) as file:  # fmt: skip
        file.write(picture.grey, 1)
    return path


def main_track() -> TrackNetwork:
    """The straight track alone, in the CRS of the image."""
    xy = STRAIGHT[[0, -1]] + np.array([X0, Y0 - SIZE[1]])
    nodes = [Node(float(x), float(y), "railwayEnd", degree=1, at_dataset_edge=True) for x, y in xy]
    return TrackNetwork(nodes, [Link(xy, 0, 1, "rail_pair", confidence=0.9)])
