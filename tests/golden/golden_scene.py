"""Drawn pictures of tracks: the same on every machine, for they need no sine, only a square root.

Metres count from the lower left corner of the picture, x to the east and y to the north.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

X0, Y0 = 500_000.0, 5_700_000.0
WIDTH_M, HEIGHT_M = 129.0, 51.0
SLEEPER_M = 2.6
CRS = "EPSG:25832"

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


def _main(x: Floats) -> Floats:
    """Straight, then a wide curve to the left."""
    return 16.0 + np.maximum(x - 50.0, 0.0) ** 2 / 1200.0


def _aside(x: Floats, toe: float, end: float, shift: float) -> Floats:
    """How far a track that leaves the main track at `toe` lies aside: an S that ends at `end`."""
    t = np.clip((x - toe) / (end - toe), 0.0, 1.0)
    return shift * t * t * (3.0 - 2.0 * t)


def _stretch(begin: float, end: float) -> Floats:
    x = np.linspace(begin, end, round(end - begin) + 1)
    return np.column_stack([x, _main(x)])


def tracks(later: bool = False) -> list[Floats]:
    """The tracks as ``(n, 2)``; `later` is a second survey in which some have changed.

    A main track with a gap; a siding to its left; a track that crosses it; a track apart from it,
    with a gap too; and one too short to be kept. Later the siding lies 0.4 m farther, the track
    across is gone, and there is a new one at the lower edge.
    """
    main = [_stretch(-3.0, 111.0), _stretch(115.0, 133.0)]
    x = np.linspace(12.0, 108.0, 97)
    siding = np.column_stack([x, _main(x) + _aside(x, 12.0, 62.0, 5.4 if later else 5.0)])
    across = np.array([[60.0, -4.0], [126.0, 55.0]])
    apart = [np.array([[-3.0, 37.0], [40.0, 41.0]]), np.array([[44.0, 41.4], [62.0, 43.0]])]
    short = np.array([[96.0, 46.0], [97.5, 46.3]])
    new = np.array([[4.0, 4.0], [52.0, 6.0]])
    return [*main, siding, *([new] if later else [across]), *apart, short]


def distance(lines: Iterable[Floats], gsd: float) -> Floats:
    """``(rows, cols)``: metres from each pixel's centre to the nearest line; far is 10."""
    rows, cols = round(HEIGHT_M / gsd), round(WIDTH_M / gsd)
    found = np.full((rows, cols), 10.0)
    for (ax, ay), (bx, by) in (piece for line in lines for piece in pairwise(line.tolist())):
        first, last = _within((min(ax, bx) - 10) / gsd, (max(ax, bx) + 10) / gsd, cols)
        top, base = _within(
            (HEIGHT_M - max(ay, by) - 10) / gsd, (HEIGHT_M - min(ay, by) + 10) / gsd, rows
        )
        if first >= last or top >= base:
            continue
        x = (np.arange(first, last) + 0.5) * gsd - ax
        y = HEIGHT_M - (np.arange(top, base) + 0.5)[:, None] * gsd - ay
        ux, uy = bx - ax, by - ay
        t = np.clip((x * ux + y * uy) / (ux * ux + uy * uy), 0.0, 1.0)
        here = np.sqrt((x - t * ux) ** 2 + (y - t * uy) ** 2)
        part = found[top:base, first:last]
        np.minimum(part, here, out=part)
    return found


def _within(begin: float, end: float, size: int) -> tuple[int, int]:
    return int(min(max(begin, 0), size)), int(min(max(end, 0), size))


def mask(gsd: float = 0.15, later: bool = False) -> Bytes:
    """1 where track at sleeper width, and a place 14 m wide that has no centreline."""
    image = (distance(tracks(later), gsd) < SLEEPER_M / 2).astype(np.uint8)
    pixels = round(14.0 / gsd)
    image[-pixels - 20 : -20, -pixels - 20 : -20] = 1
    return image


def tent(gsd: float = 0.15) -> Bytes:
    """Probability as the networks are trained to give it, 0-254; a corner has no data."""
    height = np.maximum(0.0, 1.0 - distance(tracks(), gsd) / SLEEPER_M)
    image = np.floor(height * 254 + 0.5).astype(np.uint8)
    image[:40, -60:] = 255
    return image


def write(
    path: Path, pixels: Bytes, gsd: float, *, nodata: int | None = None, **tags: object
) -> Path:
    """Write ``(rows, cols)`` or ``(bands, rows, cols)`` as a GeoTIFF at the scene's place."""
    bands = pixels if pixels.ndim == 3 else pixels[None]
    count, rows, cols = bands.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=rows, width=cols, dtype=bands.dtype,
        crs=CRS, transform=Affine(gsd, 0, X0, 0, -gsd, Y0 + rows * gsd), nodata=nodata,
        compress="deflate",
    ) as file:  # fmt: skip
        file.write(bands)
        file.update_tags(**tags)
    return path


def image(gsd: float = 0.05) -> Bytes:
    """``(3, rows, cols)``: a bright band with two brighter rails on dark ground."""
    far = distance(tracks()[2:3], gsd)
    grey = np.full(far.shape, 40, np.uint8)
    grey[far < SLEEPER_M / 2] = 190
    grey[np.abs(far - 1.505 / 2) < 0.05] = 250
    return np.stack([grey] * 3)


def rail_surface(spots: Iterable[tuple[float, float, float, float]]) -> Bytes:
    """A rail of 180 pixels with dark ellipses ``(row, column, half height, half width)``."""
    grey = np.full((400, 340), 25, np.uint8)
    grey[:, 80:260] = 190
    y, x = np.mgrid[:400, :340] + 0.5
    for row, column, tall, wide in spots:
        grey[((y - row) / tall) ** 2 + ((x - column) / wide) ** 2 <= 1] = 60
    return grey
