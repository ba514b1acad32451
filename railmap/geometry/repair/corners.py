"""Short tracks clipped by a corner or edge of the data: fit a straight band to their free edges."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from railmap.geometry.curves import Array, arc_length, length_of
from railmap.geometry.evidence.band import Scale
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.tracing.types import NO_DATA

__all__ = ["fit_clipped_edges"]

_LONGEST = 5.0  # longest edge that is fitted, in band widths


def fit_clipped_edges(field: ProbabilityField, graph: WorkGraph, scale: Scale) -> None:
    """Replace short isolated edges at the edge of the data by a straight fit.

    Parameters
    ----------
    field
        Track probability.
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        ends = (edge.start, edge.end)
        isolated = all(graph.degree(v) == 1 for v in ends)
        if not isolated or length_of(edge.xy) > _LONGEST * scale.width:
            continue
        if not any(graph.nodes[v].at_dataset_edge for v in ends):
            continue
        xy = _fit_band(field, edge.xy, scale)
        if xy is None:
            continue
        step = (xy[-1] - xy[0]) / max(length_of(xy), 1e-9) * 2.0 * scale.gsd
        beyond = (xy[0] - step, xy[-1] + step)
        for v, at, past in zip(ends, (0, -1), beyond, strict=True):
            graph.nodes[v].xy = xy[at].copy()
            graph.nodes[v].at_dataset_edge = bool(np.isnan(field.values(past[None]))[0])
        graph.set_points(number, xy)


def _fit_band(field: ProbabilityField, xy: Array, scale: Scale) -> Array | None:
    """Straight centreline of a short piece of band, out to the end of the band or the data.

    The skeleton of such a piece ends in its corners. The free edges of the band, those that are
    not the edge of the data, are half a width from the centreline.

    None if the free edges are too short or do not fit.
    """
    w, gsd = scale.width, scale.gsd
    middle = xy[len(xy) // 2]
    reach = 0.5 * float(arc_length(xy)[-1]) + 1.5 * w
    img, row0, col0 = field.window(middle - reach, middle + reach)
    padded = np.pad(img, 1, constant_values=NO_DATA)
    known = padded != NO_DATA
    band = known & (padded >= field.level)
    border = []
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        background = np.roll(known & ~band, -step, axis)
        rows, cols = np.nonzero(band & background)
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
    on = np.isfinite(p) & (p >= field.threshold) & field.inside(line)
    changes = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]])))
    if not len(changes):
        return None
    starts, stops = changes[::2], changes[1::2]
    k = int(np.argmax(stops - starts))
    if stops[k] - starts[k] < 2:  # the line only touches the band
        return None
    return np.asarray(line[starts[k] : stops[k]])
