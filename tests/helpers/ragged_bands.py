"""Rendered probability as of an uncertain network: torn, blotched, faint, cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from scipy.ndimage import gaussian_filter

from railmap.geometry import TrackNetwork
from railmap.pipeline import LineOptions, lines_from_probability
from railmap.pipeline.options import CHUNK
from railmap.progress import Reporter
from railmap.raster import Grid
from tests.helpers.line_scenes import X0, Y0, arc, leg, place, render


@dataclass
class _Source:
    """A probability raster as the pipeline reads it."""

    values: np.ndarray
    grid: Grid
    profile: str = "tent"
    piece_model: str | None = None
    source_gsd: float | None = None

    def read(self, row: int, col: int, height: int, width: int) -> np.ndarray:
        return self.values[row : row + height, col : col + width]


def ragged(seed: int, side: int = 360, gsd: float = 0.1) -> np.ndarray:
    """``(side, side)`` uint8 of up to six tracks and turnouts under noise, 255 = no data."""
    rng = np.random.default_rng(seed)
    heading, count = rng.uniform(0, 180), int(rng.integers(1, 7))
    across = np.radians(heading) + np.pi / 2
    tracks = []
    for i in range(count):
        own = heading + rng.normal(0, rng.choice([0.3, 1.0, 5.0, 60.0]))
        along = np.array([np.cos(np.radians(own)), np.sin(np.radians(own))])
        offset = (i - (count - 1) / 2) * rng.uniform(3.6, 5.5)
        start = side * gsd / 2 + offset * np.array([np.cos(across), np.sin(across)])
        start = start - rng.uniform(0, 60) * along
        radius = rng.choice([-1, 1]) * rng.choice([150.0, 300.0, 1000.0, 1e6])
        tracks.append(arc(*start, own, radius, rng.uniform(20, 120)))
        if rng.random() < 0.5:
            side_leg = leg(rng.choice([7, 9, 12]), 190, 60) * [1, rng.choice([-1, 1])]
            tracks.append(place(side_leg, *(start + rng.uniform(5, 50) * along), own))
    p = render(tracks, (side * gsd, side * gsd), gsd, tent=True).probability / 254.0

    def noise(low: float, high: float) -> np.ndarray:
        field = gaussian_filter(rng.normal(size=p.shape), rng.uniform(low, high))
        return np.asarray(field / field.std())

    p = p * (1 + rng.uniform(0, 0.6) * noise(2, 20)) * rng.uniform(0.5, 1.1)
    p = p * (1 - np.clip(noise(5, 25) - rng.uniform(0.3, 1.5), 0, 1))
    p = p + rng.uniform(0, 0.25) * np.clip(noise(1, 12), 0, None)
    for _ in range(int(rng.integers(0, 5))):
        (row, col), (high, wide) = rng.integers(0, side, 2), rng.integers(5, 60, 2)
        p[row : row + high, col : col + wide] = rng.choice([0.0, 0.5, 0.8, 1.0])
    values = np.round(np.clip(p, 0, 1) * 254).astype(np.uint8)
    if rng.random() < 0.4:
        values[noise(10, 20) > rng.uniform(0.5, 2)] = 255
    return values


def network(
    values: np.ndarray,
    threshold: float,
    gsd: float = 0.1,
    profile: str = "tent",
    chunk: int = CHUNK,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Network of a probability raster, from all steps of the pipeline."""
    height, width = values.shape
    grid = Grid(CRS.from_epsg(25832), Affine(gsd, 0, X0, 0, -gsd, Y0), width, height)
    return lines_from_probability(
        _Source(values, grid, profile),
        threshold,
        LineOptions(),
        threads=1,
        chunk=chunk,
        reporter=reporter,
    )
