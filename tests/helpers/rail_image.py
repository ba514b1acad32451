"""Images of rails on ballast, as a raster source has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from scipy.spatial import cKDTree

from railmap.raster.types import Grid, Patch, PixelWindow
from tests.helpers.line_scenes import X0, Y0, dense

HEAD = 0.072
FOOT = 0.15


@dataclass
class Picture:
    """A grey image with the interface of a raster source."""

    grey: np.ndarray
    grid: Grid

    def read(self, window: PixelWindow) -> Patch:
        out = np.zeros((1, window.height, window.width), np.uint8)
        mask = np.zeros((window.height, window.width), bool)
        h, w = self.grey.shape
        r0, c0 = max(window.row, 0), max(window.col, 0)
        r1, c1 = min(window.row + window.height, h), min(window.col + window.width, w)
        if r1 > r0 and c1 > c0:
            at = np.s_[r0 - window.row : r1 - window.row, c0 - window.col : c1 - window.col]
            out[0][at] = self.grey[r0:r1, c0:c1]
            mask[at] = True
        transform = self.grid.transform * Affine.translation(window.col, window.row)
        return Patch(out, mask, transform, self.grid.crs)


def rail_image(
    tracks: list[np.ndarray],
    size: tuple[float, float],
    gsd: float,
    gauge: float,
    head: int | list[int],
    shadow: int | None = None,
    foot: int | None = None,
) -> Picture:
    """Rails on noisy ballast, with a shadow to their right and a foot under them.

    `head` is the brightness of the heads of all tracks, or of each.
    """
    width, height = (round(v / gsd) for v in size)
    grey = np.random.default_rng(3).normal(110, 12, (height, width))
    x, y = np.meshgrid((np.arange(width) + 0.5) * gsd, size[1] - (np.arange(height) + 0.5) * gsd)
    at = np.stack([x, y], -1).reshape(-1, 2)
    heads = head if isinstance(head, list) else [head] * len(tracks)
    for track, colour in zip(tracks, heads, strict=True):
        points = dense(track, 0.05)
        t = np.gradient(points, axis=0)
        t /= np.hypot(t[:, 0], t[:, 1])[:, None]
        d, i = cKDTree(points).query(at, distance_upper_bound=2.0)
        near = np.flatnonzero(np.isfinite(d))
        delta = at[near] - points[i[near]]
        across = t[i[near], 0] * delta[:, 1] - t[i[near], 1] * delta[:, 0]
        for side in (-1, 1):
            u = across - side * (gauge + HEAD) / 2
            if shadow is not None:
                cover = np.clip(0.5 + (0.06 - np.abs(u + 0.09)) / gsd, 0, 1)
                grey.flat[near] += cover * (shadow - grey.flat[near])
            if foot is not None:
                cover = np.clip(0.5 + (FOOT / 2 - np.abs(u)) / gsd, 0, 1)
                grey.flat[near] += cover * (foot - grey.flat[near])
            cover = np.clip(0.5 + (HEAD / 2 - np.abs(u)) / gsd, 0, HEAD / gsd)
            grey.flat[near] += cover * (colour - grey.flat[near])
    grid = Grid(CRS.from_epsg(25832), Affine(gsd, 0, X0, 0, -gsd, Y0), width, height)
    return Picture(np.clip(grey, 0, 255).astype(np.uint8), grid)
