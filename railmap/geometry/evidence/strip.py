"""Image brightness across a track, resampled to a straightened strip (rail refinement)."""

from __future__ import annotations

from typing import Protocol

import numba
import numpy as np
from affine import Affine
from numpy.typing import NDArray

from railmap.geometry.curves import Array, left_normals
from railmap.raster.types import Grid, Patch, PixelWindow

__all__ = ["Image", "read_strip"]

_WINDOW = 1200  # about how many pixels a side of the windows that are read


class Image(Protocol):
    """The image that the probability was computed from, in the same CRS."""

    @property
    def grid(self) -> Grid: ...  # noqa: D102

    def read(self, window: PixelWindow) -> Patch: ...  # noqa: D102


@numba.njit(cache=True, nogil=True)
def _sample(
    grey: NDArray[np.float32],
    rows: Array,
    cols: Array,
    drow: Array,
    dcol: Array,
    u: Array,
    out: NDArray[np.float32],
) -> None:
    h, w = grey.shape
    for i in range(len(rows)):
        for k in range(len(u)):
            r, c = rows[i] + u[k] * drow[i], cols[i] + u[k] * dcol[i]
            r0, c0 = int(np.floor(r)), int(np.floor(c))
            if r0 < 0 or c0 < 0 or r0 + 1 >= h or c0 + 1 >= w:
                out[i, k] = np.nan
                continue
            fr, fc = r - r0, c - c0
            out[i, k] = (
                grey[r0, c0] * (1 - fr) * (1 - fc)
                + grey[r0, c0 + 1] * (1 - fr) * fc
                + grey[r0 + 1, c0] * fr * (1 - fc)
                + grey[r0 + 1, c0 + 1] * fr * fc
            )


def read_strip(image: Image, transform: Affine, xy: Array, u: Array) -> NDArray[np.float32]:
    """Read the brightness of an image across a curve.

    Parameters
    ----------
    image
        The image.
    transform
        Pixel (col, row) to CRS (x, y) of the probability grid. `xy` is in metres from the upper
        left corner of that grid, y upwards.
    xy
        ``(n, 2)`` points of a curve at even steps, metres.
    u
        ``(m,)`` distances to the left of the curve, metres.

    Returns
    -------
    ndarray
        ``(n, m)`` float32, mean of the first three bands, NaN without data.
    """
    grid = image.grid
    gsd = grid.gsd
    x = xy[:, 0] + transform.c
    y = xy[:, 1] + transform.f
    cols = (x - grid.transform.c) / gsd - 0.5
    rows = (grid.transform.f - y) / gsd - 0.5
    normal = left_normals(xy)
    drow, dcol = -normal[:, 1] / gsd, normal[:, 0] / gsd
    pad = float(np.abs(u).max()) / gsd + 2
    out = np.full((len(xy), len(u)), np.nan, np.float32)
    step = max(
        float(np.abs(np.diff(cols)).max(initial=0)),
        float(np.abs(np.diff(rows)).max(initial=0)),
        1e-3,
    )
    count = max(int(_WINDOW / step), 8)
    for first in range(0, len(xy), count):
        part = slice(first, min(first + count, len(xy)))
        r0, c0 = int(rows[part].min() - pad), int(cols[part].min() - pad)
        r1, c1 = int(rows[part].max() + pad) + 2, int(cols[part].max() + pad) + 2
        patch = image.read(PixelWindow(r0, c0, r1 - r0, c1 - c0))
        grey = patch.pixels[:3].astype(np.float32).mean(axis=0)
        grey[~patch.mask] = np.nan
        _sample(grey, rows[part] - r0, cols[part] - c0, drow[part], dcol[part], u, out[part])
    return out
