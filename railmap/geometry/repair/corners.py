"""Short tracks that a picture's corner or edge cuts: a straight band fitted to its free edges."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from railmap.geometry.curves import Array, arc_length
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField

__all__ = ["fit_short_band"]

_NODATA = 255


def fit_short_band(field: ProbabilityField, xy: Array, scale: Scale) -> Array | None:
    """Straight centreline of a short piece of band, out to the edge of band and data.

    A skeleton of such a piece runs into its corners. The band's free edges, those that are not
    the data's, lie half a width from the centreline.

    Parameters
    ----------
    xy
        ``(n, 2)`` rough course.

    Returns
    -------
    ndarray or None
        ``(n, 2)`` points every step, or None if the free edges say too little.
    """
    w, gsd = scale.width, scale.gsd
    middle = xy[len(xy) // 2]
    reach = 0.5 * float(arc_length(xy)[-1]) + 1.5 * w
    img, row0, col0 = field.window(middle - reach, middle + reach)
    padded = np.pad(img, 1, constant_values=_NODATA)
    known = padded != _NODATA
    band = known & (padded >= field.level)
    border = []
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        beside = np.roll(known & ~band, -step, axis)
        rows, cols = np.nonzero(band & beside)
        shift = np.array([0.5 * step, 0.0]) if axis == 0 else np.array([0.0, 0.5 * step])
        at = np.stack([rows, cols], 1) - 1.0 + shift
        border.append(np.stack([(at[:, 1] + col0 + 0.5) * gsd, -(at[:, 0] + row0 + 0.5) * gsd], 1))
    points = np.concatenate(border) - middle
    if len(points) < 10:
        return None

    def cost(p: Array) -> float:
        across = points @ np.array([-np.sin(p[0]), np.cos(p[0])]) - p[1]
        miss = np.abs(np.abs(across) - 0.5 * w)
        return float(np.minimum(miss, 0.5).sum())

    grid = [
        (cost(np.array([a, r])), a, r)
        for a in np.linspace(0, np.pi, 48, endpoint=False)
        for r in np.linspace(-w, w, 21)
    ]
    best: tuple[float, Array] | None = None
    for _, a, r in sorted(grid)[:6]:
        fit = minimize(cost, [a, r], method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-3})
        if best is None or fit.fun < best[0] - 1e-9:
            best = (float(fit.fun), fit.x)
    assert best is not None
    angle, offset = best[1]
    if best[0] / len(points) > max(1.0 * gsd, 0.12):
        return None
    u = np.array([np.cos(angle), np.sin(angle)])
    base = middle + offset * np.array([-u[1], u[0]])
    t = np.arange(-2 * reach, 2 * reach, 0.25 * gsd)
    line = base + t[:, None] * u
    p = field.values(line)
    on = np.isfinite(p) & (p >= field.level / 254.0) & field.inside(line)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]])))
    if not len(runs):
        return None
    starts, stops = runs[::2], runs[1::2]
    k = int(np.argmax(stops - starts))
    return np.asarray(line[starts[k] : stops[k]])
